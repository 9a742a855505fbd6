#include "measure/vms/guest_marks.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace measure {

GuestMarks::GuestMarks(const std::vector<const machine::SymbolTable*>& kernels) {
  static constexpr std::pair<const char*, Role> kSymbols[] = {{"disco_phase_mark", Role::kPhase},
                                                              {"general_entry", Role::kGeneral},
                                                              {"utlb_refill", Role::kRefill},
                                                              {"xtlb_refill", Role::kRefill}};
  for (const machine::SymbolTable* const kernel : kernels) {
    std::vector<Role>& roles = roles_.emplace_back(places_.size(), Role::kNone);
    unsigned handlers = 0;
    for (const auto& [symbol, role] : kSymbols) {
      const auto at = kernel->address_of(symbol);
      if (!at) continue;
      if (role == Role::kRefill) ++handlers;
      const auto known = std::find(places_.begin(), places_.end(), *at);
      const auto place = static_cast<std::size_t>(known - places_.begin());
      if (known == places_.end()) places_.push_back(*at);
      roles.resize(places_.size(), Role::kNone);
      roles[place] = role;
    }
    sees_refills_.push_back(handlers == 2);
  }
  for (auto& roles : roles_) roles.resize(places_.size(), Role::kNone);
}

}  // namespace measure
