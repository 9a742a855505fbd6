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
#include "disco/phases.def"
};

constexpr OperationRow kOperations[] = {
#define OPERATION(name, sentence) {#name, sentence},
#include "disco/phases.def"
};

constexpr std::string_view kEvents[] = {
#define EVENT(name) #name,
#include "disco/phases.def"
};

static_assert(std::size(kPhases) <= kFirstOperation);
static_assert(std::size(kOperations) <= kFirstEvent - kFirstOperation);
static_assert(kFirstOperation == ::disco::kFirstOperation && kFirstEvent == ::disco::kFirstEvent);

}  // namespace

std::span<const common::CounterInfo> counters() { return kCounters; }
std::span<const PhaseRow> phases() { return kPhases; }
std::span<const OperationRow> operations() { return kOperations; }
std::span<const std::string_view> events() { return kEvents; }

}  // namespace disco::host
