#include "disco/mips/mips_hardware.hpp"

#include "disco/core/mark.hpp"
#include "disco/mips/cp0_access.hpp"
#include "disco/mips/cpu_page.hpp"
#include "hardware/board/address_map.hpp"
#include "hardware/board/interrupts.hpp"
#include "hardware/board/magic_registers.hpp"
#include "hardware/board/ns16550.hpp"
#include "hardware/r10000/cp0.hpp"
#include "hardware/r10000/segments.hpp"

extern "C" {
void disco_fpu_load(const disco::FpuState* state, std::uint64_t* resume);
void disco_fpu_save(disco::FpuState* state);
std::uint32_t disco_fpu_status();
}

namespace disco {

namespace {

using namespace ns16550;
constexpr std::uint64_t kUartData = kUartAt + kData, kUartIer = kUartAt + kIer,
                        kUartFcr = kUartAt + kFcr, kUartLsr = kUartAt + kLsr,
                        kUartMsr = kUartAt + kMsr;

/// An address in the I/O window of a node.
constexpr std::uint64_t on_node(unsigned node, std::uint64_t offset) {
  return std::uint64_t{node} << kNodeShift | offset;
}

/// Entry `index` invalid, under an address that is never translated, so that it overlaps nothing.
void invalidate(std::uint32_t index) {
  write_machine_cp0_32<cp0::kIndex>(index);
  write_machine_cp0<cp0::kEntryHi>(kKseg0 + std::uint64_t{index} * 2 * kPageSize);
  write_machine_cp0<cp0::kEntryLo0>(0);
  write_machine_cp0<cp0::kEntryLo1>(0);
  machine_tlbwi();
}

/// Index of a guest's real entry that matches an EntryHi; 0 or less if none does. Entry 0 is the
/// monitor's own: guests have entries under its address too, which are never real.
std::int32_t probe(std::uint64_t hi) {
  write_machine_cp0<cp0::kEntryHi>(hi);
  machine_tlbp();
  return static_cast<std::int32_t>(read_machine_cp0_32<cp0::kIndex>());
}

}  // namespace

// ---- TLB

void MipsHardware::tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) {
  EVENT_MARK(real_inserts);
  const std::int32_t index = probe(in_place_of);
  if (in_place_of != entry.hi) write_machine_cp0<cp0::kEntryHi>(entry.hi);
  write_machine_cp0<cp0::kEntryLo0>(entry.lo0);
  write_machine_cp0<cp0::kEntryLo1>(entry.lo1);
  // PageMask is 0 except in here.
  if (entry.page_mask != 0)
    write_machine_cp0_32<cp0::kPageMask>(static_cast<std::uint32_t>(entry.page_mask));
  if (index <= 0) {
    machine_tlbwr();
  } else {
    machine_tlbwi();
  }
  if (entry.page_mask != 0) write_machine_cp0_32<cp0::kPageMask>(0);
}

bool MipsHardware::tlb_drop(std::uint64_t hi) {
  const std::int32_t index = probe(hi);
  if (index <= 0) return false;
  EVENT_MARK(real_drops);
  invalidate(static_cast<std::uint32_t>(index));
  return true;
}

unsigned MipsHardware::tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                                      bool any_asid) {
  unsigned dropped = 0;
  for (std::uint32_t index = 1; index < tlb_entries_; ++index) {
    write_machine_cp0_32<cp0::kIndex>(index);
    machine_tlbr();
    const std::uint64_t hi = read_machine_cp0<cp0::kEntryHi>();
    const std::uint64_t mask = read_machine_cp0_32<cp0::kPageMask>();
    const bool global = (read_machine_cp0<cp0::kEntryLo0>() & entry_lo::kGlobal) != 0;
    const std::uint64_t span = (bytes - 1) | (mask | (2 * kPageSize - 1));
    const bool intersects = ((hi ^ vpn2) & entry_hi::kVpn2 & ~span) == 0;
    const bool in_space =
        any_asid || global || (hi & entry_hi::kAsid) == static_cast<std::uint8_t>(asid);
    if (!intersects || !in_space) continue;
    EVENT_MARK(real_drops);
    write_machine_cp0_32<cp0::kPageMask>(0);
    invalidate(index);
    ++dropped;
  }
  write_machine_cp0_32<cp0::kPageMask>(0);
  return dropped;
}

void MipsHardware::tlb_flush() {
  for (std::uint32_t index = 1; index < tlb_entries_; ++index) invalidate(index);
}

// ---- time

std::uint64_t MipsHardware::time() {
  constexpr std::uint64_t kTurn = std::uint64_t{1} << 32;
  std::uint64_t now = (last_time_ & ~(kTurn - 1)) | read_machine_cp0_32<cp0::kCount>();
  if (now < last_time_) now += kTurn;
  return last_time_ = now;
}

// Compare interrupts when Count becomes equal to it: what has passed by then would wait for a turn
// of Count. So what is due is set a little ahead, and further until it is ahead when it is written.
void MipsHardware::set_timer(std::uint64_t at) {
  constexpr std::uint64_t kFarthest = std::uint64_t{1} << 31;
  const std::uint64_t now = time();
  std::uint64_t ahead = at > now ? at - now : 0;
  if (ahead > kFarthest) ahead = kFarthest;
  auto compare = static_cast<std::uint32_t>(now + ahead);
  write_machine_cp0_32<cp0::kCompare>(compare);
  for (std::uint32_t margin = 16;; margin *= 2) {
    const std::uint32_t count = read_machine_cp0_32<cp0::kCount>();
    const bool is_ahead = static_cast<std::int32_t>(compare - count) > 0;
    if (is_ahead || (read_machine_cp0_32<cp0::kCause>() & cause::kIpTimer) != 0) return;
    compare = count + margin;
    write_machine_cp0_32<cp0::kCompare>(compare);
  }
}

void MipsHardware::set_clock(std::uint64_t ticks_per_second) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint32_t before = read_machine_cp0_32<cp0::kCount>();
  const std::uint64_t ns = nanoseconds();
  const std::uint32_t after = read_machine_cp0_32<cp0::kCount>();
  const std::uint64_t then =
      ns / kSecond * ticks_per_second + ns % kSecond * ticks_per_second / kSecond;
  // The RTC was read half way between the two.
  const std::uint64_t ahead = then - (before + (after - before) / 2);
  const std::uint64_t now = ahead + read_machine_cp0_32<cp0::kCount>();
  write_machine_cp0_32<cp0::kCount>(static_cast<std::uint32_t>(now));
  last_time_ = now;
}

std::uint64_t MipsHardware::nanoseconds() { return device_register<std::uint64_t>(kRtcAt); }
std::uint64_t MipsHardware::pending_interrupts() {
  return read_machine_cp0_32<cp0::kCause>() & cause::kIp;
}

void MipsHardware::doze() {
  EVENT_MARK(dozes);
  // Status of the monitor has the mask bits of the guest's last exit: all that it wants to hear.
  const std::uint32_t status = read_machine_cp0_32<cp0::kStatus>();
  constexpr std::uint32_t kIm = cause::kIpDevice | cause::kIpIpi | cause::kIpTimer;
  write_machine_cp0_32<cp0::kStatus>((status & ~static_cast<std::uint32_t>(status::kIm)) | kIm);
  device_register<std::uint64_t>(on_node(node_, kOwnPiAt + pi::kDoze)) = 1;
}

// ---- other CPUs

std::uint64_t MipsHardware::interface_of(unsigned cpu) const {
  return on_node(cpu / cpus_per_node_, kPiAt + cpu * kPiBytes);
}

void MipsHardware::interrupt_cpu(unsigned number) {
  device_register<std::uint64_t>(interface_of(number) + pi::kIpiSet) = 1;
}

void MipsHardware::acknowledge_cpus() {
  device_register<std::uint64_t>(on_node(node_, kOwnPiAt + pi::kIpiClear)) = ~std::uint64_t{0};
}

void MipsHardware::relax() { this_cpu().processor->serve_mailbox(); }

void MipsHardware::launch(unsigned cpu, std::uint64_t pc, std::uint64_t sp, std::uint64_t gp) {
  const std::uint64_t interface = interface_of(cpu);
  device_register<std::uint64_t>(interface + pi::kLaunchSp) = sp;
  device_register<std::uint64_t>(interface + pi::kLaunchGp) = gp;
  device_register<std::uint64_t>(interface + pi::kLaunchPc) = pc;
}

void MipsHardware::copy_text_to(unsigned node, std::uint64_t bytes, unsigned cpus_per_node) {
  auto* const from = reinterpret_cast<const std::uint64_t*>(kXkphysCached);
  auto* const to = reinterpret_cast<volatile std::uint64_t*>(kXkphysCached | on_node(node, 0));
  for (std::uint64_t n = 0; n < bytes / 8; ++n) to[n] = from[n];
  const std::uint64_t controller_at = on_node(node, kControllerAt);
  device_register<std::uint64_t>(controller_at + controller::kAliasSize) = bytes;
  device_register<std::uint64_t>(controller_at + controller::kAliasEnable) =
      (std::uint64_t{1} << cpus_per_node) - 1;
}

// ---- devices

void MipsHardware::start_interrupts() {
  device_register<std::uint8_t>(kUartFcr) = kFcrEnable;
  console_listen(true);
  device_register<std::uint64_t>(on_node(node_, kOwnPiAt + pi::kEnable)) = 1u << kUartSource;
}

// The machine's transmitter is never busy (docs/machine.md), so nobody waits for it.
void MipsHardware::raw_put(char c) {
  device_register<std::uint8_t>(kUartData) = static_cast<std::uint8_t>(c);
}

void MipsHardware::raw_power(std::uint32_t value) {
  for (;;) device_register<std::uint32_t>(kPowerAt) = value;
}

void MipsHardware::console_put(char c) { raw_put(c); }

std::optional<std::uint8_t> MipsHardware::console_get() {
  if ((device_register<std::uint8_t>(kUartLsr) & kLsrReady) == 0) return std::nullopt;
  return device_register<std::uint8_t>(kUartData);
}

// Reading it also acknowledges that it has changed.
bool MipsHardware::console_has_ended() {
  return (device_register<std::uint8_t>(kUartMsr) & kMsrCarrier) == 0;
}

void MipsHardware::console_listen(bool on) {
  device_register<std::uint8_t>(kUartIer) = on ? kIerReceived | kIerModem : 0;
}
void MipsHardware::debug_put(char c) {
  device_register<std::uint8_t>(kDebugConsoleAt) = static_cast<std::uint8_t>(c);
}
void MipsHardware::power(std::uint32_t value) { device_register<std::uint32_t>(kPowerAt) = value; }

// ---- caches and FPU

void MipsHardware::cache_writeback_invalidate(MachineAddr line) {
  // Hit writeback invalidate of the primary data cache and the secondary, hit invalidate of the
  // instruction cache (R10000 UM 10).
  const std::uint64_t at = kXkphysCached | line.bits();
  __asm__ volatile("cache 0x15, 0(%0)\n\tcache 0x17, 0(%0)\n\tcache 0x10, 0(%0)"
                   :
                   : "r"(at)
                   : "memory");
}

void MipsHardware::fpu_load(const FpuState& state) { disco_fpu_load(&state, &this_cpu().resume); }
void MipsHardware::fpu_save(FpuState& state) { disco_fpu_save(&state); }
std::uint32_t MipsHardware::fpu_status() { return disco_fpu_status(); }

}  // namespace disco
