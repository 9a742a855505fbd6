// disco replay T.dtz: the trace through the machine's TLB again, of the recorded geometry or
// another.
#include "measure/traces/replay.hpp"

#include <nlohmann/json.hpp>
#include "cli/summary.hpp"
#include "cli/trace_position.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/schema/largest_seed.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string trace = "trace.dtz", random, against;
  measure::ReplayOptions replay;
};

constexpr const char* kModes[] = {"user", "supervisor", "kernel"};
constexpr const char* kAccesses[] = {"fetch", "load", "store"};

Json misses_json(const traces::LiveMisses& m) {
  Json refills = Json::object();
  for (unsigned mode = 0; mode < 3; ++mode) {
    for (unsigned access = 0; access < 3; ++access)
      refills[kModes[mode]][kAccesses[access]] = m.refills[mode][access];
  }
  return {{"refills", m.all_refills()},
          {"by_mode", refills},
          {"invalid", m.invalids},
          {"modified", m.modifieds}};
}

/// What a machine of the replayed geometry counted of itself while it recorded `path`.
Result<traces::LiveMisses, Error> live_misses(const std::string& path,
                                              const measure::ReplayReport& report) {
  auto reader = traces::Reader::open(path);
  if (!reader) return Failure{reader.error()};
  const std::uint32_t entries = (*reader)->header().tlb_entries;
  if (entries != report.entries) {
    return Failure{
        Error{ErrorCode::kUsage, "--against " + path,
              fmt::format("was recorded with a TLB of {} entries, and the replay is of {}", entries,
                          report.entries),
              fmt::format("record the same point with --set machine.cpu.tlb.entries={}",
                          report.entries)}};
  }
  const auto& footer = (*reader)->footer();
  const auto live = footer ? traces::LiveMisses::parse(footer->totals) : std::nullopt;
  if (live) return *live;
  return Failure{Error{ErrorCode::kInput, path, "does not say what its machine counted",
                       "record it again, to the end"}};
}

/// `beside` is what the replay is compared with, and `whose` counts they are.
void say_misses(Session& session, const measure::ReplayReport& report,
                const std::optional<traces::LiveMisses>& beside, const char* whose) {
  const bool compare = beside.has_value();
  std::vector<std::vector<std::string>> table = {{"TLB exceptions", "replayed"}};
  if (compare) table[0].insert(table[0].end(), {whose, ""});
  const auto row = [&](std::string name, std::uint64_t replayed, std::uint64_t live) {
    if (replayed == 0 && live == 0) return;
    std::vector<std::string> cells = {std::move(name), grouped(replayed)};
    if (compare) {
      cells.push_back(grouped(live));
      const double off = 100.0 * (static_cast<double>(replayed) - static_cast<double>(live)) /
                         static_cast<double>(std::max<std::uint64_t>(live, 1));
      cells.push_back(replayed == live ? "="
                      : live == 0      ? "+" + grouped(replayed)
                                       : fmt::format("{:+.2f} %", off));
    }
    table.push_back(std::move(cells));
  };
  const traces::LiveMisses& now = report.counts.misses;
  const traces::LiveMisses live = beside.value_or(traces::LiveMisses{});
  for (unsigned mode = 0; mode < 3; ++mode) {
    for (unsigned access = 0; access < 3; ++access) {
      row(fmt::format("refill, {} {}", kModes[mode], kAccesses[access]), now.refills[mode][access],
          live.refills[mode][access]);
    }
  }
  row("refill, all", now.all_refills(), live.all_refills());
  row("invalid", now.invalids, live.invalids);
  row("modified", now.modifieds, live.modifieds);
  session.say(table_text(table, session.paint(), "lr"));
}

Outcome replay(const Options& o, Session& session) {
  auto reader = traces::Reader::open(o.trace);
  if (!reader) return Failure{reader.error()};
  const auto fits = check_range(session, {o.replay.from, o.replay.to}, **reader);
  if (!fits) return Failure{fits.error()};
  measure::ReplayOptions options = o.replay;
  if (!o.random.empty())
    options.random = o.random == "lfsr" ? mmu::RandomKind::kLfsr : mmu::RandomKind::kManual;
  const auto report = replay_trace(**reader, options);
  if (!report) return Failure{report.error()};

  const char* random = report->random == mmu::RandomKind::kLfsr ? "lfsr" : "manual";
  session.say(fmt::format("{}: {} instructions, TLB of {} entries, random {}: {}", o.trace,
                          grouped((*reader)->instructions()), report->entries, random,
                          report->exact
                              ? "as recorded"
                              : fmt::format("recorded with {}", (*reader)->header().tlb_entries)));
  std::optional<traces::LiveMisses> against;
  if (!o.against.empty()) {
    const auto live = live_misses(o.against, *report);
    if (!live) return Failure{live.error()};
    against = *live;
  }
  say_misses(session, *report, against ? against : report->live,
             against || report->exact ? "live" : "recorded");
  if (!report->exact) {
    session.say(
        fmt::format("{} refills synthesised at {} cycles: {} cycles; {} references of recorded "
                    "handlers dropped, {} misses unresolved",
                    grouped(report->counts.synthesised), options.refill_cycles,
                    grouped(report->synthesised_cycles), grouped(report->counts.dropped),
                    grouped(report->counts.unresolved)));
  }
  if (options.l2_entries != 0) {
    session.say(fmt::format(
        "L2TLB of {} entries: {} of the refills found, {} not; {} inserted, {} evicted, {} flushes",
        options.l2_entries, grouped(report->l2.hits), grouped(report->l2.misses),
        grouped(report->l2.inserts), grouped(report->l2.evictions), grouped(report->l2.flushes)));
  }
  Json answer = {{"trace", o.trace},
                 {"entries", report->entries},
                 {"random", random},
                 {"exact", report->exact},
                 {"references", report->counts.references},
                 {"replayed", misses_json(report->counts.misses)},
                 {"live", nullptr},
                 {"diverged", report->diverged()},
                 {"damage", nullptr}};
  const auto& damage = (*reader)->damage();
  if (damage) answer["damage"] = damage->message();
  if (report->live) answer["live"] = misses_json(*report->live);
  if (against) answer["against"] = {{"trace", o.against}, {"live", misses_json(*against)}};
  if (!report->exact) {
    answer["synthesised"] = {{"refills", report->counts.synthesised},
                             {"cycles", report->synthesised_cycles},
                             {"dropped", report->counts.dropped},
                             {"unresolved", report->counts.unresolved}};
  }
  if (options.l2_entries != 0) {
    answer["l2tlb"] = {{"entries", options.l2_entries},     {"hits", report->l2.hits},
                       {"misses", report->l2.misses},       {"inserts", report->l2.inserts},
                       {"evictions", report->l2.evictions}, {"flushes", report->l2.flushes}};
  }
  session.emit(answer);
  if (!report->diverged() && damage) return Failure{*damage};
  if (!report->diverged()) return 0;
  if (damage) session.warn(damage->message());
  if (!report->divergence) {
    return Failure{Error{ErrorCode::kDivergence, o.trace,
                         "the replay's counts are not those of the recorded run", ""}};
  }
  return Failure{
      Error{ErrorCode::kDivergence,
            fmt::format("{}, instruction {}, cpu{}", o.trace, report->divergence->instruction,
                        index_of(report->divergence->cpu)),
            report->divergence->what, "look at it with `disco trace view --from`"}};
}

}  // namespace

void add_replay(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("replay", "drive the TLB, and an L2TLB, with a recorded trace",
                            [o](Session& session) { return replay(*o, session); });
  verb.option("trace", o->trace, "a trace").type_name("FILE").shows_default();
  verb.option("--entries", o->replay.entries, "of the TLB, 8 to 512 (default: as recorded)")
      .whole_number(0xffffffff)
      .type_name("N");
  verb.option("--random", o->random, "replacement (default: as recorded)")
      .one_of({"manual", "lfsr"});
  verb.option("--seed", o->replay.seed, "of another geometry's lfsr")
      .whole_number(config::kLargestSeed)
      .type_name("N")
      .shows_default();
  verb.option("--l2tlb", o->replay.l2_entries, "entries of an L2TLB behind it, a power of two")
      .whole_number(0xffffffff)
      .type_name("N")
      .shows_default();
  verb.option("--refill-cycles", o->replay.refill_cycles, "cost of a synthesised refill")
      .whole_number(0xffffffff)
      .type_name("N")
      .shows_default();
  verb.option("--against", o->against,
              "compare with what was counted live while this trace of the same point was "
              "recorded, with as many entries as are replayed")
      .type_name("FILE");
  verb.option("--from", o->replay.from, "count from this instruction on")
      .whole_number(~std::uint64_t{0})
      .type_name("N");
  verb.option("--to", o->replay.to, "stop after the block of this instruction")
      .whole_number(~std::uint64_t{0})
      .type_name("N");
}

}  // namespace cli::verbs
