#include "disco/core/life/report.hpp"

#include "disco/core/mark.hpp"
#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

constexpr const char* kGprNames[] = {"zero", "at", "v0", "v1", "a0", "a1", "a2", "a3",
                                     "a4",   "a5", "a6", "a7", "t0", "t1", "t2", "t3",
                                     "s0",   "s1", "s2", "s3", "s4", "s5", "s6", "s7",
                                     "t8",   "t9", "k0", "k1", "gp", "sp", "s8", "ra"};

void name_and_value(Report& out, const char* name, std::uint64_t value) {
  out.text(" ").text(name).text(" ").hex(value, 16);
}

}  // namespace

Report::Report(Processor& here) : console_{here.monitor.console}, hardware_{here.hardware} {}

Report& Report::put(char c) {
  console_.put(Console::kMonitor, c, hardware_);
  return *this;
}

Report& Report::text(const char* s) {
  for (; *s != '\0'; ++s) put(*s);
  return *this;
}

Report& Report::hex(std::uint64_t value, unsigned digits) {
  for (unsigned n = digits; n > 0; --n) put("0123456789abcdef"[value >> (4 * (n - 1)) & 15]);
  return *this;
}

Report& Report::decimal(std::uint64_t value) {
  char digits[20];
  unsigned n = 0;
  do {
    digits[n++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (n > 0) put(digits[--n]);
  return *this;
}

void report_stopped_guest(const Vcpu& vcpu) {
  EVENT_MARK(guests_stopped);
  Report out{vcpu.processor};
  const VirtualCp0& cp0 = vcpu.cp0;
  out.newline().text("disco: virtual machine ").decimal(static_cast<std::uint16_t>(vcpu.vm.id()));
  out.text(" stopped: ").text(vcpu.stop.sentence).newline();
  out.text("disco: at");
  name_and_value(out, "pc", vcpu.context.pc);
  name_and_value(out, "Cause", vcpu.context.cause);
  name_and_value(out, "BadVAddr", vcpu.context.bad_vaddr);
  out.newline().text("disco: virtual");
  name_and_value(out, "Status", cp0[cp0::kStatus]);
  name_and_value(out, "Cause", vcpu.cause());
  name_and_value(out, "EPC", cp0[cp0::kEpc]);
  out.newline().text("disco: virtual");
  name_and_value(out, "BadVAddr", cp0[cp0::kBadVAddr]);
  name_and_value(out, "EntryHi", cp0[cp0::kEntryHi]);
  name_and_value(out, "ErrorEPC", cp0[cp0::kErrorEpc]);
  for (unsigned n = 0; n < 32; ++n) {
    if (n % 4 == 0) out.newline().text("disco:");
    name_and_value(out, kGprNames[n], vcpu.context.gpr[n]);
  }
  out.newline();
}

void report_failed_start(Processor& here, unsigned number, const StopReason& why,
                         const char* detail) {
  Report out{here};
  out.text("disco: virtual machine ").decimal(number).text(" cannot start: ").text(why.sentence);
  if (*detail != '\0') out.text(": ").text(detail);
  out.newline();
}

void report_failed_boot(Hardware& hardware, const StopReason& why, const char* detail) {
  const auto put = [&](const char* s) {
    for (; *s != '\0'; ++s) hardware.console_put(*s);
  };
  put("disco: cannot start: ");
  put(why.sentence);
  if (*detail != '\0') {
    put(": ");
    put(detail);
  }
  put("\n");
}

}  // namespace disco
