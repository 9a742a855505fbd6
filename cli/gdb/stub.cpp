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

/// Whether an address may be one of the upper 2 GB of a 32-bit program, which are the upper 2 GB of
/// the machine's 64-bit addresses.
bool is_compatible(std::uint64_t address) { return address >> 31 == 1; }
std::uint64_t sign_extended(std::uint64_t address) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(address)});
}

/// Of vCont: c and s, and both with a signal, of which the machine has none.
bool is_offered(std::string_view verb) {
  if (verb == "c" || verb == "s") return true;
  const bool with_signal = verb.starts_with('C') || verb.starts_with('S');
  return with_signal && verb.size() == 3 && parse_hex(verb.substr(1)).has_value();
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
      return {Next::kReply, is_thread(parse_hex(rest)) ? "OK" : kError};
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
    if (!is_thread(thread)) return {Next::kReply, kError};
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
  return carry_out(packet.substr(6));
}

// One action is carried out for the whole machine: a step if any is asked for, of that thread.
Answer Stub::carry_out(std::string_view actions) {
  std::optional<CpuId> steps;
  do {
    const auto [action, rest] = split(actions, ';');
    const auto [verb, thread] = split(action, ':');
    if (!is_offered(verb)) return {Next::kReply, kError};
    const bool is_named = action.size() != verb.size();
    const bool is_all = !is_named || thread == "-1" || thread == "0";
    const auto number = parse_hex(thread);
    if (!is_all && !is_thread(number)) return {Next::kReply, kError};
    const bool is_step = verb.front() == 's' || verb.front() == 'S';
    if (is_step && !steps)
      steps = is_all ? selected_ : CpuId{static_cast<std::uint32_t>(*number - 1)};
    const bool ends_with_separator = rest.empty() && actions.size() != action.size();
    if (ends_with_separator) return {Next::kReply, kError};
    actions = rest;
  } while (!actions.empty());
  if (!steps) return {Next::kContinue, {}};
  selected_ = *steps;
  return {Next::kStep, {}};
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
    port().write_register(cpu::RegisterClass::kPc, 0, canonical(*pc).bits());
  }
  return {how, {}};
}

Answer Stub::select_thread(std::string_view packet) {
  if (packet.empty()) return {Next::kReply, kError};
  const std::string_view thread = packet.substr(1);
  if (thread == "-1" || thread == "0") return {Next::kReply, "OK"};
  const auto number = parse_hex(thread);
  if (!is_thread(number)) return {Next::kReply, kError};
  if (packet.front() == 'g') selected_ = CpuId{static_cast<std::uint32_t>(*number - 1)};
  return {Next::kReply, "OK"};
}

std::string Stub::read_all_registers() {
  std::string out;
  for (const GdbRegister& r : all_registers())
    out += word_to_hex(port().read_register(r.which, r.number));
  return out;
}

std::string Stub::write_all_registers(std::string_view hex) {
  if (hex.size() != all_registers().size() * kRegisterDigits) return kError;
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < all_registers().size(); ++i) {
    const auto value = parse_hex(hex.substr(i * kRegisterDigits, kRegisterDigits));
    if (!value) return kError;
    values.push_back(*value);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const GdbRegister& r = all_registers()[i];
    port().write_register(r.which, r.number, values[i]);
  }
  return "OK";
}

std::string Stub::read_register(std::string_view number_text) {
  const auto number = parse_hex(number_text);
  const GdbRegister* const r = number ? register_numbered(*number) : nullptr;
  return r != nullptr ? word_to_hex(port().read_register(r->which, r->number)) : kError;
}

std::string Stub::write_register(std::string_view assignment) {
  const auto [number_text, value_text] = split(assignment, '=');
  const auto number = parse_hex(number_text);
  const GdbRegister* const r = number ? register_numbered(*number) : nullptr;
  auto value = parse_hex(value_text);
  if (r == nullptr || !value) return kError;
  constexpr std::size_t kDigitsOf32 = 8;
  if (value_text.size() == kDigitsOf32) *value = sign_extended(*value);
  port().write_register(r->which, r->number, *value);
  return "OK";
}

std::string Stub::read_memory(std::string_view where) {
  const auto range = parse_range(where);
  if (!range || range->length > PacketReader::kMaxPacket / 2) return kError;
  std::string bytes(static_cast<std::size_t>(range->length), '\0');
  const auto done =
      port().read_virtual(canonical(range->at), std::as_writable_bytes(std::span{bytes}));
  if (done == 0 && range->length != 0) return kError;
  return to_hex(std::string_view{bytes}.substr(0, done));
}

std::string Stub::write_memory(std::string_view where, bool binary) {
  const auto [range_text, data] = split(where, ':');
  const auto range = parse_range(range_text);
  if (!range) return kError;
  const auto bytes = binary ? std::optional<std::string>{data} : from_hex(data);
  if (!bytes || bytes->size() != range->length) return kError;
  const auto done = port().write_virtual(canonical(range->at), std::as_bytes(std::span{*bytes}));
  return done == bytes->size() ? "OK" : kError;
}

std::string Stub::breakpoint(std::string_view packet) {
  // Z0 and Z1 are the same to us: nothing is ever written to memory. Watchpoints are not supported.
  if (packet.size() < 3 || (packet[1] != '0' && packet[1] != '1')) return {};
  const auto range = parse_range(packet.substr(3));
  if (!range || packet[2] != ',' || range->at % 4 != 0) return kError;
  change_breakpoint(packet.front(), range->at);
  return "OK";
}

void Stub::change_breakpoint(char how, std::uint64_t at) {
  // What an address of 32 bits leads to may change until it is reached: it stands for both.
  const std::uint64_t places[] = {at, is_compatible(at) ? sign_extended(at) : at};
  const bool were[] = {is_marked(places[0]), is_marked(places[1])};
  if (how == 'Z') {
    breakpoints_.insert(at);
  } else {
    breakpoints_.erase(at);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const bool is = is_marked(places[i]);
    if (is == were[i] || (i == 1 && places[0] == places[1])) continue;
    for (std::uint32_t cpu = 0; cpu < target_.cpu_count(); ++cpu) {
      cpu::DebugPort& debug = target_.debug(CpuId{cpu});
      if (is) {
        debug.add_breakpoint(VirtAddr{places[i]});
      } else {
        debug.remove_breakpoint(VirtAddr{places[i]});
      }
    }
  }
}

bool Stub::is_marked(std::uint64_t at) const {
  const std::uint64_t low = at & 0xffff'ffff;
  const bool is_extension = is_compatible(low) && sign_extended(low) == at;
  return breakpoints_.count(at) != 0 || (is_extension && breakpoints_.count(low) != 0);
}

void Stub::remove_all_breakpoints() {
  while (!breakpoints_.empty()) change_breakpoint('z', *breakpoints_.begin());
}

bool Stub::is_thread(std::optional<std::uint64_t> number) const {
  return number && *number >= 1 && *number <= target_.cpu_count();
}

VirtAddr Stub::canonical(std::uint64_t address) {
  if (!is_compatible(address)) return VirtAddr{address};
  std::byte byte[1];
  const bool is_mapped = port().read_virtual(VirtAddr{address}, byte) == sizeof byte;
  return VirtAddr{is_mapped ? address : sign_extended(address)};
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
