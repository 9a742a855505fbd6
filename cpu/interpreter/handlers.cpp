// One handler per row of the instruction table: the body, instantiated for the interpreter, and what its
// effects ask for afterwards. Handlers chain by tail calls; a block's length bounds the stack where a
// compiler does not make them jumps.
#include "cpu/interpreter/handlers.hpp"

#include <array>
#include <new>

#include "cpu/interpreter/interp_ops.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/semantics/all.hpp"

namespace cpu {

template <Variant kVariant>
struct RowHandlers {
  using Ops = InterpOps<kVariant>;
  static constexpr bool kInstrumented = kVariant == Variant::kInstrumented;

  template <class Operands>
  static const Operands& operands_of(const Decoded* d) {
    static_assert(sizeof(Operands) <= sizeof d->operands);
    return *std::launder(reinterpret_cast<const Operands*>(d->operands.data()));
  }

  static void go_on(Engine& e, const Decoded* d) { return d[1].execute(e, d + 1); }

  /// An untaken branch-likely: the delay slot does not execute.
  static void skip_slot(Engine& e, const Decoded* d) {
    e.annulled_ = false;
    e.cycle_ += d->cycles_before + d->cost;
    e.retired_ += d->retired_before + 1u;
    e.regs.pc = e.branch_target_;
  }

  /// Whether something may want the block to end at this instruction: a fault, a device, an observer. A
  /// branch goes on to its slot in any case, and others are the last of their block.
  static constexpr bool may_leave(effects::Flags flags) {
    using namespace effects;
    if ((flags & kMayFault) != 0) return true;
    if ((flags & (kHasDelaySlot | kEndsBlock)) != 0) return false;
    return kInstrumented || (flags & kCp0) != 0;
  }

  template <effects::Flags kEffects>
  static void finish(Engine& e, const Decoded* d, [[maybe_unused]] Mode mode) {
    if constexpr (kInstrumented) {
      const bool is_complete = (e.leave_ & (Engine::kLeaveFault | Engine::kLeaveBefore)) == 0;
      if (is_complete) e.instruction_completed(d, mode);
    }
    if constexpr (may_leave(kEffects)) {
      if (e.leave_ != 0) [[unlikely]] {
        e.left_at_ = d;
        return;
      }
    }
    if constexpr ((kEffects & effects::kBranchLikely) != 0) {
      if (e.annulled_) return skip_slot(e, d);
    }
    return go_on(e, d);
  }

  static Mode begin(Engine& e, const Decoded* d) {
    if constexpr (kInstrumented) e.begin_instruction(d);
    return e.mode_;
  }

// Flat: the body is part of its handler, whatever the compiler thinks of its size.
#define INSN(name, bits, operands, flags, cycles)                 \
  [[gnu::flatten]] static void name(Engine& e, const Decoded* d) {\
    using namespace effects;                                      \
    const Mode mode = begin(e, d);                                \
    Ops m{e, d};                                                  \
    semantics::name(m, operands_of<operands>(d));                 \
    return finish<static_cast<Flags>(flags)>(e, d, mode);         \
  }
#include "cpu/isa/mips4.def"
#undef INSN

  static constexpr std::array<Handler, kRowCount> kTable = {
#define INSN(name, bits, operands, flags, cycles) &name,
#include "cpu/isa/mips4.def"
#undef INSN
  };
};

Handler handler_of(Insn insn, Variant variant) {
  const auto row = static_cast<std::size_t>(insn);
  switch (variant) {
    case Variant::kPlain: return RowHandlers<Variant::kPlain>::kTable[row];
    case Variant::kCached: return RowHandlers<Variant::kCached>::kTable[row];
    case Variant::kInstrumented: break;
  }
  return RowHandlers<Variant::kInstrumented>::kTable[row];
}

namespace {
bool is_instrumented(const Decoded* d) { return d->operands[1] != std::byte{0}; }
}  // namespace

void PseudoHandlers::reserved(Engine& e, const Decoded* d) {
  if (is_instrumented(d)) e.report_fetch(d);
  e.fault({.code = ExceptionCode::kRi});
  e.left_at_ = d;
}

void PseudoHandlers::unusable(Engine& e, const Decoded* d) {
  if (is_instrumented(d)) e.report_fetch(d);
  e.fault({.code = ExceptionCode::kCpU,
           .coprocessor = static_cast<std::uint8_t>(d->operands[0])});
  e.left_at_ = d;
}

void PseudoHandlers::mark(Engine& e, const Decoded* d) {
  const std::uint64_t pc = e.pc_at(d);
  if (!d->in_slot && e.skip_breakpoint_ != pc && e.breakpoints_.count(pc) != 0) {
    e.at_breakpoint_ = true;
    e.demand_attention();
    e.leave_ |= Engine::kLeaveBefore;
    e.left_at_ = d;
    return;
  }
  const auto found = e.marks_.find(pc);
  const Engine::Arrival here{pc, e.retired_at(d)};
  if (e.observer_ != nullptr && found != e.marks_.end() && !(e.reported_ == here)) {
    e.observer_->on_mark(MarkEvent{.at = e.moment(e.cycle_at(d), e.retired_at(d)),
                                   .mode = e.mode_,
                                   .pc = pc,
                                   .id = found->second,
                                   .asid = Asid{static_cast<std::uint8_t>(e.regs.entry_hi)}});
    // The observer may have asked for what concerns the marked instruction already. A slot stays with its
    // branch.
    if (e.leave_ != 0 && !d->in_slot) {
      e.reported_ = here;
      e.leave_ |= Engine::kLeaveBefore;
      e.left_at_ = d;
      return;
    }
  }
  return d[1].execute(e, d + 1);
}

void PseudoHandlers::fetch_slot(Engine& e, const Decoded* d) {
  e.fetch_slot_line(d);
  return d[1].execute(e, d + 1);
}

namespace {
void complete(std::uint64_t& cycle, std::uint64_t& retired, const Decoded* d) {
  cycle += d->cycles_before;
  retired += d->retired_before;
}
}  // namespace

void PseudoHandlers::next(Engine& e, const Decoded* d) {
  complete(e.cycle_, e.retired_, d);
  e.regs.pc += d->offset;
}

void PseudoHandlers::branch(Engine& e, const Decoded* d) {
  complete(e.cycle_, e.retired_, d);
  e.regs.pc = e.branch_target_;
}

void PseudoHandlers::before_slot(Engine& e, const Decoded* d) {
  complete(e.cycle_, e.retired_, d);
  e.regs.pc += d->offset;
  e.slot_pending_ = true;
}

}  // namespace cpu
