#include "cli/gdb/machine_target.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "cli/gdb/packet.hpp"

namespace cli::gdb {

namespace {

const char* mode_name(std::uint64_t status) {
  constexpr std::uint64_t kExlOrErl = 6;
  if ((status & kExlOrErl) != 0) return "kernel (exception)";
  switch (status >> 3 & 3) {
    case 0: return "kernel";
    case 1: return "supervisor";
    default: return "user";
  }
}

constexpr char kHelp[] =
    "monitor tlb            the TLB of the selected CPU\n"
    "monitor phys ADDR LEN  physical memory, hexadecimal\n"
    "monitor nmi            a nonmaskable interrupt of the selected CPU\n"
    "monitor reset          a soft reset of the selected CPU\n"
    "monitor time           cycles and instructions since power-on\n"
    "monitor step exceptions on|off\n"
    "                       whether a step goes into exception handlers; off: over them\n"
    "monitor help           this list\n";

/// The words of a command, which people type with spaces as they come.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\t' || c == '\n';
    if (!is_space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string MachineTarget::describe_cpu(CpuId cpu) {
  const cpu::Cpu& c = machine_.cpu(cpu);
  const std::uint64_t status = debug(cpu).read_register(cpu::RegisterClass::kCp0, 12);
  return fmt::format("node {}, {}{}", index_of(c.config().node), mode_name(status),
                     !machine_.sleeps(cpu) ? ""
                     : c.is_dozing()       ? ", dozing"
                                           : ", parked");
}

std::string MachineTarget::monitor_command(std::string_view line, CpuId cpu) {
  const std::string words = squeezed(line);
  const std::string_view command = words;
  if (command == "help") return kHelp;
  if (command == "time") {
    return fmt::format("cycle {}, {} instructions\n", machine_.now().count(), machine_.retired());
  }
  if (command == "nmi") return machine_.press_nmi(cpu), "NMI pending\n";
  if (command == "reset") return machine_.press_soft_reset(cpu), "soft reset pending\n";
  if (command == "tlb") return show_tlb(cpu);
  if (command.starts_with("phys ")) return show_memory(command.substr(5));
  constexpr std::string_view kStep = "step exceptions";
  if (command.starts_with(kStep)) return step_exceptions(command.substr(kStep.size()));
  return {};
}

std::string MachineTarget::step_exceptions(std::string_view argument) {
  if (argument == " on" || argument == " off") {
    execution_.set_enters_exceptions(argument == " on");
  } else if (!argument.empty()) {
    return {};
  }
  return execution_.enters_exceptions() ? "steps go into exception handlers\n"
                                        : "steps go over exceptions and interrupts\n";
}

std::string MachineTarget::show_tlb(CpuId cpu) {
  std::string out = "index  entryhi           entrylo0          entrylo1          pagemask\n";
  const mmu::Tlb& tlb = machine_.cpu(cpu).tlb();
  for (std::uint32_t i = 0; i < tlb.entries(); ++i) {
    const mmu::TlbImage e = tlb.read(i);
    out += fmt::format("{:5}  {:016x}  {:016x}  {:016x}  {:08x}\n", i, e.entry_hi, e.entry_lo0,
                       e.entry_lo1, e.page_mask);
  }
  return out;
}

std::string MachineTarget::show_memory(std::string_view arguments) {
  const std::size_t space = arguments.find(' ');
  const auto at = parse_hex(arguments.substr(0, space));
  const auto length =
      space == std::string_view::npos ? std::nullopt : parse_hex(arguments.substr(space + 1));
  if (!at || !length || *length > 4096) return "usage: monitor phys ADDR LEN (LEN up to 1000)\n";
  std::string bytes(static_cast<std::size_t>(*length), '\0');
  if (!machine_.read_memory(MachineAddr{*at}, std::as_writable_bytes(std::span{bytes}))) {
    return "not RAM\n";
  }
  return to_hex(bytes) + "\n";
}

}  // namespace cli::gdb
