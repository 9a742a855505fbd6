// Decoded code. A block is a straight run of instructions that ends with a branch and its delay
// slot, an instruction that may change how the next one decodes, or the end of the page. Blocks
// belong to machine pages and to a decode context, never to virtual addresses, so a remapped page
// keeps its code.
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
#include "cpu/core/instruction_site.hpp"
#include "cpu/memory/code_pages.hpp"

namespace cpu {
using namespace common;

class Processor;
struct Decoded;

/// Executes one decoded instruction and then, by a tail call, the next; the last of a block
/// returns.
using Handler = void (*)(Processor&, const Decoded*);

/// The site comes first: handlers then need one address for both.
struct Decoded {
  InstructionSite site;
  Handler execute = nullptr;
  alignas(8) std::array<std::byte, 8> operands{};  // the row's operand form
};
static_assert(sizeof(Decoded) == 32);

struct Block {
  const Decoded* code = nullptr;
  std::uint32_t cycles = 0;  // static cycles of the whole block
  std::uint32_t instructions = 0;
  std::uint32_t executions = 0;  // that a translator has seen; saturated where it gave up
};

inline constexpr std::size_t kWordsPerPage = kPageSize / 4;
inline constexpr unsigned kMaxBlockInstructions = 64;

/// The blocks of one machine page in one decode context. `starts` is indexed by word; one more
/// entry holds word 0 decoded as the delay slot of a branch at the end of the page before.
struct CodePage {
  static constexpr std::size_t kSlotAtStart = kWordsPerPage;
  using Starts = std::array<Block*, kWordsPerPage + 1>;

  MachineAddr at;
  const std::byte* host = nullptr;
  DecodeContext context = 0;
  Starts starts{};
  std::unique_ptr<Starts> singles;  // one instruction (or branch with slot) each, for stepping
  /// Where a translator keeps the addresses of translated blocks, by word; nullptr: none yet.
  const void* const* translated = nullptr;
};

/// Owns all blocks of a CPU.
class CodeCache final : public CodePages {
 public:
  CodePage& page(MachineAddr at, const std::byte* host, DecodeContext context) override;
  /// The memory goes back with clear().
  Written written(MachineAddr at, std::uint64_t size) override;
  void forget_pages() override;

  /// Notes that the word at `at` was decoded, in any context.
  void note_decoded(MachineAddr at);
  void clear();
  /// Memory in use since the last clear(), in decoded instructions; the owner clears when it grows
  /// too large.
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
