// The places in guests' kernels that the host knows, by their symbols. Kernels differ, so an
// address that is a mark in one may be anything in another: what is there is asked with the
// kernel's number.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/loaders/load_symbols.hpp"

namespace measure {
using namespace common;

class GuestMarks {
 public:
  enum class Role : std::uint8_t {
    kNone,     // of another kernel
    kPhase,    // a program called mark(n); a0 is n
    kGeneral,  // the general exception entry
    kRefill,   // a TLB refill handler
  };

  /// Of kernels by number.
  explicit GuestMarks(const std::vector<const machine::SymbolTable*>& kernels);

  /// Each place once.
  const std::vector<VirtAddr>& places() const { return places_; }
  Role role(std::size_t kernel, std::size_t place) const { return roles_.at(kernel).at(place); }
  /// Whether entries to the kernel's refill handlers are seen: it has both, with their names.
  bool sees_refills(std::size_t kernel) const { return sees_refills_.at(kernel); }

 private:
  std::vector<VirtAddr> places_;
  std::vector<std::vector<Role>> roles_;  // by kernel and place
  std::vector<bool> sees_refills_;
};

}  // namespace measure
