#include "cpu/jit/emitter.hpp"

#include <bit>

namespace cpu::jit {

Emitter::Emitter(CodeArena& arena, const Layout& layout, const Stubs& stubs)
    : layout{layout},
      stubs{stubs},
      arena_{arena},
      base_{reinterpret_cast<std::intptr_t>(layout.base)} {
  const asmjit::Environment host = asmjit::Environment::host();
  const auto base = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(arena.next()));
  CHECK(holder_.init(host, base) == asmjit::kErrorOk);
  CHECK(holder_.attach(&a) == asmjit::kErrorOk);
}

const Gp* Emitter::pinned(unsigned guest) {
  for (const Pinned& p : kPinned) {
    if (p.guest == guest) return &p.host;
  }
  return nullptr;
}

void Emitter::constant(const Gp& to, std::uint64_t value) {
  if (value <= 0xffffffff) {
    a.mov(to.r32(), static_cast<std::uint32_t>(value));
  } else {
    a.mov(to, static_cast<std::int64_t>(value));
  }
}

void Emitter::primary_tag(const PrimaryTags& tags, const Gp& base, std::int32_t offset,
                          const Gp& to) {
  const auto stride = static_cast<unsigned>(std::countr_zero(tags.stride));
  CHECK(std::has_single_bit(tags.stride) && stride <= tags.line_shift);
  offset != 0 ? a.lea(to, x86::ptr(base, offset)) : a.mov(to, base);
  a.shr(to, tags.line_shift - stride);
  a.and_(to.r32(), static_cast<std::uint32_t>((tags.sets - 1) << stride));
  const auto first = reinterpret_cast<std::intptr_t>(tags.tags);
  const std::int64_t from_base = first - base_;
  if (fits_signed32(from_base)) {
    a.mov(to, x86::ptr(kBase, to, 3, static_cast<std::int32_t>(from_base)));
    return;
  }
  const Gp other = to == x86::rdx ? x86::rcx : x86::rdx;
  a.push(other);
  a.mov(other, first);
  a.mov(to, x86::ptr(other, to, 3));
  a.pop(other);
}

void Emitter::store_pinned() {
  for (const Pinned& p : kPinned) a.mov(gpr(p.guest), p.host);
}

void Emitter::load_pinned() {
  for (const Pinned& p : kPinned) a.mov(p.host, gpr(p.guest));
}

const void* Emitter::finish() {
  for (std::size_t i = 0; i < cold_.size(); ++i) cold_[i]();  // one may add more
  CHECK(holder_.flatten() == asmjit::kErrorOk);
  CHECK(holder_.resolveUnresolvedLinks() == asmjit::kErrorOk);
  const std::size_t size = holder_.codeSize();
  if (size > arena_.room()) return nullptr;
  const void* const executes_at = arena_.next();
  CHECK(holder_.relocateToBase(reinterpret_cast<std::uintptr_t>(executes_at)) == asmjit::kErrorOk);
  std::byte* const to = arena_.take(size);
  CHECK(holder_.copyFlattenedData(to, size) == asmjit::kErrorOk);
  return executes_at;
}

}  // namespace cpu::jit
