#include "traces/format/header.hpp"

#include <algorithm>
#include <array>

#include "traces/format/format.hpp"

namespace traces {

namespace {

constexpr std::string_view kPageSizes = "4096 16384 65536 262144 1048576 4194304 16777216";
constexpr std::string_view kTitle = "disco-trace ";
constexpr std::string_view kHeaderTitle = "disco-trace 1";
constexpr std::string_view kFooterTitle = "disco-trace-end 1";

Failure<Error> wrong(std::string what, std::string remedy = "") {
  return Failure{Error{.code = ErrorCode::kInput,
                       .where = "",
                       .what = std::move(what),
                       .remedy = std::move(remedy)}};
}

/// Nothing was checked yet: what a terminal would act upon is not for a message.
std::string printable(std::string_view text) {
  std::string clean{text};
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return clean;
}

bool is_known_header_key(std::string_view key) {
  for (std::string_view known : {"isa", "producer", "cpus", "nodes", "clock-hz", "tlb-entries",
                                 "tlb-random", "page-sizes", "schema"}) {
    if (key == known) return true;
  }
  return false;
}

/// N decimal numbers separated by single spaces, nothing else.
template <std::size_t N>
std::optional<std::array<std::uint64_t, N>> numbers(std::string_view text) {
  std::array<std::uint64_t, N> values{};
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t end = i + 1 < N ? text.find(' ') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = parse_number(text.substr(0, end));
    if (!value) return std::nullopt;
    values[i] = *value;
    text.remove_prefix(i + 1 < N ? end + 1 : end);
  }
  return values;
}

}  // namespace

std::string TraceHeader::render() const {
  TextLines lines;
  lines.add("isa", "mips4-be");
  lines.add("producer", producer);
  lines.add("cpus", cpus);
  lines.add("nodes", nodes);
  lines.add("clock-hz", clock_hz);
  lines.add("tlb-entries", tlb_entries);
  lines.add("tlb-random", random_is_lfsr ? "lfsr" : "manual");
  lines.add("page-sizes", kPageSizes);
  lines.add("schema", kSchema);
  for (const auto& [key, value] : others.all()) lines.add(key, value);
  return lines.render(kHeaderTitle);
}

Result<TraceHeader, Error> TraceHeader::parse(std::string_view text) {
  const std::string_view title = text.substr(0, text.find('\n'));
  if (title.substr(0, kTitle.size()) != kTitle) return wrong("this is no disco trace");
  if (title != kHeaderTitle) {
    return wrong("this is version " + printable(title.substr(kTitle.size(), 20)) +
                     " of the trace format, this program reads version 1",
                 "read it with the program that wrote it");
  }
  const auto parsed = TextLines::parse(text, kHeaderTitle);
  if (!parsed) return Failure{parsed.error()};
  const auto required = [&](std::string_view key, std::uint64_t least, std::uint64_t most) {
    const auto value = parsed->number(key);
    return value && *value >= least && *value <= most ? value : std::nullopt;
  };
  if (parsed->find("isa") != "mips4-be") return wrong("the header's isa is not mips4-be");
  const auto cpus = required("cpus", 1, kMaxCpus);
  const auto nodes = required("nodes", 1, kMaxCpus);
  const auto clock = required("clock-hz", 0, ~std::uint64_t{0});
  const auto entries = required("tlb-entries", 8, kMaxTlbEntries);
  const auto random = parsed->find("tlb-random");
  if (!cpus || !nodes || !clock || !entries) {
    return wrong(
        "the header does not name cpus, nodes, clock-hz and tlb-entries as numbers in range");
  }
  if (random != "lfsr" && random != "manual")
    return wrong("the header's tlb-random is not lfsr or manual");
  if (parsed->all().size() > kMaxKeys) return wrong("the header has more keys than any header");
  TraceHeader header;
  header.producer = parsed->find("producer").value_or("");
  header.cpus = static_cast<std::uint32_t>(*cpus);
  header.nodes = static_cast<std::uint32_t>(*nodes);
  header.clock_hz = *clock;
  header.tlb_entries = static_cast<std::uint32_t>(*entries);
  header.random_is_lfsr = random == "lfsr";
  for (const auto& [key, value] : parsed->all()) {
    if (!is_known_header_key(key)) header.others.add(key, value);
  }
  return header;
}

std::string TraceFooter::render() const {
  TextLines lines;
  lines.add("blocks", blocks.size());
  lines.add("instructions", instructions);
  lines.add("records", records);
  lines.add("first-cycle", first_cycle);
  lines.add("last-cycle", last_cycle);
  for (const auto& [key, value] : totals.all()) lines.add(key, value);
  for (const BlockInfo& b : blocks) {
    std::string line;
    for (std::uint64_t n :
         {b.number, b.offset, b.first_instruction, b.instructions, b.first_cycle, b.last_cycle}) {
      line += (line.empty() ? "" : " ") + std::to_string(n);
    }
    lines.add("block", line);
  }
  return lines.render(kFooterTitle);
}

Result<TraceFooter, Error> TraceFooter::parse(std::string_view text) {
  const auto parsed = TextLines::parse(text, kFooterTitle);
  if (!parsed) return Failure{parsed.error()};
  const auto blocks = parsed->number("blocks"), instructions = parsed->number("instructions");
  const auto records = parsed->number("records");
  const auto first = parsed->number("first-cycle"), last = parsed->number("last-cycle");
  if (!blocks || !instructions || !records || !first || !last) {
    return wrong("the footer does not name its totals");
  }
  TraceFooter footer;
  footer.instructions = *instructions;
  footer.records = *records;
  footer.first_cycle = *first;
  footer.last_cycle = *last;
  for (const auto& [key, value] : parsed->all()) {
    if (key.rfind("total.", 0) == 0 || key.rfind("live.", 0) == 0) footer.totals.add(key, value);
    if (key != "block") continue;
    const auto n = numbers<6>(value);
    if (!n) return wrong("a block line of the footer is not six numbers");
    footer.blocks.push_back({.number = (*n)[0],
                             .offset = (*n)[1],
                             .packed = 0,
                             .content = 0,
                             .first_instruction = (*n)[2],
                             .instructions = (*n)[3],
                             .first_cycle = (*n)[4],
                             .last_cycle = (*n)[5]});
  }
  if (parsed->all().size() > *blocks + kMaxKeys)
    return wrong("the footer has more keys than any footer");
  if (footer.blocks.size() != *blocks) return wrong("the footer does not list all blocks");
  return footer;
}

}  // namespace traces
