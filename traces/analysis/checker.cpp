#include "traces/analysis/checker.hpp"

#include <algorithm>
#include <optional>

#include "traces/analysis/trace_counts.hpp"
#include "traces/analysis/translations.hpp"

namespace traces {

namespace {

class Invariants final : public RecordSink {
 public:
  Invariants(const TraceHeader& header, CheckReport& report, std::size_t limit)
      : header_{header}, report_{report}, limit_{limit}, counts_{header.cpus}, cpus_(header.cpus) {}

  /// Of all records so far.
  TextLines counted() const { return counts_.lines(); }

  void begin_block(std::uint64_t number) { block_ = number; }
  void end_block() {
    for (Cpu& cpu : cpus_) {
      if (cpu.attempt) problem(cpu.last, "the block ends between an attempt and its exception");
      cpu.attempt.reset();
    }
  }

  void state(const StateRecord& r) override {
    Cpu& cpu = at(r.place);
    time(cpu, r.place, r.at);
    if (cpu.wired && *cpu.wired != r.tlb.wired) problem(r.place, "Wired changed between blocks");
    cpu.wired = r.tlb.wired;
    const auto& entries = r.tlb.entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].index >= header_.tlb_entries) problem(r.place, "a TLB entry beyond the TLB");
      for (std::size_t k = 0; k < i; ++k) {
        if (overlaps(entries[i].words, entries[k].words))
          problem(r.place, "two TLB entries that match the same address");
      }
    }
    if (!header_.random_is_lfsr || r.tlb.lfsr != 0) return;
    problem(r.place, "an lfsr that stands still");
  }
  void reference(const ReferenceRecord& r) override {
    counts_.reference(r);
    ++report_.records;
    Cpu& cpu = at(r.place);
    unanswered(cpu, r.place);
    const bool fetch = r.kind == ReferenceKind::kFetch;
    if (fetch && r.translated) ++report_.instructions;
    if (fetch && r.va.bits() % 4 != 0) problem(r.place, "a fetch from an odd address");
    // A store-conditional that stored nothing has none.
    const bool sized = r.kind == ReferenceKind::kStoreConditional || r.size != 0;
    if (r.translated && (!sized || r.size > 8)) problem(r.place, "a reference without a size");
    if (!r.mapped && r.place.mode != Mode::kKernel)
      problem(r.place, "an unmapped reference outside kernel mode");
    if (!r.translated) cpu.attempt = r.va;
  }
  void mapping(const MappingRecord&) override { ++report_.records; }
  void tlb_write(const TlbWriteRecord& r) override {
    counts_.tlb_write(r);
    Cpu& cpu = event(r.place, r.at);
    if (r.index >= header_.tlb_entries) {
      // tlbwi beyond the TLB does nothing on the machine either; tlbwr cannot get there.
      if (r.is_random) problem(r.place, "tlbwr beyond the TLB");
    } else if (r.is_random && cpu.wired &&
               r.index < std::min(*cpu.wired, header_.tlb_entries - 1)) {
      problem(r.place, "tlbwr replaced a wired entry");
    }
  }
  void tlb_operation(const TlbOperationRecord& r) override {
    Cpu& cpu = event(r.place, r.at);
    if (r.index && *r.index >= header_.tlb_entries)
      problem(r.place, "a probe found an entry beyond the TLB");
    if (r.operation != TlbOperation::kWired) return;
    std::uint32_t limit = 1;
    while (limit < header_.tlb_entries) limit *= 2;
    cpu.wired = static_cast<std::uint32_t>(r.value & (limit - 1));
  }
  void exception(const ExceptionRecord& r) override {
    counts_.exception(r);
    ++report_.records;
    Cpu& cpu = at(r.place);
    time(cpu, r.place, r.at);
    const bool tlb = r.code >= 1 && r.code <= 3;
    if (tlb && (!cpu.attempt || cpu.attempt != r.bad_vaddr))
      problem(r.place, "a TLB exception without its attempt");
    if (!tlb && cpu.attempt) problem(r.place, "an attempt that no TLB exception answers");
    cpu.attempt.reset();
  }
  void eret(const EretRecord& r) override {
    counts_.eret(r);
    event(r.place, r.at);
    if (r.place.mode != Mode::kKernel) problem(r.place, "an ERET outside kernel mode");
  }
  void dma(const DmaRecord& r) override {
    counts_.dma(r);
    ++report_.records;
    if (r.size == 0) problem(Place{.instruction = r.instruction}, "a DMA of no bytes");
  }
  void mark(const MarkRecord& r) override { event(r.place, r.at); }
  void cache_operation(const CacheOperationRecord& r) override {
    counts_.cache_operation(r);
    ++report_.records;
    unanswered(at(r.place), r.place);
  }

 private:
  struct Cpu {
    Place last;
    Time now;
    std::optional<VirtAddr> attempt;
    std::optional<std::uint32_t> wired;
  };

  Cpu& at(const Place& place) {
    Cpu& cpu = cpus_.at(index_of(place.cpu));
    cpu.last = place;
    return cpu;
  }
  Cpu& event(const Place& place, const Time& when) {
    ++report_.records;
    Cpu& cpu = at(place);
    unanswered(cpu, place);
    time(cpu, place, when);
    return cpu;
  }
  void time(Cpu& cpu, const Place& place, const Time& when) {
    if (when.cycle < cpu.now.cycle) problem(place, "the CPU's clock goes backwards");
    if (when.retired < cpu.now.retired)
      problem(place, "the CPU's instruction count goes backwards");
    cpu.now = when;
  }
  void unanswered(Cpu& cpu, const Place& place) {
    if (cpu.attempt) problem(place, "an attempt that no exception answers");
    cpu.attempt.reset();
  }
  void problem(const Place& place, const char* what) {
    if (report_.problems.size() >= limit_) {
      report_.more_problems = true;
      return;
    }
    report_.problems.push_back({.block = block_, .instruction = place.instruction, .what = what});
  }

  const TraceHeader& header_;
  CheckReport& report_;
  std::size_t limit_;
  TraceCounts counts_;
  std::vector<Cpu> cpus_;
  std::uint64_t block_ = 0;
};

/// Adds up what the blocks say of themselves.
struct Totals {
  std::uint64_t instructions = 0, records = 0;
  std::uint64_t first_cycle = ~std::uint64_t{0}, last_cycle = 0;

  void add(const BlockHeader& block) {
    instructions += block.instructions;
    records += block.records;
    first_cycle = std::min(first_cycle, block.first_cycle);
    last_cycle = std::max(last_cycle, block.last_cycle);
  }
};

void check_totals(const Reader& reader, const Totals& totals, const TextLines& counted,
                  CheckReport& report) {
  if (!reader.footer()) return;
  const TraceFooter& footer = *reader.footer();
  const auto differs = [&](const std::string& what) {
    report.problems.push_back(
        {.block = report.blocks_read, .instruction = totals.instructions, .what = what});
  };
  // A footer with other instructions than its blocks hold is none: the reader looks at that.
  if (footer.records != totals.records)
    differs("the footer counts other records than the blocks hold");
  const std::uint64_t first = reader.blocks().empty() ? 0 : totals.first_cycle;
  if (footer.first_cycle != first || footer.last_cycle != totals.last_cycle)
    differs("the footer names other cycles than the blocks do");
  // Keys that this program does not know may say what they like.
  for (const auto& [key, value] : footer.totals.all()) {
    const auto found = counted.find(key);
    if (found && *found != value)
      differs("the footer's " + key + " is " + value + ", the blocks hold " + std::string{*found});
  }
}

}  // namespace

CheckReport check_trace(Reader& reader, std::size_t limit) {
  CheckReport report;
  Invariants invariants{reader.header(), report, limit};
  Totals totals;
  for (std::size_t i = 0; i < reader.blocks().size(); ++i) {
    const auto header = reader.block_header(i);
    if (!header) {
      report.damage.push_back(header.error());
      continue;
    }
    totals.add(*header);
    invariants.begin_block(i);
    if (auto read = reader.read_block(i, invariants); !read) {
      report.damage.push_back(read.error());
      continue;
    }
    invariants.end_block();
    ++report.blocks_read;
  }
  if (reader.damage()) report.damage.push_back(*reader.damage());
  if (report.damage.empty()) check_totals(reader, totals, invariants.counted(), report);
  return report;
}

}  // namespace traces
