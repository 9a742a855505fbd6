#include "disco/host/tables.hpp"

#include "disco/core/mark.hpp"

namespace disco::host {

namespace {

constexpr common::CounterInfo kCounters[] = {
#define COUNTER(name, unit, sentence) {"monitor." #name, unit, sentence},
#include "disco/counters.def"
#undef COUNTER
};

constexpr PhaseRow kPhases[] = {
#define PHASE(name, bucket, sentence) {#name, bucket, sentence},
#define OPERATION(name, sentence)
#include "disco/phases.def"
#undef PHASE
#undef OPERATION
};

constexpr OperationRow kOperations[] = {
#define PHASE(name, bucket, sentence)
#define OPERATION(name, sentence) {#name, sentence},
#include "disco/phases.def"
#undef PHASE
#undef OPERATION
};

static_assert(std::size(kPhases) <= kFirstOperation);
static_assert(kFirstOperation == ::disco::kFirstOperation);

}  // namespace

std::span<const common::CounterInfo> counters() { return kCounters; }
std::span<const PhaseRow> phases() { return kPhases; }
std::span<const OperationRow> operations() { return kOperations; }

}  // namespace disco::host
