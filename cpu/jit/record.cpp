#include "cpu/jit/record_ops.hpp"

#include "cpu/isa/decode.hpp"
#include "cpu/semantics/all.hpp"

namespace cpu::jit {

namespace {

std::uint64_t folded(Op op, std::uint64_t a, std::uint64_t b) {
  switch (op) {
    case Op::kAdd: return a + b;
    case Op::kSub: return a - b;
    case Op::kAnd: return a & b;
    case Op::kOr: return a | b;
    case Op::kXor: return a ^ b;
    case Op::kNor: return ~(a | b);
    case Op::kShl: return a << (b & 63);
    case Op::kShr: return a >> (b & 63);
    case Op::kSar:
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(a) >>
                                        static_cast<std::int64_t>(b & 63));
    case Op::kMul: return a * b;
    case Op::kSext32: return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(a)});
    case Op::kZext32: return static_cast<std::uint32_t>(a);
    default: return 0;
  }
}

bool can_fold(Op op) { return op != Op::kMulhSigned && op != Op::kMulhUnsigned; }

/// A 32-bit register within a 64-bit word of the host's, which is little-endian.
constexpr std::int32_t kUpperHalf = 4;

/// Registers that a read finds as stored (Cp0::read()).
bool is_storage(unsigned number) {
  return kCp0Table[number % kCp0Table.size()].stored != nullptr && number != kCause;
}
/// Those that a write only stores to (Cp0::write()).
bool is_plain(unsigned number) {
  switch (number) {
    case kStatus:
    case kCause:
    case kCount:
    case kCompare:
    case kWired:
    case kEntryHi:
    case kConfig:
    case kWatchLo:
    case kWatchHi:
    case kPerformance: return false;
    default: return true;
  }
}
std::int32_t cp0_at(unsigned number) {
  static const Registers kAny{};
  const auto* const base = reinterpret_cast<const std::byte*>(&kAny);
  const auto* const field =
      reinterpret_cast<const std::byte*>(&(kAny.*kCp0Table[number % kCp0Table.size()].stored));
  return static_cast<std::int32_t>(offsetof(CpuState, regs)) +
         static_cast<std::int32_t>(field - base);
}

}  // namespace

RecordOps::Word RecordOps::binary(Op op, Word a, Word b) {
  const Expression &x = at(a), &y = at(b);
  if (x.op == Op::kConstant && y.op == Op::kConstant && can_fold(op)) {
    return imm(static_cast<std::int64_t>(
        folded(op, static_cast<std::uint64_t>(x.value), static_cast<std::uint64_t>(y.value))));
  }
  return Word{this->add({.op = op, .a = use(a), .b = use(b)})};
}

RecordOps::Word RecordOps::unary(Op op, Word a) {
  const Expression& x = at(a);
  if (x.op == Op::kConstant && (op == Op::kSext32 || op == Op::kZext32)) {
    return imm(static_cast<std::int64_t>(folded(op, static_cast<std::uint64_t>(x.value), 0)));
  }
  return Word{this->add({.op = op, .a = use(a)})};
}

RecordOps::Word RecordOps::add(Word a, Word b) {
  if (at(a).op == Op::kConstant) std::swap(a, b);
  const Expression &x = at(a), &y = at(b);
  if (y.op == Op::kConstant) {
    if (y.value == 0) return a;
    if (x.op == Op::kPc) {
      return Word{this->add({.op = Op::kPc, .value = x.value + y.value})};
    }
  }
  return binary(Op::kAdd, a, b);
}

RecordOps::Word RecordOps::load(Word ea, std::uint8_t bytes) {
  const std::uint8_t address = use(ea);
  const Word value{this->add({.op = Op::kLoaded, .number = bytes})};
  effect({.kind = EffectKind::kLoad, .a = value.index, .b = address, .number = bytes});
  return value;
}

RecordOps::Word RecordOps::read_cp0(unsigned number) {
  if (!is_storage(number)) return give_up();
  return Word{this->add({.op = Op::kState, .value = cp0_at(number)})};
}

void RecordOps::write_cp0(unsigned number, Word value) {
  const Cp0Row& row = kCp0Table[number % kCp0Table.size()];
  if (!is_plain(number) || row.stored == nullptr) {
    give_up();
    return;
  }
  effect(
      {.kind = EffectKind::kSetState, .a = use(value), .at = cp0_at(number), .mask = row.writable});
}

RecordOps::Word RecordOps::get_fpr32(Fpr r) {
  const bool is_upper = !context_.has_32_doubles && (r.n & 1) != 0;
  return Word{this->add({.op = Op::kState32, .value = fpr_at(r.n) + (is_upper ? kUpperHalf : 0)})};
}

void RecordOps::set_fpr32(FprOut r, Word value) {
  if (context_.has_32_doubles) {
    effect({.kind = EffectKind::kSetState, .a = use(zext32(value)), .at = fpr_at(r.n)});
    return;
  }
  const std::int32_t half = (r.n & 1) != 0 ? kUpperHalf : 0;
  effect({.kind = EffectKind::kSetState32, .a = use(value), .at = fpr_at(r.n) + half});
}

RecordOps::Word RecordOps::read_fcr(unsigned number) {
  if (number == 0) return imm(kFcr0Value);
  if (number != 31) return imm(0);
  constexpr std::int64_t kAt = offsetof(CpuState, regs) + offsetof(Registers, fcr31);
  return Word{this->add({.op = Op::kState32, .value = kAt})};
}

Recorded record(std::uint32_t word, const RecordContext& context) {
  Recorded recorded;
  recorded.insn = decode(word);
  RecordOps ops{recorded, context};
  switch (recorded.insn) {
#define INSN(name, bits, operands, effects, cycles) \
  case Insn::name:                                  \
    semantics::name(ops, operands{word});           \
    break;
#include "cpu/isa/mips4.def"
#undef INSN
  }
  return recorded;
}

}  // namespace cpu::jit
