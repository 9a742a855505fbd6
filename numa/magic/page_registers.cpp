#include "numa/magic/page_registers.hpp"

namespace numa {

std::uint64_t PageRegisters::state(const Requester& by) const {
  const auto page = selected(by);
  if (!page) return 0;
  return controller::kIsRam | (counters_.is_armed(*page, by.at) ? 0 : controller::kIsReported);
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
    case controller::kPage: return page_[index_of(by.cpu)];
    case controller::kPageState: return state(by);
    case controller::kPageReads: return sum(by, &PageCounters::Counts::reads);
    case controller::kPageWrites: return sum(by, &PageCounters::Counts::writes);
    case controller::kRemoteThreshold: return counters_.thresholds().remote;
    case controller::kLocalThreshold: return counters_.thresholds().local;
    case controller::kWriteThreshold: return counters_.thresholds().write;
    case controller::kAgePeriod: return counters_.age_period();
    case controller::kAges: return counters_.ages(by.at);
    case controller::kHotCount: return hot_.count();
    case controller::kHotSize: return std::uint64_t{HotPageQueue::kSize};
    case controller::kHotPage:
    case controller::kHotPeek: return hot_.oldest();
    case controller::kHotInterrupt: return hot_.interrupt_at();
    case controller::kHotLost: return hot_.lost();
    case controller::kPageReset:
    case controller::kCountReset:
    case controller::kHotClear: return 0;
    default: break;
  }
  if (offset < controller::kPageCounts || offset >= controller::kPageCounts + 8 * nodes_)
    return std::nullopt;
  return counts(by, NodeId{static_cast<std::uint32_t>((offset - controller::kPageCounts) / 8)});
}

ReadResult PageRegisters::read(const Requester& by, std::uint64_t offset, unsigned size) {
  const auto part = register_part(offset, size);
  if (!part) return Failure{BusError{}};
  const auto value = value_of(by, part->offset);
  if (!value) return Failure{BusError{}};
  // The half that names the page takes the entry: software with 32-bit loads reads it last, or
  // alone.
  if (part->offset == controller::kHotPage && (part->is_whole() || part->is_low_half()))
    hot_.take();
  return part->extract(*value);
}

void PageRegisters::set_thresholds(const RegisterPart& part, std::uint64_t value) {
  PageCounters::Thresholds thresholds = counters_.thresholds();
  std::uint64_t& one = part.offset == controller::kRemoteThreshold  ? thresholds.remote
                       : part.offset == controller::kLocalThreshold ? thresholds.local
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
    case controller::kPage: page = part->insert(page, value) & kPageBits; break;
    case controller::kPageReset:
      if (const auto found = selected(by)) counters_.reset(*found, part->place(value));
      break;
    case controller::kCountReset: counters_.reset_all(part->place(value)); break;
    case controller::kRemoteThreshold:
    case controller::kLocalThreshold:
    case controller::kWriteThreshold: set_thresholds(*part, value); break;
    case controller::kAgePeriod:
      counters_.set_age_period(part->insert(counters_.age_period(), value), by.at);
      break;
    case controller::kHotInterrupt:
      hot_.set_interrupt_at(part->insert(hot_.interrupt_at(), value));
      break;
    case controller::kHotLost: hot_.set_lost(part->insert(hot_.lost(), value)); break;
    case controller::kHotClear: hot_.clear(); break;
    default: break;  // read-only
  }
  return Nothing{};
}

void PageRegisters::visit(StateVisitor& v) {
  for (std::uint64_t& page : page_) v.word("page", page);
}

}  // namespace numa
