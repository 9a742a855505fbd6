// From a decoded block to host code. What an instruction does comes from its recorded body; how the
// block begins, ends and is left is decided here (docs/jit.md).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cpu/cache_port.hpp"
#include "cpu/jit/emitter.hpp"
#include "cpu/jit/expression_emitter.hpp"
#include "cpu/jit/recorded.hpp"

namespace cpu::jit {

/// Why a block stays the interpreter's.
enum class Refusal : std::uint8_t {
  kNone,
  kSlotElsewhere,  // its last branch has its delay slot on the next page
  kMarkInSlot,
  kBranchInSlot,
  kEndInSlot,  // ERET and the like there
  kNoRoom,
};

/// Fidelity kMemory: what fetches and references are compared with.
struct CacheView {
  PrimaryTags instruction, data;
  bool is_on() const { return data.tags != nullptr; }
};

class BlockTranslator {
 public:
  BlockTranslator(CodeArena& arena, const Layout& layout, const Stubs& stubs)
      : arena_{arena}, layout_{layout}, stubs_{stubs} {}

  struct Translated {
    const void* code = nullptr;
    Refusal refusal = Refusal::kNone;
  };
  /// `word` is where in its page the block begins; `table`, in the arena, has the addresses of the
  /// page's translated blocks.
  Translated translate(const Block& block, const CodePage& page, std::size_t word,
                       const void* const* table, const CacheView& caches);

 private:
  struct Item {
    const Decoded* decoded = nullptr;
    Recorded recorded;
    bool is_called = false;          // all of it is the interpreter's
    bool ends_block = false;         // and what follows may be mapped or decoded otherwise
    const CallSite* site = nullptr;  // nullptr: nothing of it can be called
  };

  Refusal collect(const Block& block, const CodePage& page);
  bool make_sites(const Block& block);
  void emit_block(const Block& block);
  void fetch();
  void slot(const Item& item);
  void instruction(const Item& item);
  void effect(const Item& item, ExpressionEmitter& x, std::size_t number, const asmjit::Label& end);
  void call(const Item& item);

  void branch(const Item& branch, const Item& slot);
  void jump(const Item& branch, const Item& slot, std::uint8_t target);
  void conditional(const Item& branch, const Item& slot, const Effect& effect);
  void likely(const Item& branch, const Item& slot, const Effect& effect);
  void link(const Item& branch);
  void store_target(const Item& branch, std::uint8_t target);
  void store_target_of(const Item& branch, const Effect& effect, bool is_saved);
  /// Whether something that the expression names may be another value after the link and the slot.
  bool is_overwritten(const Item& branch, const Item& slot, std::uint8_t expression) const;
  void account(const Block& block);
  void account(std::uint64_t cycles, std::uint64_t instructions);
  /// To the instruction so many bytes from the block's start.
  void go(std::int32_t distance);
  void go_to_target(const Item& branch, std::uint8_t target);
  std::int32_t offset_of(const Item& item) const { return item.decoded->site.offset; }

  CodeArena& arena_;
  const Layout& layout_;
  const Stubs& stubs_;
  std::vector<Item> items_;
  std::vector<Item> slot_fetch_;  // of the delay slot, where that is in another line; or nothing
  bool has_slot_ = false;

  // Of the block under way.
  Emitter* e_ = nullptr;
  const Block* block_ = nullptr;
  std::size_t word_ = 0;
  const void* const* table_ = nullptr;
  MachineAddr at_;  // where it begins
  CacheView caches_;
  asmjit::Label head_;
  std::function<void()> before_call_;  // in a delay slot: tells where the branch goes
};

}  // namespace cpu::jit
