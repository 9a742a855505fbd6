#include "cli/gdb/stub.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/gdb/packet.hpp"
#include "cli/gdb/target_description.hpp"

namespace cli::gdb {

namespace {

constexpr char kError[] = "E01";
constexpr std::size_t kRegisterDigits = 16;

/// Splits at the first `separator`; the second part is empty if there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

struct Range {
  std::uint64_t at = 0, length = 0;
};
std::optional<Range> parse_range(std::string_view text) {
  const auto [at, length] = split(text, ',');
  const auto a = parse_hex(at);
  const auto n = parse_hex(length);
  if (!a || !n) return std::nullopt;
  return Range{*a, *n};
}

std::string thread_id(CpuId cpu) {
  // gdb's thread 0 means "any": CPU n is thread n + 1.
  return word_to_hex(index_of(cpu) + 1).substr(8);
}

}  // namespace

Answer Stub::handle(std::string_view packet) {
  if (packet.empty()) return {};
  const std::string_view rest = packet.substr(1);
  switch (packet.front()) {
    case '?': return {Next::kReply, stop_reply(last_stop_)};
    case 'g': return {Next::kReply, read_all_registers()};
    case 'G': return {Next::kReply, write_all_registers(rest)};
    case 'p': return {Next::kReply, read_register(rest)};
    case 'P': return {Next::kReply, write_register(rest)};
    case 'm': return {Next::kReply, read_memory(rest)};
    case 'M': return {Next::kReply, write_memory(rest, false)};
    case 'X': return {Next::kReply, write_memory(rest, true)};
    case 'Z':
    case 'z': return {Next::kReply, breakpoint(packet)};
    case 'c': return resume(rest, Next::kContinue);
    case 's': return resume(rest, Next::kStep);
    case 'H': return select_thread(rest);
    case 'T': {
      const auto thread = parse_hex(rest);
      const bool alive = thread && *thread >= 1 && *thread <= target_.cpu_count();
      return {Next::kReply, alive ? "OK" : kError};
    }
    case 'D': return {Next::kDetach, "OK"};
    case 'k': return {Next::kKill, {}};
    case 'q':
    case 'Q': return query(packet);
    case 'v': return verbose(packet);
    default: return {};  // an empty reply: not supported
  }
}

std::string Stub::stop_reply(const StopReason& reason) {
  last_stop_ = reason;
  switch (reason.kind) {
    case StopReason::Kind::kExited:
      return "W" + word_to_hex(std::min<std::uint64_t>(reason.exit_code, 255)).substr(14);
    case StopReason::Kind::kInterrupt: return "T02thread:" + thread_id(reason.cpu) + ";";
    case StopReason::Kind::kTrap: break;
  }
  selected_ = reason.cpu;
  return "T05thread:" + thread_id(reason.cpu) + ";";
}

Answer Stub::query(std::string_view packet) {
  const auto [name, argument] = split(packet, ':');
  if (name == "qSupported") {
    return {Next::kReply, "PacketSize=" + word_to_hex(PacketReader::kMaxPacket).substr(8) +
                              ";qXfer:features:read+;QStartNoAckMode+;swbreak-;hwbreak-"};
  }
  if (name == "QStartNoAckMode") {
    acks_off_ = true;
    return {Next::kReply, "OK"};
  }
  if (name == "qXfer") {
    constexpr std::string_view kFeatures = "features:read:target.xml:";
    if (!argument.starts_with(kFeatures)) return {};
    return transfer_features(argument.substr(kFeatures.size()));
  }
  if (name == "qAttached") return {Next::kReply, "1"};
  if (name == "qC") return {Next::kReply, "QC" + thread_id(selected_)};
  if (name == "qfThreadInfo") return {Next::kReply, "m" + thread_list()};
  if (name == "qsThreadInfo") return {Next::kReply, "l"};
  if (packet.starts_with("qThreadExtraInfo,")) {
    const auto thread = parse_hex(packet.substr(17));
    if (!thread || *thread < 1 || *thread > target_.cpu_count()) return {Next::kReply, kError};
    const CpuId cpu{static_cast<std::uint32_t>(*thread - 1)};
    return {Next::kReply, to_hex(target_.describe_cpu(cpu))};
  }
  if (packet.starts_with("qRcmd,")) {
    const auto command = from_hex(packet.substr(6));
    if (!command) return {Next::kReply, kError};
    const std::string text = target_.monitor_command(*command, selected_);
    return {Next::kReply, to_hex(text.empty() ? "unknown command; try: monitor help\n" : text)};
  }
  return {};
}

Answer Stub::verbose(std::string_view packet) {
  if (packet == "vCont?") return {Next::kReply, "vCont;c;C;s;S"};
  if (packet.starts_with("vKill")) return {Next::kKill, "OK"};
  if (!packet.starts_with("vCont;")) return {};
  // One action is carried out for the whole machine: a step if any is asked for, of that thread.
  std::string_view actions = packet.substr(6);
  Next how = Next::kContinue;
  while (!actions.empty()) {
    const auto [action, rest] = split(actions, ';');
    const auto [verb, thread] = split(action, ':');
    if (!verb.empty() && (verb.front() == 's' || verb.front() == 'S')) {
      how = Next::kStep;
      const auto number = parse_hex(thread);
      if (number && *number >= 1 && *number <= target_.cpu_count()) {
        selected_ = CpuId{static_cast<std::uint32_t>(*number - 1)};
      }
    }
    actions = rest;
  }
  return {how, {}};
}

Answer Stub::transfer_features(std::string_view range_text) {
  const auto range = parse_range(range_text);
  const std::string& xml = target_description();
  if (!range) return {Next::kReply, kError};
  if (range->at >= xml.size()) return {Next::kReply, "l"};
  const std::string part = xml.substr(range->at, range->length);
  const bool is_last = range->at + part.size() == xml.size();
  return {Next::kReply, (is_last ? "l" : "m") + part};
}

Answer Stub::resume(std::string_view address, Next how) {
  if (!address.empty()) {
    const auto pc = parse_hex(address);
    if (!pc) return {Next::kReply, kError};
    port().write_register(cpu::RegisterClass::kPc, 0, *pc);
  }
  return {how, {}};
}

Answer Stub::select_thread(std::string_view packet) {
  if (packet.empty()) return {Next::kReply, kError};
  const std::string_view thread = packet.substr(1);
  if (thread == "-1" || thread == "0") return {Next::kReply, "OK"};
  const auto number = parse_hex(thread);
  if (!number || *number < 1 || *number > target_.cpu_count()) return {Next::kReply, kError};
  if (packet.front() == 'g') selected_ = CpuId{static_cast<std::uint32_t>(*number - 1)};
  return {Next::kReply, "OK"};
}

std::string Stub::read_all_registers() {
  std::string out;
  for (std::size_t i = 0; i < register_count(); ++i) {
    const GdbRegister& r = register_at(i);
    out += word_to_hex(port().read_register(r.which, r.number));
  }
  return out;
}

std::string Stub::write_all_registers(std::string_view hex) {
  if (hex.size() != register_count() * kRegisterDigits) return kError;
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < register_count(); ++i) {
    const auto value = parse_hex(hex.substr(i * kRegisterDigits, kRegisterDigits));
    if (!value) return kError;
    values.push_back(*value);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const GdbRegister& r = register_at(i);
    port().write_register(r.which, r.number, values[i]);
  }
  return "OK";
}

std::string Stub::read_register(std::string_view number) {
  const auto index = parse_hex(number);
  if (!index || *index >= register_count()) return kError;
  const GdbRegister& r = register_at(static_cast<std::size_t>(*index));
  return word_to_hex(port().read_register(r.which, r.number));
}

std::string Stub::write_register(std::string_view assignment) {
  const auto [number, value_text] = split(assignment, '=');
  const auto index = parse_hex(number);
  const auto value = parse_hex(value_text);
  if (!index || !value || *index >= register_count()) return kError;
  const GdbRegister& r = register_at(static_cast<std::size_t>(*index));
  port().write_register(r.which, r.number, *value);
  return "OK";
}

std::string Stub::read_memory(std::string_view where) {
  const auto range = parse_range(where);
  if (!range || range->length > PacketReader::kMaxPacket / 2) return kError;
  std::string bytes(static_cast<std::size_t>(range->length), '\0');
  const auto done =
      port().read_virtual(common::VirtAddr{range->at}, std::as_writable_bytes(std::span{bytes}));
  if (done == 0 && range->length != 0) return kError;
  return to_hex(std::string_view{bytes}.substr(0, done));
}

std::string Stub::write_memory(std::string_view where, bool binary) {
  const auto [range_text, data] = split(where, ':');
  const auto range = parse_range(range_text);
  if (!range) return kError;
  const auto bytes = binary ? std::optional<std::string>{data} : from_hex(data);
  if (!bytes || bytes->size() != range->length) return kError;
  const auto done =
      port().write_virtual(common::VirtAddr{range->at}, std::as_bytes(std::span{*bytes}));
  return done == bytes->size() ? "OK" : kError;
}

std::string Stub::breakpoint(std::string_view packet) {
  // Z0 and Z1 are the same to us: nothing is ever written to memory. Watchpoints are not supported.
  if (packet.size() < 3 || (packet[1] != '0' && packet[1] != '1')) return {};
  const auto range = parse_range(packet.substr(3));
  if (!range) return kError;
  for (std::uint32_t cpu = 0; cpu < target_.cpu_count(); ++cpu) {
    cpu::DebugPort& debug = target_.debug(CpuId{cpu});
    if (packet.front() == 'Z') {
      debug.add_breakpoint(common::VirtAddr{range->at});
    } else {
      debug.remove_breakpoint(common::VirtAddr{range->at});
    }
  }
  return "OK";
}

std::string Stub::thread_list() const {
  std::string out;
  for (std::uint32_t cpu = 0; cpu < target_.cpu_count(); ++cpu) {
    if (cpu != 0) out += ',';
    out += thread_id(CpuId{cpu});
  }
  return out;
}

}  // namespace cli::gdb
