#include "traces/analysis/summary.hpp"

#include <algorithm>
#include <tuple>

namespace traces {

void Summary::reference(const ReferenceRecord& r) {
  if (!counts(r.place.instruction)) return;
  if (!r.translated) {
    ++refused;
    return;
  }
  const auto kind = static_cast<unsigned>(r.kind);
  ++by_mode[static_cast<unsigned>(r.place.mode)].of[kind];
  ++by_asid[static_cast<unsigned>(r.place.asid)].of[kind];
  ++by_vm[r.place.vm].of[kind];
  if (r.mapped) ++mapped.of[kind];
  if (r.place.in_refill) ++in_refill.of[kind];
  const std::uint64_t space = r.mapped ? static_cast<std::uint64_t>(r.place.asid) : 256;
  PageHeat& heat = pages_[r.va.bits() >> 12 | space << 52];
  heat.page = r.va.aligned_down(kPageSize);
  heat.asid = r.mapped ? r.place.asid : Asid{};
  heat.mapped = r.mapped;
  ++heat.references.of[kind];
}

void Summary::mapping(const MappingRecord& r) { mappings += counts(r.place.instruction); }

void Summary::tlb_write(const TlbWriteRecord& r) {
  if (!counts(r.place.instruction)) return;
  ++(r.is_random ? tlb_writes_random : tlb_writes_indexed);
}

void Summary::tlb_operation(const TlbOperationRecord& r) {
  probes += counts(r.place.instruction) && r.operation == TlbOperation::kProbe;
}

void Summary::exception(const ExceptionRecord& r) {
  if (counts(r.place.instruction)) ++exceptions[r.code];
}

void Summary::eret(const EretRecord& r) { erets += counts(r.place.instruction); }
void Summary::dma(const DmaRecord& r) { dmas += counts(r.instruction); }
void Summary::mark(const MarkRecord& r) { marks += counts(r.place.instruction); }

std::uint64_t Summary::mapped_pages() const {
  return static_cast<std::uint64_t>(std::count_if(
      pages_.begin(), pages_.end(), [](const auto& page) { return page.second.mapped; }));
}

std::vector<PageHeat> Summary::hottest(std::size_t count) const {
  std::vector<PageHeat> all;
  all.reserve(pages_.size());
  for (const auto& [key, heat] : pages_) all.push_back(heat);
  std::sort(all.begin(), all.end(), [](const PageHeat& a, const PageHeat& b) {
    const auto rank = [](const PageHeat& h) {
      return std::tuple{~h.references.all(), h.page.bits(), static_cast<unsigned>(h.asid),
                        h.mapped};
    };
    return rank(a) < rank(b);
  });
  all.resize(std::min(count, all.size()));
  return all;
}

}  // namespace traces
