// Text on the machine's console: the only voice the monitor has, raised only when a guest or the
// monitor itself cannot go on. No buffers, no format strings.
#pragma once

#include <cstdint>

#include "disco/core/devices/console.hpp"
#include "disco/core/vm/vcpu.hpp"
#include "hardware/board/power.hpp"

namespace disco {

class Report {
 public:
  explicit Report(Processor& here);

  Report& text(const char* s);
  Report& hex(std::uint64_t value, unsigned digits);
  Report& decimal(std::uint64_t value);
  Report& newline() { return text("\n"); }

 private:
  Report& put(char c);

  Console& console_;
  Hardware& hardware_;
};

/// One line that says what happened, and the guest's registers, real and virtual.
void report_stopped_guest(const Vcpu& vcpu);
/// One line: VM `number` could not be started.
void report_failed_start(Processor& here, unsigned number, const StopReason& why,
                         const char* detail);
/// One line, before there is anything; `detail` may be empty.
void report_failed_boot(Hardware& hardware, const StopReason& why, const char* detail);

/// The value for the power register that ends the run with `code`.
constexpr std::uint32_t power_value(StopCode code) {
  return hardware::power_off_value(static_cast<std::uint32_t>(code));
}

}  // namespace disco
