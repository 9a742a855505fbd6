#include "cpu/jit/stubs.hpp"

#include "cpu/jit/emitter.hpp"
#include "cpu/memory/fetch_path.hpp"
#include "cpu/memory/soft_tlb.hpp"

namespace cpu::jit {

namespace {

const Gp kSaved[] = {x86::rbx, x86::rbp, x86::r12, x86::r13, x86::r14, x86::r15};

class StubEmitter {
 public:
  StubEmitter(CodeArena& arena, const Layout& layout, const Callbacks& callbacks)
      : arena_{arena}, layout_{layout}, callbacks_{callbacks} {}

  const void* enter(const void* base);
  const void* leave();
  const void* call();
  const void* end_block();
  const void* dispatch(const Stubs& so_far);
  const void* recall(std::size_t tag);

 private:
  /// rax: cycle at which the block under way began, rcx its retired instructions: to CpuState, with
  /// pc and registers. `block_cycles`: of that block, in rdx.
  void store_inside(Emitter& e);
  /// Goes on at rax, as CpuState says.
  void resume(Emitter& e);
  static std::uint64_t address(const void* of) { return reinterpret_cast<std::uintptr_t>(of); }
  template <class Function>
  static std::uint64_t address_of(Function* of) {
    return reinterpret_cast<std::uintptr_t>(of);
  }

  CodeArena& arena_;
  const Layout& layout_;
  const Callbacks& callbacks_;
};

constexpr std::size_t kPcAt = offsetof(CpuState, regs) + offsetof(Registers, pc);

/// void enter(const void* code). The stack is aligned to 16 bytes within generated code.
const void* StubEmitter::enter(const void* base) {
  Emitter e{arena_, layout_, Stubs{}};
  for (const Gp& reg : kSaved) e.a.push(reg);
  e.a.sub(x86::rsp, 8);
  e.a.mov(x86::rax, x86::rdi);
  e.constant(kBase, address(base));
  resume(e);
  return e.finish();
}

void StubEmitter::resume(Emitter& e) {
  e.a.mov(kPc, e.state(kPcAt));
  e.load_pinned();
  e.a.mov(kBudget, e.frame(offsetof(GeneratedFrame, budget)));
  e.a.jmp(x86::rax);
}

const void* StubEmitter::leave() {
  Emitter e{arena_, layout_, Stubs{}};
  e.store_pinned();
  e.a.mov(e.state(kPcAt), kPc);
  e.a.mov(x86::rax, e.frame(offsetof(GeneratedFrame, end)));
  e.a.sub(x86::rax, kBudget);
  e.a.mov(e.state(offsetof(CpuState, cycle)), x86::rax);
  e.a.sub(x86::rax, e.frame(offsetof(GeneratedFrame, lag)));
  e.a.mov(e.state(offsetof(CpuState, retired)), x86::rax);
  e.a.add(x86::rsp, 8);
  for (std::size_t i = std::size(kSaved); i-- > 0;) e.a.pop(kSaved[i]);
  e.a.ret();
  return e.finish();
}

void StubEmitter::store_inside(Emitter& e) {
  e.store_pinned();
  e.a.mov(e.state(kPcAt), kPc);
  const auto of_site = [](std::size_t at) {
    return x86::ptr(x86::rax, static_cast<std::int32_t>(at), 8);
  };
  e.a.mov(x86::rdx, of_site(offsetof(CallSite, block_at)));
  e.a.mov(e.state(offsetof(CpuState, block_at)), x86::rdx);
  e.a.mov(x86::rdx, of_site(offsetof(CallSite, block_cycles)));
  e.a.mov(e.state(offsetof(CpuState, block_cycles)), x86::rdx);
  e.a.mov(x86::rcx, e.frame(offsetof(GeneratedFrame, end)));
  e.a.sub(x86::rcx, kBudget);
  e.a.sub(x86::rcx, x86::rdx);
  e.a.mov(e.state(offsetof(CpuState, cycle)), x86::rcx);
  e.a.sub(x86::rcx, e.frame(offsetof(GeneratedFrame, lag)));
  e.a.mov(e.state(offsetof(CpuState, retired)), x86::rcx);
}

const void* StubEmitter::call() {
  Emitter e{arena_, layout_, Stubs{}};
  const asmjit::Label left = e.a.newLabel();
  store_inside(e);
  e.a.sub(x86::rsp, 8);
  e.constant(x86::rdi, address(callbacks_.processor));
  e.a.mov(x86::rsi, x86::rax);
  constexpr auto kExecuteAt =
      static_cast<std::int32_t>(offsetof(CallSite, instruction) + offsetof(Decoded, execute));
  e.a.call(x86::ptr(x86::rsi, kExecuteAt, 8));
  e.a.add(x86::rsp, 8);
  e.a.cmp(e.state(offsetof(CpuState, left_at)), 0);
  e.a.jne(left);
  e.load_pinned();
  // A wait has moved the start of the block.
  e.a.mov(x86::rax, e.state(offsetof(CpuState, cycle)));
  e.a.mov(kBudget, e.frame(offsetof(GeneratedFrame, end)));
  e.a.sub(kBudget, x86::rax);
  e.a.sub(kBudget, e.state(offsetof(CpuState, block_cycles)));
  e.a.sub(x86::rax, e.state(offsetof(CpuState, retired)));
  e.a.mov(e.frame(offsetof(GeneratedFrame, lag)), x86::rax);
  e.a.ret();
  e.a.bind(left);
  e.a.add(x86::rsp, 8);
  e.constant(x86::rdi, address(callbacks_.self));
  e.constant(x86::rax, address_of(callbacks_.left));
  e.a.call(x86::rax);
  resume(e);
  return e.finish();
}

const void* StubEmitter::end_block() {
  Emitter e{arena_, layout_, Stubs{}};
  store_inside(e);
  e.constant(x86::rdi, address(callbacks_.self));
  e.a.mov(x86::rsi, x86::rax);
  e.constant(x86::rax, address_of(callbacks_.end_block));
  e.a.call(x86::rax);
  resume(e);
  return e.finish();
}

/// What FetchPath::known() does, and the look-up of the block in its page.
const void* StubEmitter::dispatch(const Stubs& so_far) {
  Emitter e{arena_, layout_, Stubs{}};
  x86::Assembler& a = e.a;
  using Entry = FetchPath::Entry;
  static_assert(sizeof(Entry) == 40);
  const asmjit::Label miss = a.newLabel();
  a.mov(x86::rax, kPc);
  a.shr(x86::rax, 12);
  e.constant(x86::rcx, FetchPath::kHash);
  a.imul(x86::rax, x86::rcx);
  a.shr(x86::rax, FetchPath::kHashShift);
  a.lea(x86::rax, x86::ptr(x86::rax, x86::rax, 2));
  a.shl(x86::rax, 3);
  a.lea(x86::rax, x86::ptr(kBase, x86::rax, 0, layout_.fetch));
  a.mov(x86::rcx, kPc);
  a.and_(x86::rcx, static_cast<std::int32_t>(~(kPageSize - 1) | 3));
  a.or_(x86::rcx, e.state(offsetof(CpuState, context)));
  a.cmp(x86::rcx, x86::ptr(x86::rax, static_cast<std::int32_t>(offsetof(Entry, tag))));
  a.jne(miss);
  a.mov(x86::ecx, e.state(offsetof(CpuState, decode_context), 4));
  a.cmp(x86::ecx, x86::ptr(x86::rax, static_cast<std::int32_t>(offsetof(Entry, context))));
  a.jne(miss);
  a.mov(x86::rax, x86::ptr(x86::rax, static_cast<std::int32_t>(offsetof(Entry, code))));
  a.mov(x86::rax, x86::ptr(x86::rax, static_cast<std::int32_t>(offsetof(CodePage, translated))));
  a.test(x86::rax, x86::rax);
  a.je(miss);
  a.mov(x86::ecx, x86::ebx);
  a.and_(x86::ecx, kPageSize - 4);
  a.jmp(x86::ptr(x86::rax, x86::rcx, 1, 0, 8));
  a.bind(miss);
  e.jump_to(so_far.leave);
  return e.finish();
}

/// rax: an address; rcx: its tag. If the table has it the entry at rdx becomes a copy, rcx what is
/// to be added to the address, and the flags say equal. Keeps all other registers.
const void* StubEmitter::recall(std::size_t tag) {
  Emitter e{arena_, layout_, Stubs{}};
  x86::Assembler& a = e.a;
  static_assert(sizeof(SoftEntry) == 32 && SoftTlb::kEntries == 1024);
  const asmjit::Label miss = a.newLabel();
  const auto entry = [&](std::size_t offset) {
    return x86::ptr(kBase, x86::rax, 0, layout_.soft + static_cast<std::int32_t>(offset), 8);
  };
  a.push(x86::rax);
  a.push(x86::rsi);
  // SoftTlb::number_of() times the size of an entry.
  a.mov(x86::rsi, x86::rax);
  a.shr(x86::rsi, 12 - 5);
  a.shr(x86::rax, 24 - 5);
  a.xor_(x86::eax, x86::esi);
  a.and_(x86::eax, (SoftTlb::kEntries - 1) << 5);
  a.cmp(x86::rcx, entry(tag));
  a.jne(miss);
  a.mov(x86::rcx, entry(offsetof(SoftEntry, addend)));
  a.movups(x86::xmm0, entry(0));
  a.movups(x86::xmm1, entry(16));
  a.movups(x86::ptr(x86::rdx), x86::xmm0);
  a.movups(x86::ptr(x86::rdx, 16), x86::xmm1);
  a.bind(miss);
  a.pop(x86::rsi);
  a.pop(x86::rax);
  a.ret();
  return e.finish();
}

}  // namespace

Stubs make_stubs(CodeArena& arena, const Layout& layout, const Callbacks& callbacks) {
  StubEmitter emit{arena, layout, callbacks};
  Stubs stubs;
  stubs.enter = emit.enter(callbacks.base);
  stubs.leave = emit.leave();
  stubs.call = emit.call();
  stubs.end_block = emit.end_block();
  stubs.dispatch = emit.dispatch(stubs);
  stubs.recall_read = emit.recall(offsetof(SoftEntry, read_tag));
  stubs.recall_write = emit.recall(offsetof(SoftEntry, write_tag));
  return stubs;
}

}  // namespace cpu::jit
