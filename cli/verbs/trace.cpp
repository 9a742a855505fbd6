// disco trace info|view|check|stats T.dtz: what is in a trace, and whether it is whole.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/summary.hpp"
#include "cli/trace_fields.hpp"
#include "cli/trace_position.hpp"
#include "cli/verbs/verbs.hpp"
#include "cpu/isa/disassemble.hpp"
#include "machine/loaders/load_code.hpp"
#include "machine/loaders/load_file.hpp"
#include "traces/analysis/checker.hpp"
#include "traces/analysis/summary.hpp"
#include "traces/analysis/view.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string what, trace = "trace.dtz";
  std::vector<std::string> code;
  TraceRange range;
  std::uint64_t count = 200;  // of lines; 0: all
  bool no_fetches = false;
};

// Why not all of a trace can be used, for JSON: null where all can.
Json damage_json(const traces::Reader& reader) {
  return reader.damage() ? Json(reader.damage()->message()) : Json{};
}

// What could be read of a trace that was cut short is shown, and then it is told.
Outcome whole_or_not(const traces::Reader& reader) {
  if (reader.damage()) return Failure{*reader.damage()};
  return 0;
}

// ---- info

Outcome info(const Options& o, traces::Reader& reader, Session& session) {
  const traces::TraceHeader& header = reader.header();
  std::vector<std::vector<std::string>> table;
  Json json = {{"trace", o.trace},
               {"cpus", header.cpus},
               {"nodes", header.nodes},
               {"clock_hz", header.clock_hz},
               {"tlb_entries", header.tlb_entries},
               {"tlb_random", header.random_is_lfsr ? "lfsr" : "manual"},
               {"producer", header.producer},
               {"header", Json::object()},
               {"totals", Json::object()},
               {"blocks", reader.blocks().size()},
               {"instructions", reader.instructions()},
               {"bytes", reader.file_bytes()},
               {"complete", !reader.damage()},
               {"damage", damage_json(reader)}};
  const auto add = [&](std::string key, std::string value) {
    table.push_back({std::move(key), std::move(value)});
  };
  add("producer", header.producer);
  for (const auto& [key, value] : header.others.all()) {
    add(key, value);
    json["header"][key] = value;
  }
  add("machine", fmt::format("{} nodes, {} CPUs, {:.0f} MHz, TLB of {} entries, random {}",
                             header.nodes, header.cpus, static_cast<double>(header.clock_hz) * 1e-6,
                             header.tlb_entries, header.random_is_lfsr ? "lfsr" : "manual"));
  add("instructions", grouped(reader.instructions()));
  add("blocks", grouped(reader.blocks().size()));
  std::string bytes = grouped(reader.file_bytes());
  if (reader.instructions() != 0) {
    bytes +=
        fmt::format(" ({:.3f} per instruction)", static_cast<double>(reader.file_bytes()) /
                                                     static_cast<double>(reader.instructions()));
  }
  add("bytes", bytes);
  if (reader.footer()) {
    add("cycles", fmt::format("{} to {}", grouped(reader.footer()->first_cycle),
                              grouped(reader.footer()->last_cycle)));
    for (const auto& [key, value] : reader.footer()->totals.all()) {
      const auto number = traces::parse_number(value);
      add(key, number ? grouped(*number) : value);
      json["totals"][key] = number ? Json(*number) : Json(value);
    }
  }
  session.say(table_text(table, session.paint(), "l"));
  session.emit(json);
  return whole_or_not(reader);
}

// ---- view

struct Code {
  std::vector<machine::Blob> files;
  std::vector<machine::CodeSection> sections;

  std::string text_at(VirtAddr pc) const {
    for (const machine::CodeSection& section : sections) {
      const std::uint64_t offset = pc.bits() - section.at.bits();
      if (offset + 4 > section.bytes.size() || offset + 4 < offset) continue;
      std::uint32_t word = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        word = word << 8 |
               std::to_integer<std::uint32_t>(section.bytes[static_cast<std::size_t>(offset) + k]);
      }
      return disassembler.text(word, pc);
    }
    return {};
  }
  cpu::Disassembler disassembler;
};

std::optional<Error> read_code(const std::vector<std::string>& names, Code& code) {
  code.files.reserve(names.size());
  for (const std::string& name : names) {
    auto file = machine::read_blob(name);
    if (!file) return file.error();
    code.files.push_back(std::move(*file));
    const auto sections = machine::read_code(name, code.files.back().bytes);
    if (!sections) return sections.error();
    code.sections.insert(code.sections.end(), sections->begin(), sections->end());
  }
  return std::nullopt;
}

Outcome view(const Options& o, traces::Reader& reader, Session& session) {
  Code code;
  if (const auto error = read_code(o.code, code)) return Failure{*error};
  std::uint64_t records = 0;
  Json all = Json::array();
  const auto is_enough = [&] { return o.count != 0 && records > o.count; };
  const traces::ViewOptions options{
      .from = o.range.from, .to = o.range.to, .fetches = !o.no_fetches};
  const auto text_at = [&](VirtAddr pc, PhysAddr) { return code.text_at(pc); };
  traces::View lines{options,
                     [&](const std::string& line) {
                       ++records;
                       if (!is_enough()) session.say(line);
                     },
                     text_at};
  TraceFields fields{options,
                     [&](Json record) {
                       ++records;
                       if (!is_enough()) all.push_back(std::move(record));
                     },
                     text_at};
  traces::RecordSink& sink =
      session.globals().json ? static_cast<traces::RecordSink&>(fields) : lines;
  for (std::size_t i = 0; i < reader.blocks().size() && !is_enough(); ++i) {
    const traces::BlockInfo& block = reader.blocks()[i];
    if (block.first_instruction + block.instructions <= o.range.from &&
        i + 1 < reader.blocks().size())
      continue;
    if (block.first_instruction >= o.range.to) break;
    if (auto done = reader.read_block(i, sink); !done) return Failure{done.error()};
  }
  if (is_enough())
    session.say(session.paint().dim("... and more: -n shows more lines, -n 0 all, --from others"));
  session.emit({{"trace", o.trace},
                {"records", all},
                {"more", is_enough()},
                {"damage", damage_json(reader)}});
  return whole_or_not(reader);
}

// ---- check

Outcome check(const Options& o, traces::Reader& reader, Session& session) {
  const traces::CheckReport report = traces::check_trace(reader);
  Json json = {{"trace", o.trace},
               {"clean", report.is_clean()},
               {"blocks", report.blocks_read},
               {"instructions", report.instructions},
               {"records", report.records},
               {"problems", Json::array()},
               {"damage", Json::array()}};
  for (const Error& damage : report.damage) {
    session.say(damage.message());
    json["damage"].push_back(damage.message());
  }
  for (const traces::Problem& p : report.problems) {
    session.say(fmt::format("block {}, instruction {}: {}", p.block, p.instruction, p.what));
    json["problems"].push_back(
        {{"block", p.block}, {"instruction", p.instruction}, {"what", p.what}});
  }
  if (report.more_problems) session.say("... and more of them");
  session.emit(json);
  if (!report.is_clean()) {
    return Failure{
        Error{ErrorCode::kInput, o.trace,
              fmt::format("{} whole blocks of {} instructions; not everything is as it should be",
                          report.blocks_read, grouped(report.instructions)),
              ""}};
  }
  session.say(fmt::format("{}: {} blocks, {} instructions, {} records: all is well", o.trace,
                          report.blocks_read, grouped(report.instructions),
                          grouped(report.records)));
  return 0;
}

// ---- stats

std::vector<std::string> kind_row(std::string name, const traces::KindCounts& c) {
  std::vector<std::string> row = {std::move(name)};
  for (std::uint64_t n : c.of) row.push_back(grouped(n));
  row.push_back(grouped(c.all()));
  return row;
}

Json kinds_json(const traces::KindCounts& c) {
  return {
      {"fetch", c.of[0]}, {"load", c.of[1]}, {"store", c.of[2]}, {"ll", c.of[3]}, {"sc", c.of[4]}};
}

Outcome stats(const Options& o, traces::Reader& reader, Session& session) {
  traces::Summary summary{o.range.from, o.range.to};
  if (auto done = reader.read(o.range.from, o.range.to, summary); !done)
    return Failure{done.error()};
  constexpr const char* kModes[] = {"user", "supervisor", "kernel"};
  std::vector<std::vector<std::string>> table = {
      {"references", "fetch", "load", "store", "ll", "sc", "all"}};
  Json json = {{"trace", o.trace},
               {"by_mode", Json::object()},
               {"by_asid", Json::object()},
               {"exceptions", Json::object()}};
  for (unsigned mode = 0; mode < 3; ++mode) {
    table.push_back(kind_row(kModes[mode], summary.by_mode[mode]));
    json["by_mode"][kModes[mode]] = kinds_json(summary.by_mode[mode]);
  }
  for (const auto& [asid, counts] : summary.by_asid) {
    table.push_back(kind_row(fmt::format("ASID {}", asid), counts));
    json["by_asid"][std::to_string(asid)] = kinds_json(counts);
  }
  table.push_back(kind_row("through the TLB", summary.mapped));
  table.push_back(kind_row("in refill handlers", summary.in_refill));
  session.say(table_text(table, session.paint(), "lr"));
  for (const auto& [code, count] : summary.exceptions) {
    session.say(fmt::format("{:>12}  {}", grouped(count), traces::exception_name(code)));
    json["exceptions"][traces::exception_name(code)] = count;
  }
  session.say(fmt::format("{} tlbwr, {} tlbwi, {} pages touched through the TLB, {} in all",
                          grouped(summary.tlb_writes_random), grouped(summary.tlb_writes_indexed),
                          grouped(summary.mapped_pages()), grouped(summary.pages())));
  std::vector<std::vector<std::string>> hot = {{"hottest pages", "ASID", "references"}};
  for (const traces::PageHeat& page : summary.hottest(10)) {
    hot.push_back({fmt::format("{:016x}", page.page.bits()),
                   page.mapped ? std::to_string(static_cast<unsigned>(page.asid)) : "unmapped",
                   grouped(page.references.all())});
  }
  session.say(table_text(hot, session.paint(), "lr"));
  json["mapped"] = kinds_json(summary.mapped);
  json["in_refill"] = kinds_json(summary.in_refill);
  json["tlbwr"] = summary.tlb_writes_random;
  json["tlbwi"] = summary.tlb_writes_indexed;
  json["mapped_pages"] = summary.mapped_pages();
  json["pages"] = summary.pages();
  json["damage"] = damage_json(reader);
  session.emit(json);
  return whole_or_not(reader);
}

Outcome trace(const Options& o, Session& session) {
  auto reader = traces::Reader::open(o.trace);
  if (!reader) return Failure{reader.error()};
  if (o.what == "check") return check(o, **reader, session);
  if (o.what == "info") return info(o, **reader, session);
  if (const auto fits = check_range(session, o.range, **reader); !fits)
    return Failure{fits.error()};
  if (o.what == "view") return view(o, **reader, session);
  return stats(o, **reader, session);
}

}  // namespace

void add_trace(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("trace", "look into a trace: info, view, check, stats",
                            [o](Session& session) { return trace(*o, session); });
  verb.option("what", o->what, "info, view, check or stats")
      .required()
      .one_of({"info", "view", "check", "stats"});
  verb.option("trace", o->trace, "a trace").type_name("FILE").shows_default();
  verb.option("--from", o->range.from, "view, stats: from this instruction")
      .whole_number(~std::uint64_t{0})
      .type_name("N");
  verb.option("--to", o->range.to, "view, stats: up to this instruction")
      .whole_number(~std::uint64_t{0})
      .type_name("N");
  verb.option("-n,--lines", o->count, "view: at most so many lines; 0: all")
      .whole_number(~std::uint64_t{0})
      .type_name("N")
      .shows_default();
  verb.option("--code", o->code, "view: disassemble with this image; may be repeated")
      .type_name("ELF")
      .repeats();
  verb.flag("--no-fetches", o->no_fetches, "view: data references and events only");
}

}  // namespace cli::verbs
