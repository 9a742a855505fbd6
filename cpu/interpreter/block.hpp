// Decoded code. A block is a straight run of instructions that ends with a branch and its delay slot,
// an instruction that may change how the next one decodes, or the end of the page. Blocks belong to
// machine pages and to a decode context, never to virtual addresses, so a remapped page keeps its code.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "common/address.hpp"

namespace cpu {
using namespace common;

class Engine;
struct Decoded;

/// Executes one decoded instruction and then, by a tail call, the next; the last of a block returns.
using Handler = void (*)(Engine&, const Decoded*);

struct Decoded {
  Handler execute = nullptr;
  alignas(8) std::array<std::byte, 8> operands{};  // the row's operand form
  std::uint32_t word = 0;
  std::uint32_t cycles_before = 0;  // static cycles of the block's instructions before this one
  std::uint32_t cost = 0;           // static cycles of this one
  std::uint16_t offset = 0;         // bytes from the block's first instruction
  std::uint8_t retired_before = 0;
  bool in_slot = false;             // sits in a branch delay slot
};
static_assert(sizeof(Decoded) == 32);

struct Block {
  const Decoded* code = nullptr;
  std::uint32_t cycles = 0;        // static cycles of the whole block
  std::uint32_t instructions = 0;
};

/// What besides the bytes decides how an instruction decodes: which coprocessors and instruction sets
/// Status enables, the fidelity, whether the code is instrumented, and whether the words of each doubleword
/// change places (reverse-endian user mode).
using DecodeContext = std::uint32_t;

inline constexpr DecodeContext kDecode64Bit = 1, kDecodeCp0 = 2, kDecodeCp1 = 4, kDecodeCp2 = 8,
                               kDecodeMipsIv = 16, kDecodeFr = 32, kDecodeInstrumented = 64, kDecodeReversed = 128,
                               kDecodeUncached = 256;  // of a page, not of Status: every instruction is fetched from memory

inline constexpr std::size_t kWordsPerPage = kPageSize / 4;
inline constexpr unsigned kMaxBlockInstructions = 64;

/// The blocks of one machine page in one decode context. `starts` is indexed by word; one more entry
/// holds word 0 decoded as the delay slot of a branch at the end of the page before.
struct CodePage {
  static constexpr std::size_t kSlotAtStart = kWordsPerPage;
  using Starts = std::array<Block*, kWordsPerPage + 1>;

  MachineAddr at;
  const std::byte* host = nullptr;
  DecodeContext context = 0;
  Starts starts{};
  std::unique_ptr<Starts> singles;  // one instruction (or branch with slot) each, for stepping
};

/// Owns all blocks of a CPU.
class CodeCache {
 public:
  /// The page's blocks, whose bytes are at `host` now; creates an empty page on first use.
  CodePage& page(MachineAddr at, const std::byte* host, DecodeContext context);
  /// Notes that the word at `at` was decoded, in any context.
  void note_decoded(MachineAddr at);
  /// What a write to a page met: nothing decoded from it, words that were not, or some that were.
  enum class Written : std::uint8_t { kNoCode, kMissed, kDropped };
  /// Drops the page of [at, at + size) in every context if a decoded word is hit; the memory goes
  /// back with clear(), so a block that is executing stays valid.
  Written written(MachineAddr at, std::uint64_t size);
  void clear();
  /// Drops all pages, but keeps the blocks' memory until clear().
  void forget_pages();
  /// Memory in use since the last clear(), in decoded instructions; the owner clears when it grows too
  /// large.
  std::size_t size() const { return size_; }

  Block* store(const std::vector<Decoded>& code, std::uint32_t cycles, std::uint32_t instructions);

 private:
  struct MachinePage {
    std::vector<std::unique_ptr<CodePage>> contexts;  // few enough for a list
    std::bitset<kWordsPerPage> decoded;
  };
  std::unordered_map<std::uint64_t, MachinePage> pages_;  // order never matters
  std::deque<std::vector<Decoded>> code_;
  std::deque<Block> blocks_;
  std::vector<std::unique_ptr<CodePage>> dropped_;  // still on the host's stack, perhaps
  std::size_t size_ = 0;
};

}  // namespace cpu
