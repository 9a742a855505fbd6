// One handler per row of the instruction table: the body, instantiated for the interpreter, and
// what its effects ask for afterwards. Handlers chain by tail calls; a block's length bounds the
// stack where a compiler does not make them jumps.
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

  static void go_on(Processor& p, const Decoded* d) { return d[1].execute(p, d + 1); }

  /// An untaken branch-likely: the delay slot does not execute.
  static void skip_slot(Processor& p, const Decoded* d) {
    CpuState& state = p.core.state;
    state.annulled = false;
    state.cycle += d->site.cycles_before + d->site.cost;
    state.retired += d->site.retired_before + 1u;
    state.regs.pc = state.branch_target;
  }

  /// Whether something may want the block to end at this instruction: a fault, a device, an
  /// observer. A branch goes on to its slot in any case, and others are the last of their block.
  static constexpr bool may_leave(effects::Flags flags) {
    using namespace effects;
    if ((flags & kMayFault) != 0) return true;
    if ((flags & (kHasDelaySlot | kEndsBlock)) != 0) return false;
    return kInstrumented || (flags & kCp0) != 0;
  }

  template <effects::Flags kEffects>
  static void finish(Processor& p, const Decoded* d, [[maybe_unused]] Mode mode) {
    CpuState& state = p.core.state;
    if constexpr (kInstrumented) {
      constexpr std::uint8_t kIncomplete = CpuState::kLeaveFault | CpuState::kLeaveBefore;
      if ((state.leave & kIncomplete) == 0) p.instrumentation.complete(d->site, mode);
    }
    if constexpr (may_leave(kEffects)) {
      if (state.leave != 0) [[unlikely]] {
        state.left_at = &d->site;
        return;
      }
    }
    if constexpr ((kEffects & effects::kBranchLikely) != 0) {
      if (state.annulled) return skip_slot(p, d);
    }
    return go_on(p, d);
  }

  static Mode begin(Processor& p, const Decoded* d) {
    if constexpr (kInstrumented) p.instrumentation.begin(d->site);
    return p.core.state.mode;
  }

// Flat: the body is part of its handler, whatever the compiler thinks of its size.
#define INSN(name, bits, operands, flags, cycles)                     \
  [[gnu::flatten]] static void name(Processor& p, const Decoded* d) { \
    using namespace effects;                                          \
    const Mode mode = begin(p, d);                                    \
    Ops m{p, d->site};                                                \
    semantics::name(m, operands_of<operands>(d));                     \
    return finish<static_cast<Flags>(flags)>(p, d, mode);             \
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

/// The block ends here, before the instruction or with its fault.
void leave_at(CpuState& state, const Decoded* d, std::uint8_t why) {
  state.leave |= why;
  state.left_at = &d->site;
}

/// All of the block has been executed; the pc is still its start.
void complete(CpuState& state, const Decoded* d) {
  state.cycle += d->site.cycles_before;
  state.retired += d->site.retired_before;
}

}  // namespace

void PseudoHandlers::reserved(Processor& p, const Decoded* d) {
  if (is_instrumented(d)) p.fetch.report(d->site);
  p.core.state.raise({.code = ExceptionCode::kRi});
  leave_at(p.core.state, d, CpuState::kLeaveFault);
}

void PseudoHandlers::unusable(Processor& p, const Decoded* d) {
  if (is_instrumented(d)) p.fetch.report(d->site);
  p.core.state.raise(
      {.code = ExceptionCode::kCpU, .coprocessor = static_cast<std::uint8_t>(d->operands[0])});
  leave_at(p.core.state, d, CpuState::kLeaveFault);
}

void PseudoHandlers::mark(Processor& p, const Decoded* d) {
  CpuState& state = p.core.state;
  Observation& observation = p.core.observation;
  const bool in_slot = d->site.in_slot;
  const VirtAddr pc = state.pc_at(d->site);
  if (!in_slot && observation.breaks_at(pc)) {
    observation.note_breakpoint();
    state.demand_attention();
    return leave_at(state, d, CpuState::kLeaveBefore);
  }
  const auto id = observation.mark_at(pc);
  const Observation::Arrival here{pc, state.retired_at(d->site)};
  Observer* const observer = observation.observer();
  if (observer != nullptr && id && !observation.has_reported(here)) {
    observer->on_mark(MarkEvent{.at = p.core.moment_before(d->site),
                                .mode = state.mode,
                                .pc = pc,
                                .id = *id,
                                .asid = asid_of(state.regs)});
    // The observer may have asked for what concerns the marked instruction already. A slot stays
    // with its branch.
    if (state.leave != 0 && !in_slot) {
      observation.note_reported(here);
      return leave_at(state, d, CpuState::kLeaveBefore);
    }
  }
  return d[1].execute(p, d + 1);
}

void PseudoHandlers::fetch_slot(Processor& p, const Decoded* d) {
  p.fetch.fetch_slot(d->site);
  return d[1].execute(p, d + 1);
}

void PseudoHandlers::next(Processor& p, const Decoded* d) {
  complete(p.core.state, d);
  p.core.state.regs.pc = p.core.state.pc_at(d->site);
}

void PseudoHandlers::branch(Processor& p, const Decoded* d) {
  complete(p.core.state, d);
  p.core.state.regs.pc = p.core.state.branch_target;
}

void PseudoHandlers::before_slot(Processor& p, const Decoded* d) {
  complete(p.core.state, d);
  p.core.state.regs.pc = p.core.state.pc_at(d->site);
  p.core.state.slot_pending = true;
}

}  // namespace cpu
