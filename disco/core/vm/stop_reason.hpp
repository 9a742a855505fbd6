// Why a guest, or the monitor, ends otherwise than by its own power register.
#pragma once

#include <cstdint>

namespace disco {

/// Why a guest was stopped. The values are the exit codes of the machine (docs/monitor.md).
enum class StopCode : std::uint8_t {
  kUnsupportedMode = 0x40,  // virtual supervisor mode, Status.RE or Status.BEV
  kEndlessExceptions = 0x41,
  kBadImage = 0x42,      // kernel, initrd or device tree of a guest
  kBadMachine = 0x43,    // the machine's device tree, or too little memory
  kStopped = 0x44,       // its time is over
  kMonitorError = 0x4f,  // the monitor itself failed
};

struct StopReason {
  StopCode code{};
  const char* sentence = "";
};

}  // namespace disco
