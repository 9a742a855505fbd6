#include "numa/magic/page_registers.hpp"

namespace numa {

std::uint64_t PageRegisters::state(const Requester& by) const {
  const auto page = selected(by);
  if (!page) return 0;
  return kIsRam | (counters_.is_armed(*page, by.at) ? 0 : kIsReported);
}

std::uint64_t PageRegisters::sum(const Requester& by,
                                 std::uint32_t PageCounters::Counts::*which) const {
  const auto page = selected(by);
  if (!page) return 0;
  std::uint64_t sum = 0;
  for (std::uint32_t node = 0; node < nodes_; ++node) {
    sum += counters_.counts(*page, NodeId{node}, by.at).*which;
  }
  return sum;
}

std::uint64_t PageRegisters::counts(const Requester& by, NodeId node) const {
  const auto page = selected(by);
  if (!page) return 0;
  const PageCounters::Counts counts = counters_.counts(*page, node, by.at);
  return std::uint64_t{counts.reads} << 32 | counts.writes;
}

std::optional<std::uint64_t> PageRegisters::value_of(const Requester& by,
                                                     std::uint64_t offset) const {
  switch (offset) {
    case kPage: return page_[index_of(by.cpu)];
    case kPageState: return state(by);
    case kPageReads: return sum(by, &PageCounters::Counts::reads);
    case kPageWrites: return sum(by, &PageCounters::Counts::writes);
    case kRemoteThreshold: return counters_.thresholds().remote;
    case kLocalThreshold: return counters_.thresholds().local;
    case kWriteThreshold: return counters_.thresholds().write;
    case kAgePeriod: return counters_.age_period();
    case kAges: return counters_.ages(by.at);
    case kHotCount: return hot_.count();
    case kHotSize: return std::uint64_t{HotPageQueue::kSize};
    case kHotPage:
    case kHotPeek: return hot_.oldest();
    case kHotInterrupt: return hot_.interrupt_at();
    case kHotLost: return hot_.lost();
    case kPageReset:
    case kCountReset:
    case kHotClear: return 0;
    default: break;
  }
  if (offset < kPageCounts || offset >= kPageCounts + 8 * nodes_) return std::nullopt;
  return counts(by, NodeId{static_cast<std::uint32_t>((offset - kPageCounts) / 8)});
}

ReadResult PageRegisters::read(const Requester& by, std::uint64_t offset, unsigned size) {
  const auto part = register_part(offset, size);
  if (!part) return Failure{BusError{}};
  const auto value = value_of(by, part->offset);
  if (!value) return Failure{BusError{}};
  // The half that names the page takes the entry: software with 32-bit loads reads it last, or
  // alone.
  if (part->offset == kHotPage && (part->is_whole() || part->is_low_half())) hot_.take();
  return part->extract(*value);
}

void PageRegisters::set_thresholds(const RegisterPart& part, std::uint64_t value) {
  PageCounters::Thresholds thresholds = counters_.thresholds();
  std::uint64_t& one = part.offset == kRemoteThreshold  ? thresholds.remote
                       : part.offset == kLocalThreshold ? thresholds.local
                                                        : thresholds.write;
  one = part.insert(one, value);
  counters_.set_thresholds(thresholds);
}

WriteResult PageRegisters::write(const Requester& by, std::uint64_t offset, unsigned size,
                                 std::uint64_t value) {
  const auto part = register_part(offset, size);
  if (!part || !value_of(by, part->offset)) return Failure{BusError{}};
  std::uint64_t& page = page_[index_of(by.cpu)];
  switch (part->offset) {
    case kPage: page = part->insert(page, value) & kPageBits; break;
    case kPageReset:
      if (const auto found = selected(by)) counters_.reset(*found, part->place(value));
      break;
    case kCountReset: counters_.reset_all(part->place(value)); break;
    case kRemoteThreshold:
    case kLocalThreshold:
    case kWriteThreshold: set_thresholds(*part, value); break;
    case kAgePeriod:
      counters_.set_age_period(part->insert(counters_.age_period(), value), by.at);
      break;
    case kHotInterrupt: hot_.set_interrupt_at(part->insert(hot_.interrupt_at(), value)); break;
    case kHotLost: hot_.set_lost(part->insert(hot_.lost(), value)); break;
    case kHotClear: hot_.clear(); break;
    default: break;  // read-only
  }
  return Nothing{};
}

void PageRegisters::visit(StateVisitor& v) {
  for (std::uint64_t& page : page_) v.word("page", page);
}

}  // namespace numa
