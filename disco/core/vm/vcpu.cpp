#include "disco/core/vm/vcpu.hpp"

#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

// Tables in which the assembly miss path finds nothing, for the times when it must not be used.
constexpr auto kNoHeads = [] {
  struct {
    std::uint16_t head[VirtualTlb::kBuckets];
  } none{};
  for (std::uint16_t& head : none.head) head = StoredEntry::kNone;
  return none;
}();
constexpr L2Tlb::Entry kNoSet[L2Tlb::kWays]{};

template <class T>
std::uint64_t bits_of(const T* p) {
  return reinterpret_cast<std::uintptr_t>(p);
}

MissView miss_view(const Vcpu& vcpu, bool direct, bool mapped) {
  const Pmap& pmap = vcpu.vm.pmap();
  MissView view{.frames = bits_of(pmap.frame_words()),
                .frame_pairs = direct ? (pmap.low_pages() + 1) / 2 : 0,
                .slots = bits_of(vcpu.tlb.virtual_tlb().slots()),
                .heads = bits_of(kNoHeads.head),
                .l2_entries = bits_of(kNoSet),
                .l2_set_mask = 0,
                .l2_salt = vcpu.tlb.l2tlb().salt(),
                .asks_more = vcpu.asks_more() ? 1u : 0,
                .wide_pairs = 0};
  if (vcpu.cp0.has(status::kKx)) view.wide_pairs = view.frame_pairs;
  if (!mapped) return view;
  view.heads = bits_of(vcpu.tlb.virtual_tlb().heads());
  if (vcpu.tlb.l2tlb().size() > 0) {
    view.l2_entries = bits_of(vcpu.tlb.l2tlb().entries());
    view.l2_set_mask = vcpu.tlb.l2tlb().set_mask();
  }
  return view;
}

}  // namespace

void Vcpu::publish_miss_view() {
  // The assembly path asks no modes: where xsseg's mapped part would be an error, or useg is
  // unmapped, it must find nothing.
  const bool mapped = !cp0.has(status::kErl) && (cp0.uses_xsseg() || !tlb.has_xsseg_entries());
  // It knows 4 KB pages only.
  const bool direct = tlb.large_pages() == LargePages::kOff;
  context.miss_view = miss_view(*this, fast_miss_enabled && direct, fast_miss_enabled && mapped);
}

TrapAnswer Vcpu::set_status(std::uint64_t value) {
  using namespace status;
  const std::uint64_t changed = cp0[cp0::kStatus] ^ value;
  cp0[cp0::kStatus] = value;
  if ((value & kExl) == 0) nested_exceptions = 0;
  if ((value & kRe) != 0)
    return stop_guest(StopCode::kUnsupportedMode,
                      "the guest set Status.RE: reverse-endian user mode is not provided");
  if ((value & kBev) != 0)
    return stop_guest(StopCode::kUnsupportedMode,
                      "the guest set Status.BEV: there is no boot ROM for its exceptions");
  if (cp0.mode() == GuestMode::kSupervisor)
    return stop_guest(StopCode::kUnsupportedMode,
                      "the guest entered supervisor mode, which its own kernel runs in");
  // Addresses change their meaning: xsseg with KX and SX, useg with ERL.
  if ((changed & (kKx | kSx | kErl)) != 0) {
    tlb.set_space(cp0.space());
    publish_miss_view();
  }
  refresh();
  return TrapAnswer::kHandled;
}

void Vcpu::set_deadline() {
  const std::uint64_t now = hardware.time();
  const auto compare = static_cast<std::uint32_t>(cp0[cp0::kCompare]);
  const std::uint32_t ahead = compare - (static_cast<std::uint32_t>(now) + cp0.count_offset);
  constexpr std::uint64_t kTurnOfCount = std::uint64_t{1} << 32;
  deadline = now + (ahead == 0 ? kTurnOfCount : ahead);
  processor.set_timer();
}

std::uint64_t Vcpu::cause() const {
  return cp0[cp0::kCause] | vm.devices().interrupt_lines() << cause::kIpShift;
}

bool Vcpu::has_unmasked_interrupt() const {
  return (cause() & cp0[cp0::kStatus] & cause::kIp) != 0;
}

bool Vcpu::interrupt_is_due() const {
  using namespace status;
  return (cp0[cp0::kStatus] & (kIe | kExl | kErl)) == kIe && has_unmasked_interrupt();
}

TrapAnswer Vcpu::stop_guest(StopCode code, const char* sentence) {
  stop = {code, sentence};
  return TrapAnswer::kStop;
}

}  // namespace disco
