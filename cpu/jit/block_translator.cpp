#include "cpu/jit/block_translator.hpp"

#include <algorithm>
#include <new>

#include "cpu/interpreter/handlers.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/jit/fpu_emitter.hpp"
#include "cpu/jit/memory_emitter.hpp"

namespace cpu::jit {

namespace {

/// The second entry of a CallSite: the interpreter's handler goes on to it.
void stop(Processor&, const Decoded*) {}

bool is_end(Handler handler) {
  return handler == &PseudoHandlers::next || handler == &PseudoHandlers::branch ||
         handler == &PseudoHandlers::before_slot;
}

bool is_control(EffectKind kind) {
  return kind == EffectKind::kBranch || kind == EffectKind::kBranchLikely ||
         kind == EffectKind::kJump;
}

const Effect* control_of(const Recorded& r) {
  for (const Effect& effect : r.effects) {
    if (is_control(effect.kind)) return &effect;
  }
  return nullptr;
}

/// Whether the interpreter's body may be needed for a part of it.
bool may_call(const Recorded& r) {
  for (const Effect& effect : r.effects) {
    if (FpuEmitter::is_floating(effect.kind) || effect.kind == EffectKind::kLoad ||
        effect.kind == EffectKind::kStore || effect.kind == EffectKind::kTrapIf) {
      return true;
    }
  }
  return false;
}

}  // namespace

BlockTranslator::Translated BlockTranslator::translate(const Block& block, const CodePage& page,
                                                       std::size_t word, const void* const* table,
                                                       const CacheView& caches) {
  caches_ = caches;
  at_ = page.at + 4 * word;
  block_ = &block;
  word_ = word;
  table_ = table;
  if (const Refusal refusal = collect(block, page); refusal != Refusal::kNone) {
    return {nullptr, refusal};
  }
  if (!make_sites(block)) return {nullptr, Refusal::kNoRoom};
  Emitter emitter{arena_, layout_, stubs_};
  e_ = &emitter;
  emit_block(block);
  const void* const code = emitter.finish();
  e_ = nullptr;
  return {code, code != nullptr ? Refusal::kNone : Refusal::kNoRoom};
}

Refusal BlockTranslator::collect(const Block& block, const CodePage& page) {
  items_.clear();
  slot_fetch_.clear();
  has_slot_ = false;
  const Variant variant = caches_.is_on() ? Variant::kCached : Variant::kPlain;
  const RecordContext context{(page.context & kDecodeFr) != 0};
  for (const Decoded* d = block.code;; ++d) {
    if (d->execute == &PseudoHandlers::before_slot) return Refusal::kSlotElsewhere;
    if (is_end(d->execute)) return Refusal::kNone;
    Item item;
    item.decoded = d;
    if (d->execute == &PseudoHandlers::fetch_slot) {
      item.is_called = true;
      slot_fetch_.push_back(std::move(item));
      continue;
    }
    const bool is_mark = d->execute == &PseudoHandlers::mark;
    if (is_mark && d->site.in_slot) return Refusal::kMarkInSlot;
    if (!is_mark) item.recorded = record(d->site.word, context);
    // What Status forbids has another handler than its row's.
    const bool is_itself = !is_mark && d->execute == handler_of(item.recorded.insn, variant);
    if (d->site.in_slot && control_of(item.recorded) != nullptr) return Refusal::kBranchInSlot;
    const auto& effects = item.recorded.effects;
    const bool is_within_reach = std::all_of(effects.begin(), effects.end(), [](const Effect& e) {
      return !FpuEmitter::is_floating(e.kind) || FpuEmitter::can(e);
    });
    item.is_called = !is_itself || !item.recorded.is_inline || !is_within_reach;
    item.ends_block = is_itself && item.is_called &&
                      (row_of(item.recorded.insn).effects & effects::kEndsBlock) != 0;
    if (d->site.in_slot && item.ends_block) return Refusal::kEndInSlot;
    has_slot_ |= d->site.in_slot;
    items_.push_back(std::move(item));
  }
}

bool BlockTranslator::make_sites(const Block& block) {
  const auto make = [&](Item& item) {
    if (!item.is_called && !may_call(item.recorded)) return true;
    if (arena_.room() < sizeof(CallSite)) return false;
    const void* const at = arena_.next();
    ::new (arena_.take(sizeof(CallSite))) CallSite{.instruction = *item.decoded,
                                                   .stop = {.site = {}, .execute = &stop},
                                                   .block_cycles = block.cycles,
                                                   .block_at = at_,
                                                   .is_return = item.recorded.insn == Insn::eret};
    item.site = static_cast<const CallSite*>(at);
    return true;
  };
  return std::all_of(items_.begin(), items_.end(), make) &&
         std::all_of(slot_fetch_.begin(), slot_fetch_.end(), make);
}

/// In fidelity kMemory a block executes only while its line is its set's most recent one: otherwise
/// the fetch path is asked, outside.
void BlockTranslator::fetch() {
  if (!caches_.is_on()) return;
  x86::Assembler& a = e_->a;
  const asmjit::Label miss = a.newLabel();
  e_->primary_tag(caches_.instruction, kPc, 0, x86::rax);
  a.or_(x86::rax, static_cast<std::int32_t>(PrimaryTags::kWritable));
  e_->constant(x86::rcx, at_.bits() >> caches_.instruction.line_shift << 2 |
                             PrimaryTags::kWritable | PrimaryTags::kReadable);
  a.cmp(x86::rax, x86::rcx);
  a.jne(miss);
  e_->later([this, miss, cycles = static_cast<std::int32_t>(block_->cycles)] {
    e_->a.bind(miss);
    e_->a.add(kBudget, cycles);
    e_->jump_to(stubs_.leave);
  });
}

void BlockTranslator::emit_block(const Block& block) {
  x86::Assembler& a = e_->a;
  head_ = a.newLabel();
  a.bind(head_);
  const asmjit::Label spent = a.newLabel();
  const auto cycles = static_cast<std::int32_t>(block.cycles);
  a.sub(kBudget, cycles);
  a.js(spent);
  e_->later([this, spent, cycles] {
    e_->a.bind(spent);
    e_->a.add(kBudget, cycles);
    e_->jump_to(stubs_.leave);
  });
  fetch();
  before_call_ = nullptr;
  const std::size_t straight = has_slot_ ? items_.size() - 2 : items_.size();
  for (std::size_t i = 0; i < straight; ++i) {
    const Item& item = items_[i];
    if (item.ends_block) {
      a.lea(x86::rax, x86::ptr_rel(reinterpret_cast<std::uintptr_t>(item.site)));
      return e_->jump_to(stubs_.end_block);
    }
    instruction(item);
  }
  if (has_slot_) {
    branch(items_[straight], items_[straight + 1]);
    return;
  }
  account(block);
  go(offset_of(items_.back()) + 4);
}

// ---- instructions

void BlockTranslator::slot(const Item& item) {
  for (const Item& fetch : slot_fetch_) call(fetch);
  instruction(item);
}

void BlockTranslator::call(const Item& item) {
  CHECK(item.site != nullptr);
  e_->a.lea(x86::rax, x86::ptr_rel(reinterpret_cast<std::uintptr_t>(item.site)));
  e_->call_to(stubs_.call);
}

void BlockTranslator::instruction(const Item& item) {
  if (item.is_called) {
    if (before_call_) before_call_();
    return call(item);
  }
  const asmjit::Label end = e_->a.newLabel();
  ExpressionEmitter x{*e_, item.recorded, offset_of(item)};
  for (std::size_t i = 0; i < item.recorded.effects.size(); ++i) {
    if (item.recorded.effects[i].kind == EffectKind::kLoad) {
      MemoryEmitter memory{*e_,
                           x,
                           item.recorded,
                           caches_.data,
                           [this, &item, before = before_call_] {
                             if (before) before();
                             call(item);
                           },
                           end};
      i += memory.load(i);
    } else {
      effect(item, x, i, end);
    }
  }
  e_->a.bind(end);
}

void BlockTranslator::effect(const Item& item, ExpressionEmitter& x, std::size_t number,
                             const asmjit::Label& end) {
  const Effect& effect = item.recorded.effects[number];
  x86::Assembler& a = e_->a;
  const auto call_later = [this, &item, before = before_call_] {
    if (before) before();
    call(item);
  };
  switch (effect.kind) {
    case EffectKind::kSetGpr: return x.set_gpr(effect.number, effect.a);
    case EffectKind::kSetHi:
      return x.set_memory(e_->state(offsetof(CpuState, regs) + offsetof(Registers, hi)), effect.a);
    case EffectKind::kSetLo:
      return x.set_memory(e_->state(offsetof(CpuState, regs) + offsetof(Registers, lo)), effect.a);
    case EffectKind::kSetState: {
      const x86::Mem to = e_->state(static_cast<std::size_t>(effect.at));
      if (effect.mask == ~std::uint64_t{0}) return x.set_memory(to, effect.a);
      // (old & ~mask) | (new & mask) is old ^ ((old ^ new) & mask).
      x.take(x86::rax);
      x.into(effect.a, x86::rax);
      a.xor_(x86::rax, to);
      x.take(x86::rdx);
      e_->constant(x86::rdx, effect.mask);
      a.and_(x86::rax, x86::rdx);
      a.xor_(to, x86::rax);
      x.release(x86::rdx);
      return x.release(x86::rax);
    }
    case EffectKind::kSetState32:
      return x.set_memory(e_->state(static_cast<std::size_t>(effect.at), 4), effect.a);
    case EffectKind::kStore:
      return MemoryEmitter{*e_, x, item.recorded, caches_.data, call_later, end}.store(effect);
    case EffectKind::kTrapIf: {
      const asmjit::Label trap = a.newLabel();
      a.j(x.compare(effect.a), trap);
      e_->later([this, trap, end, call_later] {
        e_->a.bind(trap);
        call_later();
        e_->a.jmp(end);
      });
      return;
    }
    default:  // control and loads are the callers'
      CHECK(FpuEmitter::is_floating(effect.kind));
      return FpuEmitter{*e_, x, call_later, end}.emit(effect);
  }
}

// ---- the end of a block

void BlockTranslator::account(const Block& block) { account(block.cycles, block.instructions); }

void BlockTranslator::account(std::uint64_t cycles, std::uint64_t instructions) {
  if (cycles == instructions) return;
  e_->a.add(e_->frame(offsetof(GeneratedFrame, lag)),
            static_cast<std::int32_t>(cycles - instructions));
}

void BlockTranslator::go(std::int32_t distance) {
  x86::Assembler& a = e_->a;
  if (distance != 0) a.lea(kPc, x86::ptr(kPc, distance));
  const std::int64_t to = static_cast<std::int64_t>(word_) + distance / 4;
  if (distance == 0) {
    a.jmp(head_);
  } else if (to >= 0 && to < static_cast<std::int64_t>(kWordsPerPage)) {
    a.jmp(x86::ptr_rel(reinterpret_cast<std::uintptr_t>(table_ + to), 8));
  } else {
    e_->jump_to(stubs_.dispatch);
  }
}

void BlockTranslator::go_to_target(const Item& branch, std::uint8_t target) {
  const Expression& x = branch.recorded.at(target);
  if (x.op == Op::kPc) return go(offset_of(branch) + static_cast<std::int32_t>(x.value));
  ExpressionEmitter emit{*e_, branch.recorded, offset_of(branch)};
  emit.take(x86::rax);
  emit.into(target, x86::rax);
  e_->a.mov(kPc, x86::rax);
  e_->jump_to(stubs_.dispatch);
}

void BlockTranslator::link(const Item& branch) {
  ExpressionEmitter x{*e_, branch.recorded, offset_of(branch)};
  for (const Effect& effect : branch.recorded.effects) {
    if (effect.kind == EffectKind::kSetGpr) x.set_gpr(effect.number, effect.a);
  }
}

bool BlockTranslator::is_overwritten(const Item& branch, const Item& slot,
                                     std::uint8_t expression) const {
  ExpressionEmitter x{*e_, branch.recorded, offset_of(branch)};
  const auto writes_named = [&](const Item& item) {
    for (const Effect& effect : item.recorded.effects) {
      if (effect.kind == EffectKind::kSetGpr && x.mentions(expression, effect.number)) return true;
      if (effect.kind == EffectKind::kSetState32 || effect.kind == EffectKind::kSetState) {
        return true;  // perhaps FCSR
      }
      if (FpuEmitter::is_floating(effect.kind)) return true;
    }
    return false;
  };
  if (writes_named(branch)) return true;
  return slot.is_called || writes_named(slot);
}

void BlockTranslator::branch(const Item& branch, const Item& slot) {
  if (branch.is_called) {  // Status forbids it: it raises, always
    call(branch);
    e_->a.ud2();
    return;
  }
  const Effect& control = *control_of(branch.recorded);
  if (control.kind == EffectKind::kJump) return jump(branch, slot, control.a);
  if (control.kind == EffectKind::kBranchLikely) return likely(branch, slot, control);
  conditional(branch, slot, control);
}

void BlockTranslator::store_target(const Item& branch, std::uint8_t target) {
  ExpressionEmitter x{*e_, branch.recorded, offset_of(branch)};
  x.set_memory(e_->state(offsetof(CpuState, branch_target)), target);
}

void BlockTranslator::jump(const Item& branch, const Item& slot, std::uint8_t target) {
  const bool is_kept = is_overwritten(branch, slot, target);
  if (is_kept) {
    store_target(branch, target);
  } else {
    before_call_ = [this, &branch, target] { store_target(branch, target); };
  }
  link(branch);
  this->slot(slot);
  before_call_ = nullptr;
  account(*block_);
  if (!is_kept) return go_to_target(branch, target);
  e_->a.mov(kPc, e_->state(offsetof(CpuState, branch_target)));
  e_->jump_to(stubs_.dispatch);
}

/// Where a conditional branch goes, into CpuState: its slot is about to be the interpreter's.
void BlockTranslator::store_target_of(const Item& branch, const Effect& effect, bool is_saved) {
  x86::Assembler& a = e_->a;
  ExpressionEmitter x{*e_, branch.recorded, offset_of(branch)};
  const std::int64_t taken = branch.recorded.at(effect.b).value;
  CondCode goes = CondCode::kNE;
  if (is_saved) {
    a.cmp(e_->frame(offsetof(GeneratedFrame, taken)), 0);
  } else {
    goes = x.compare(effect.a);
  }
  a.lea(x86::rax, x86::ptr(kPc, offset_of(branch) + 8));
  a.lea(x86::rcx, x86::ptr(kPc, offset_of(branch) + static_cast<std::int32_t>(taken)));
  a.cmov(goes, x86::rax, x86::rcx);
  a.mov(e_->state(offsetof(CpuState, branch_target)), x86::rax);
}

void BlockTranslator::conditional(const Item& branch, const Item& slot, const Effect& effect) {
  x86::Assembler& a = e_->a;
  CHECK(branch.recorded.at(effect.b).op == Op::kPc);
  ExpressionEmitter x{*e_, branch.recorded, offset_of(branch)};
  if (const auto constant = x.constant_condition(effect.a)) {
    before_call_ = [this, &branch, &effect, goes = *constant] {
      const std::int64_t taken = branch.recorded.at(effect.b).value;
      e_->a.lea(x86::rax,
                x86::ptr(kPc, offset_of(branch) + (goes ? static_cast<std::int32_t>(taken) : 8)));
      e_->a.mov(e_->state(offsetof(CpuState, branch_target)), x86::rax);
    };
    link(branch);
    this->slot(slot);
    before_call_ = nullptr;
    account(*block_);
    return *constant ? go_to_target(branch, effect.b) : go(offset_of(branch) + 8);
  }
  const bool is_saved = is_overwritten(branch, slot, effect.a);
  if (is_saved) {
    const CondCode goes = x.compare(effect.a);
    a.set(goes, x86::al);
    a.movzx(x86::eax, x86::al);
    a.mov(e_->frame(offsetof(GeneratedFrame, taken)), x86::rax);
  }
  before_call_ = [this, &branch, &effect, is_saved] { store_target_of(branch, effect, is_saved); };
  link(branch);
  this->slot(slot);
  before_call_ = nullptr;
  account(*block_);
  CondCode goes = CondCode::kNE;
  if (is_saved) {
    a.cmp(e_->frame(offsetof(GeneratedFrame, taken)), 0);
  } else {
    ExpressionEmitter after{*e_, branch.recorded, offset_of(branch)};
    goes = after.compare(effect.a);
  }
  const asmjit::Label taken = a.newLabel();
  a.j(goes, taken);
  go(offset_of(branch) + 8);
  a.bind(taken);
  go_to_target(branch, effect.b);
}

void BlockTranslator::likely(const Item& branch, const Item& slot, const Effect& effect) {
  x86::Assembler& a = e_->a;
  CHECK(branch.recorded.at(effect.b).op == Op::kPc);
  ExpressionEmitter x{*e_, branch.recorded, offset_of(branch)};
  const asmjit::Label annulled = a.newLabel();
  const auto constant = x.constant_condition(effect.a);
  if (!constant) {
    const CondCode goes = x.compare(effect.a);
    a.set(goes, x86::al);
    a.movzx(x86::eax, x86::al);
    a.mov(e_->frame(offsetof(GeneratedFrame, taken)), x86::rax);
  }
  link(branch);
  if (!constant) {
    a.cmp(e_->frame(offsetof(GeneratedFrame, taken)), 0);
    a.je(annulled);
  } else if (!*constant) {
    a.jmp(annulled);
  }
  e_->later([this, annulled, &branch] {
    const InstructionSite& site = branch.decoded->site;
    const std::uint64_t cycles = site.cycles_before + site.cost;
    e_->a.bind(annulled);
    e_->a.add(kBudget, static_cast<std::int32_t>(block_->cycles - cycles));
    account(cycles, site.retired_before + 1u);
    go(offset_of(branch) + 8);
  });
  before_call_ = [this, &branch, &effect] { store_target(branch, effect.b); };
  this->slot(slot);
  before_call_ = nullptr;
  account(*block_);
  go_to_target(branch, effect.b);
}

}  // namespace cpu::jit
