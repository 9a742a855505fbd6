// Who keeps what was decoded from memory, as those see it who find pages and who hear of stores.
// Declared here, by the user; an engine implements it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/address.hpp"
#include "cpu/core/contexts.hpp"

namespace cpu {
using namespace common;

/// The code of one machine page in one decode context; what it is made of is the engine's business.
struct CodePage;

class CodePages {
 public:
  virtual ~CodePages() = default;

  /// The page's code, whose bytes are at `host` now; an empty one on first use.
  virtual CodePage& page(MachineAddr at, const std::byte* host, DecodeContext context) = 0;

  /// What a write to a page met: nothing decoded from it, words that were not, or some that were.
  enum class Written : std::uint8_t { kNoCode, kMissed, kDropped };
  /// Drops the page of [at, at + size) in every context if a decoded word is hit; a block that is
  /// executing stays valid.
  virtual Written written(MachineAddr at, std::uint64_t size) = 0;
  /// Drops all pages; a block that is executing stays valid.
  virtual void forget_pages() = 0;
};

}  // namespace cpu
