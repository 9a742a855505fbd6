// disco disasm FILE.elf: the instructions of an image as this machine decodes them.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

#include "cli/verbs/verbs.hpp"
#include "cpu/isa/disassemble.hpp"
#include "cpu/isa/effects.hpp"
#include "machine/loaders/load_code.hpp"
#include "machine/loaders/load_file.hpp"
#include "machine/loaders/load_symbols.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string file, symbol, range;
  bool effects = false;
};

std::optional<std::uint64_t> parse_address(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

Result<machine::AddressRange, Error> wanted(const Options& o, const machine::SymbolTable& symbols) {
  if (!o.symbol.empty()) {
    if (const auto range = symbols.range_of(o.symbol)) return *range;
    if (const auto range = symbols.range(o.symbol, o.symbol + "_end")) return *range;
    return Failure{Error{ErrorCode::kUsage, "--sym " + o.symbol, o.file + " has no such function",
                         "give a range with --addr instead"}};
  }
  if (o.range.empty()) return machine::AddressRange{VirtAddr{0}, VirtAddr{~std::uint64_t{0}}};
  const std::size_t dots = o.range.find("..");
  const auto first = parse_address(std::string_view{o.range}.substr(0, dots));
  const auto last = dots == std::string::npos
                        ? std::nullopt
                        : parse_address(std::string_view{o.range}.substr(dots + 2));
  if (first && last && *first < *last)
    return machine::AddressRange{VirtAddr{*first}, VirtAddr{*last}};
  return Failure{Error{ErrorCode::kUsage, "--addr " + o.range, "is not a range of addresses",
                       "for example 0xffffffff80100000..0xffffffff80100040"}};
}

std::string registers(cpu::NumberSet set) {
  std::string out;
  for (unsigned n = 0; n < 32; ++n) {
    if ((set >> n & 1) != 0) out += fmt::format("{}${}", out.empty() ? "" : " ", n);
  }
  return out;
}

Json effects_json(const cpu::EffectList& e) {
  return {{"reads", registers(e.gpr_read)},
          {"writes", registers(e.gpr_written)},
          {"memory_bytes", e.memory_bytes},
          {"may_fault", e.may_fault}};
}

Outcome disassemble(const Options& o, Session& session) {
  const auto file = machine::read_blob(o.file);
  if (!file) return Failure{file.error()};
  const auto symbols = machine::SymbolTable::read(file->name, file->bytes);
  if (!symbols) return Failure{symbols.error()};
  const auto range = wanted(o, *symbols);
  if (!range) return Failure{range.error()};
  const auto sections = machine::read_code(file->name, file->bytes);
  if (!sections) return Failure{sections.error()};

  const cpu::Disassembler disassembler;
  Json lines = Json::array();
  for (const machine::CodeSection& section : *sections) {
    for (std::size_t i = 0; i + 4 <= section.bytes.size(); i += 4) {
      const VirtAddr pc = section.at + i;
      if (!range->contains(pc)) continue;
      std::uint32_t word = 0;
      for (std::size_t k = 0; k < 4; ++k)
        word = word << 8 | std::to_integer<std::uint32_t>(section.bytes[i + k]);
      const auto where = symbols->name_of(pc);
      if (where && where->offset == 0)
        session.say(fmt::format("\n{:016x} <{}>:", pc.bits(), where->name));
      const std::string text = disassembler.text(word, pc);
      const cpu::EffectList effects = cpu::effects_of(word, pc);
      session.say(o.effects
                      ? fmt::format("  {:016x}  {:08x}  {:40}  {} <- {}", pc.bits(), word, text,
                                    registers(effects.gpr_written), registers(effects.gpr_read))
                      : fmt::format("  {:016x}  {:08x}  {}", pc.bits(), word, text));
      if (session.globals().json) {
        Json entry = {{"pc", fmt::format("0x{:016x}", pc.bits())},
                      {"word", fmt::format("0x{:08x}", word)},
                      {"text", text},
                      {"effects", effects_json(effects)}};
        if (where) entry["symbol"] = fmt::format("{}+0x{:x}", where->name, where->offset);
        lines.push_back(entry);
      }
    }
  }
  session.emit({{"schema", "disco-disasm 1"}, {"file", o.file}, {"instructions", lines}});
  return 0;
}

}  // namespace

void add_disasm(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("disasm", "disassemble an image as this machine decodes it",
                            [o](Session& session) { return disassemble(*o, session); });
  verb.option("file", o->file, "ELF image").required().type_name("FILE");
  verb.option("--sym", o->symbol, "only this function, or from SYM to SYM_end").type_name("SYM");
  verb.option("--addr", o->range, "only this range of addresses")
      .type_name("A..B")
      .excludes("--sym");
  verb.flag("--effects", o->effects, "what each instruction writes <- reads");
}

}  // namespace cli::verbs
