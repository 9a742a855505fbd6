#include "traces/analysis/trace_counts.hpp"

#include "hardware/r10000/exceptions.hpp"

namespace traces {

void TraceCounts::reference(const ReferenceRecord& r) {
  if (r.translated) {
    ++totals_.references[static_cast<unsigned>(r.kind)];
  } else {
    attempted_.at(index_of(r.place.cpu)) = r.kind;
  }
}

void TraceCounts::exception(const ExceptionRecord& r) {
  ++totals_.exceptions;
  if (!hardware::is_tlb_exception(r.code)) return;
  if (r.code == hardware::number_of(hardware::ExceptionCode::kMod)) {
    ++totals_.live.modifieds;
    return;
  }
  if (r.vector != Vector::kTlbRefill && r.vector != Vector::kXtlbRefill) {
    ++totals_.live.invalids;
    return;
  }
  const bool fetch = attempted_.at(index_of(r.place.cpu)) == ReferenceKind::kFetch;
  ++totals_.live.refills[static_cast<unsigned>(r.place.mode)][fetch ? 0 : r.is_store ? 2 : 1];
}

}  // namespace traces
