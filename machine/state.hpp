// Visitors of a machine's state that write nothing anywhere: the digest, a listing by name with
// which two machines are compared, and the flipping of single bits by which tests see that nothing
// is missed. docs/state.md has the digest's canonical stream.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "machine/machine.hpp"

namespace machine {

Digest digest_of(Machine& machine);
/// The digest of whatever `visit` shows to the visitor that it is called with.
Digest digest_of(const std::function<void(StateVisitor&)>& visit);
/// The digest again, which takes a while where gigabytes are in use: `give_up` is asked every few
/// milliseconds, and nothing comes of it once that says so.
std::optional<Digest> digest_of(const std::function<void(StateVisitor&)>& visit,
                                const std::function<bool()>& give_up);

/// One word of state, or one block of bytes.
struct StateItem {
  std::string path;             // "board/cpu/tlb/entry"; words of arrays share one
  std::uint64_t first_bit = 0;  // for flip_state_bit
  std::uint64_t bits = 0;       // 64 for a word, whatever its type in the component
  std::uint64_t value = 0;      // of a word; a hash of the contents of bytes
};
std::vector<StateItem> list_state(Machine& machine);

/// The first item in which two machines of the same configuration differ.
struct StateDifference {
  std::string path;
  std::uint64_t a = 0, b = 0;
};
std::optional<StateDifference> first_difference(Machine& a, Machine& b);

/// Inverts one bit, as if the machine had been restored from a snapshot with that bit different.
/// Bit 0 of an item is its lowest; bits beyond the width of a component's field are dropped by it.
/// Requires: `bit` lies within an item of list_state().
void flip_state_bit(Machine& machine, std::uint64_t bit);

/// Whether a page-sized piece of bytes is left out of streams.
bool is_all_zero(std::span<const std::byte> bytes);

}  // namespace machine
