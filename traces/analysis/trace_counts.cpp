#include "traces/analysis/trace_counts.hpp"

#include <string>

#include "hardware/r10000/exceptions.hpp"

namespace traces {

void TraceCounts::reference(const ReferenceRecord& r) {
  if (r.translated) {
    ++references_[static_cast<unsigned>(r.kind)];
  } else {
    attempted_.at(index_of(r.place.cpu)) = r.kind;
  }
}

void TraceCounts::exception(const ExceptionRecord& r) {
  ++exceptions_;
  if (!hardware::is_tlb_exception(r.code)) return;
  if (r.code == hardware::number_of(hardware::ExceptionCode::kMod)) {
    ++live_.modifieds;
    return;
  }
  if (r.vector != Vector::kTlbRefill && r.vector != Vector::kXtlbRefill) {
    ++live_.invalids;
    return;
  }
  const bool fetch = attempted_.at(index_of(r.place.cpu)) == ReferenceKind::kFetch;
  ++live_.refills[static_cast<unsigned>(r.place.mode)][fetch ? 0 : r.is_store ? 2 : 1];
}

TextLines TraceCounts::lines() const {
  TextLines lines;
  static constexpr const char* kKinds[] = {"fetches", "loads", "stores", "load-linked",
                                           "store-conditional"};
  for (unsigned i = 0; i < 5; ++i) lines.add(std::string{"total."} + kKinds[i], references_[i]);
  lines.add("total.exceptions", exceptions_);
  lines.add("total.erets", erets_);
  lines.add("total.tlb-writes", tlb_writes_);
  lines.add("total.dma", dmas_);
  lines.add("total.cache-operations", cache_operations_);
  live_.add_to(lines);
  return lines;
}

}  // namespace traces
