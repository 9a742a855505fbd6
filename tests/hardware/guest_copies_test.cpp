// Guests are software of their own: they keep their own headers, as any kernel does, and read
// nothing of hardware/. That both mean the same machine is what this compares.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "guest-kernels/mips/cp0.h"
#include "hardware/board/address_map.hpp"
#include "hardware/board/direct_windows.hpp"
#include "hardware/board/interrupts.hpp"
#include "hardware/board/magic_registers.hpp"
#include "hardware/board/ns16550.hpp"
#include "hardware/board/virtio_mmio.hpp"
#include "hardware/r10000/cp0.hpp"
#include "hardware/r10000/exceptions.hpp"
#include "hardware/r10000/tlb.hpp"
#include "tests/support/catch.hpp"

namespace hardware {
namespace {

struct Copy {
  const char* name;
  std::uint64_t guests, ours;
};

/// The number in "$12".
std::uint64_t number_in(const char* text) { return std::strtoull(text + 1, nullptr, 10); }

#define REGISTER(guest, ours) \
  { #guest, number_in(TEXT_OF(guest)), cp0::ours }
const Copy kRegisters[] = {
    REGISTER(CP0_INDEX, kIndex),       REGISTER(CP0_RANDOM, kRandom),
    REGISTER(CP0_ENTRYLO0, kEntryLo0), REGISTER(CP0_ENTRYLO1, kEntryLo1),
    REGISTER(CP0_CONTEXT, kContext),   REGISTER(CP0_PAGEMASK, kPageMask),
    REGISTER(CP0_WIRED, kWired),       REGISTER(CP0_BADVADDR, kBadVAddr),
    REGISTER(CP0_COUNT, kCount),       REGISTER(CP0_ENTRYHI, kEntryHi),
    REGISTER(CP0_COMPARE, kCompare),   REGISTER(CP0_STATUS, kStatus),
    REGISTER(CP0_CAUSE, kCause),       REGISTER(CP0_EPC, kEpc),
    REGISTER(CP0_PRID, kPrId),         REGISTER(CP0_CONFIG, kConfig),
    REGISTER(CP0_XCONTEXT, kXContext),
};

#define BITS(guest, ours) \
  { #guest, guest, ours }
const Copy kBits[] = {
    BITS(STATUS_IE, status::kIe),
    BITS(STATUS_EXL, status::kExl),
    BITS(STATUS_ERL, status::kErl),
    BITS(STATUS_KSU, status::kKsu),
    BITS(STATUS_KSU_SUPERVISOR, status::kKsuSupervisor << status::kKsuShift),
    BITS(STATUS_KSU_USER, status::kKsuUser << status::kKsuShift),
    BITS(STATUS_UX, status::kUx),
    BITS(STATUS_SX, status::kSx),
    BITS(STATUS_KX, status::kKx),
    BITS(0xffu << STATUS_IM_SHIFT, status::kIm),
    BITS(STATUS_FR, status::kFr),
    BITS(STATUS_CU0, status::kCu0),
    BITS(STATUS_CU1, status::kCu1),
    BITS(STATUS_XX, status::kXx),
    BITS(CAUSE_BD, cause::kBd),
    BITS(CAUSE_CE, cause::kCe),
    BITS(CAUSE_CE_1, std::uint64_t{1} << cause::kCeShift),
    BITS(CAUSE_IP_SHIFT, cause::kIpShift),
    BITS(ENTRYLO_CACHED, cache_algorithm::kNoncoherent << entry_lo::kCacheShift),
    BITS(ENTRYLO_D, entry_lo::kDirty),
    BITS(ENTRYLO_V, entry_lo::kValid),
    BITS(ENTRYLO_G, entry_lo::kGlobal),
};

#define CODE(guest, ours) \
  { #guest, guest, number_of(ExceptionCode::ours) }
const Copy kCodes[] = {
    CODE(EXC_INT, kInt),   CODE(EXC_MOD, kMod),   CODE(EXC_TLBL, kTlbL), CODE(EXC_TLBS, kTlbS),
    CODE(EXC_ADEL, kAdEL), CODE(EXC_ADES, kAdES), CODE(EXC_IBE, kIbe),   CODE(EXC_DBE, kDbe),
    CODE(EXC_SYS, kSys),   CODE(EXC_BP, kBp),     CODE(EXC_RI, kRi),     CODE(EXC_CPU, kCpU),
    CODE(EXC_OV, kOv),     CODE(EXC_TR, kTr),     CODE(EXC_FPE, kFpe),
};

/// Constants of sources that no C++ compiler takes: `name` stands before its value, after "=" or in
/// a #define.
struct Written {
  const char* file;
  const char* name;
  std::uint64_t ours;
};
const Written kBoard[] = {
    {"tinyix/kernel/machine.h", "DEVICE_WINDOW", kIoBegin},
    {"tinyix/kernel/machine.h", "UART", kUartAt},
    {"tinyix/kernel/machine.h", "POWER", kPowerAt},
    {"tinyix/kernel/machine.h", "RTC", kRtcAt},
    {"tinyix/kernel/machine.h", "FIRST_DISK", kVirtioAt},
    {"tinyix/kernel/machine.h", "DISK_STRIDE", kVirtioBytes},
    {"tinyix/kernel/machine.h", "OWN_PROCESSOR_INTERFACE", kOwnPiAt},
    {"tinyix/kernel/machine.h", "PROCESSOR_INTERFACE\\(number\\)", kPiAt},
    {"tinyix/kernel/machine.h", "kUartSource", kUartSource},
    {"tinyix/kernel/machine.h", "kFirstDiskSource", kVirtioSource},
    {"tinyix/kernel/machine.c", "kPiEnable", pi::kEnable},
    {"tinyix/kernel/machine.c", "kPiInterruptSet", pi::kIpiSet},
    {"tinyix/kernel/machine.c", "kPiInterruptClear", pi::kIpiClear},
    {"tinyix/kernel/machine.c", "kPiLaunchSp", pi::kLaunchSp},
    {"tinyix/kernel/machine.c", "kPiLaunchGp", pi::kLaunchGp},
    {"tinyix/kernel/machine.c", "kPiLaunchPc", pi::kLaunchPc},
    {"tinyix/kernel/machine.c", "kPiDoze", pi::kDoze},
    {"tinyix/kernel/console.c", "kReceiveInterrupt", ns16550::kIerReceived},
    {"tinyix/kernel/console.c", "kModemInterrupt", ns16550::kIerModem},
    {"tinyix/kernel/console.c", "kDataReady", ns16550::kLsrReady},
    {"tinyix/kernel/console.c", "kTransmitEmpty", ns16550::kLsrThrEmpty},
    {"tinyix/kernel/console.c", "kCarrier", ns16550::kMsrCarrier},
    {"tinyix/kernel/disk.c", "kQueueNotify", virtio::kQueueNotify},
    {"tinyix/kernel/disk.c", "kInterruptAcknowledge", virtio::kInterruptAck},
    {"tinyix/kernel/disk.c", "kMagic", virtio::kMagicValue},
    {"tinyix/layout/native/memlayout.h", "IMAGE_BASE", kKseg0},
    {"tinyix/layout/native/memlayout.h", "MEMORY_BASE",
     xkphys(cache_algorithm::kCoherentExclusiveOnWrite)},
    {"tinyix/layout/native/memlayout.h", "PHYSICAL_MASK", kKsegPhysical},
    {"tinyix/layout/native/memlayout.h", "DEVICE_BASE", kKseg1 + kIoBegin},
    {"tinyix/layout/relocated/memlayout.h", "IMAGE_BASE", kCssegWindow},
    {"tinyix/layout/relocated/memlayout.h", "MEMORY_BASE", kCssegWindow},
    {"tinyix/layout/relocated/memlayout.h", "MEMORY_LIMIT", kCssegWindowBytes},
    {"tinyix/layout/relocated/memlayout.h", "DEVICE_BASE", kCssegDevices},
    {"bare/console.c", "kDiscoPower", kPowerAt},
    {"bare/console.c", "kDiscoConsole", kDebugConsoleAt},
    {"bare/cpus.h", "kOwnInterface", kOwnPiAt},
    {"bare/cpus.h", "kInterfaces", kPiAt},
    {"bare/cpus.h", "kInterfaceBytes", kPiBytes},
    {"bare/cpus.h", "kIpiSet", pi::kIpiSet},
    {"bare/cpus.h", "kIpiClear", pi::kIpiClear},
    {"bare/cpus.h", "kLaunchSp", pi::kLaunchSp},
    {"bare/cpus.h", "kLaunchPc", pi::kLaunchPc},
    {"bare/cpus.h", "kDoze", pi::kDoze},
    {"bare/cpus.h", "kCpuId", pi::kCpuId},
    {"bare/cpus.h", "kController", kControllerAt},
    {"bare/cpus.h", "kNodes", controller::kNodes},
    {"bare/cpus.h", "kCpusPerNode", controller::kCpusPerNode},
    {"bare/devices.c", "kUart", kUartAt},
    {"bare/devices.c", "kRtc", kRtcAt},
    {"bare/devices.c", "kPi", kOwnPiAt},
    {"bare/devices.c", "kPiPend", pi::kPend},
    {"bare/r10000.c", "kPiNmi", pi::kNmi},
    {"bare/r10000.c", "kPiReset", pi::kSoftReset},
    {"bare/r10000.c", "kWatch", number_of(ExceptionCode::kWatch)},
    {"bare/pages.c", "kDistance", controller::kDistance},
    {"bare/pages.c", "kPageState", controller::kPageState},
    {"bare/pages.c", "kRemoteThreshold", controller::kRemoteThreshold},
    {"bare/pages.c", "kAgePeriod", controller::kAgePeriod},
    {"bare/pages.c", "kHotPage", controller::kHotPage},
    {"bare/pages.c", "kHotLost", controller::kHotLost},
    {"bare/pages.c", "kPageCounts", controller::kPageCounts},
    {"bare/virtio.h", "kVirtioSlots", kVirtioAt},
    {"bare/virtio.h", "kVirtioStride", kVirtioBytes},
    {"bare/virtio.h", "kVirtioSource", kVirtioSource},
    {"bare/virtio.h", "kNotify", virtio::kQueueNotify},
    {"bare/virtio.h", "kConfig", virtio::kConfig},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_PEND", pi::kPend},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_ENABLE", pi::kEnable},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_IPI_SET", pi::kIpiSet},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_IPI_CLEAR", pi::kIpiClear},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_LAUNCH_SP", pi::kLaunchSp},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_LAUNCH_GP", pi::kLaunchGp},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_LAUNCH_PC", pi::kLaunchPc},
    {"linux/overlay/arch/mips/flash/flash.h", "PI_DOZE", pi::kDoze},
};

const std::filesystem::path kGuests = std::filesystem::path{DISCO_SOURCE} / "guest-kernels";

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string value_after(const std::string& text, const std::string& name) {
  std::smatch found;
  const std::regex form{"\\b" + name + "[ \\t=(]+(0x[0-9a-fA-F]+|[0-9]+)\\b"};
  return std::regex_search(text, found, form) ? found[1].str() : "";
}

}  // namespace

TEST_CASE("Guests: their CP0 registers, bits and exception codes are the processor's",
          "[hardware]") {
  for (const auto& copy : kRegisters) {
    INFO(copy.name);
    CHECK(copy.guests == copy.ours);
  }
  for (const auto& copy : kBits) {
    INFO(copy.name);
    CHECK(copy.guests == copy.ours);
  }
  for (const auto& copy : kCodes) {
    INFO(copy.name);
    CHECK(copy.guests == copy.ours);
  }
}

TEST_CASE("Guests: their addresses and register offsets are the board's", "[hardware]") {
  for (const Written& written : kBoard) {
    INFO(written.file << ": " << written.name);
    const std::string value = value_after(text_of(kGuests / written.file), written.name);
    REQUIRE(value != "");
    CHECK(std::stoull(value, nullptr, 0) == written.ours);
  }
}

TEST_CASE("Guests: every address in the I/O window that a source names is a device's",
          "[hardware]") {
  // And one that is nobody's, for bus errors; malta's reset register; the window's last byte.
  const std::set<std::uint64_t> known{kUartAt,       kPowerAt,   kDebugConsoleAt, kRtcAt,
                                      kControllerAt, kVirtioAt,  kOwnPiAt,        kPiAt,
                                      0x1d000000,    0x1f000500, kIoEnd - 1};
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{kGuests}) {
    const std::string suffix = entry.path().extension().string();
    if (suffix != ".c" && suffix != ".h" && suffix != ".S") continue;
    const std::string text = text_of(entry.path());
    static const std::regex kAddress{"0x1[c-f][0-9a-f]{6}\\b"};
    for (std::sregex_iterator at{text.begin(), text.end(), kAddress}, end; at != end; ++at) {
      INFO(entry.path().string() << ": " << at->str());
      CHECK(known.count(std::stoull(at->str(), nullptr, 0)) == 1);
      ++found;
    }
  }
  CHECK(found >= 30);
}

}  // namespace hardware
