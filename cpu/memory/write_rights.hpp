// Which CPUs may have fast-path write rights to which 4 KB pages, so that taking the rights to a
// page away asks those CPUs only, and each of them at most once for every right that it was given.
// A CPU that lost its right by other ways stays noted until then. Knows addresses and numbers,
// neither CPUs nor pages' contents.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "common/address.hpp"
#include "cpu/memory/client_set.hpp"

namespace cpu {
using namespace common;

class WriteRights {
 public:
  /// `page` is 4 KB aligned in all of these.
  void note(MachineAddr page, std::uint32_t client) { set_of(page).insert(client); }

  /// Who may have a right to the page; from now on nobody has.
  ClientSet take(MachineAddr page) { return std::exchange(set_of(page), ClientSet{}); }

 private:
  static constexpr std::uint64_t kChunkBytes = std::uint64_t{1} << 20;
  using Chunk = std::array<ClientSet, kChunkBytes / kPageSize>;

  ClientSet& set_of(MachineAddr page) {
    const std::uint64_t number = page.bits() / kChunkBytes;
    if (last_ == nullptr || number != last_number_) {
      auto& chunk = chunks_[number];
      if (chunk == nullptr) chunk = std::make_unique<Chunk>();
      last_ = chunk.get();
      last_number_ = number;
    }
    return (*last_)[page.bits() % kChunkBytes / kPageSize];
  }

  std::unordered_map<std::uint64_t, std::unique_ptr<Chunk>> chunks_;  // never iterated
  std::uint64_t last_number_ = 0;
  Chunk* last_ = nullptr;
};

}  // namespace cpu
