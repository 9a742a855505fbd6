#include "cli/trace_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cli {
namespace {

constexpr const char* kModes[] = {"user", "supervisor", "kernel", "idle"};
constexpr const char* kKinds[] = {"fetch", "load", "store", "ll", "sc"};
constexpr const char* kVectors[] = {"refill", "xrefill", "cache error", "general", "reset"};
constexpr const char* kOperations[] = {"tlbp", "tlbr", "wired"};

std::string hex(std::uint64_t value) { return fmt::format("0x{:016x}", value); }

Json begin(const char* record, const traces::Place& place) {
  Json json = {{"record", record},
               {"instruction", place.instruction},
               {"cpu", index_of(place.cpu)},
               {"mode", kModes[static_cast<unsigned>(place.mode)]},
               {"asid", static_cast<unsigned>(place.asid)},
               {"in_refill", place.in_refill}};
  if (place.vm >= 0) {
    json["vm"] = place.vm;
    json["vcpu"] = place.vcpu;
  }
  return json;
}

void add_time(Json& json, const traces::Time& at) {
  json["cycle"] = at.cycle;
  json["retired"] = at.retired;
}

Json entry_json(const traces::TlbWords& e) {
  return {{"hi", hex(e.hi)}, {"lo0", hex(e.lo0)}, {"lo1", hex(e.lo1)}, {"mask", hex(e.mask)}};
}

}  // namespace

TraceFields::TraceFields(const traces::ViewOptions& options, Record record,
                         traces::View::Disassembler disassembler)
    : options_{options}, record_{std::move(record)}, disassembler_{std::move(disassembler)} {}

void TraceFields::state(const traces::StateRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin("state", r.place);
  json["next"] = hex(r.next.bits());
  json["epc"] = hex(r.epc.bits());
  json["wired"] = r.tlb.wired;
  json["tlb"] = Json::array();
  for (const traces::TlbState::Entry& entry : r.tlb.entries) {
    Json one = {{"index", entry.index}};
    one.update(entry_json(entry.words));
    json["tlb"].push_back(std::move(one));
  }
  add_time(json, r.at);
  record_(std::move(json));
}

void TraceFields::reference(const traces::ReferenceRecord& r) {
  const bool fetch = r.kind == ReferenceKind::kFetch && r.translated;
  if (!shows(r.place.instruction) || (fetch && !options_.fetches)) return;
  Json json = begin(kKinds[static_cast<unsigned>(r.kind)], r.place);
  json["va"] = hex(r.va.bits());
  json["size"] = r.size == 0 ? Json{} : Json(r.size);
  json["translated"] = r.translated;
  if (r.translated) {
    json["pa"] = hex(r.pa.bits());
    json["cache_attribute"] = r.cache_attribute;
    json["mapped"] = r.mapped;
  }
  if (fetch && disassembler_) {
    if (const std::string text = disassembler_(r.va, r.pa); !text.empty()) json["text"] = text;
  }
  record_(std::move(json));
}

void TraceFields::mapping(const traces::MappingRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin("mapping", r.place);
  json["va"] = hex(r.page.bits());
  json["pa"] = hex(r.frame.bits());
  json["cache_attribute"] = r.cache_attribute;
  json["mapped"] = r.mapped;
  record_(std::move(json));
}

void TraceFields::tlb_write(const traces::TlbWriteRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin(r.is_random ? "tlbwr" : "tlbwi", r.place);
  json["index"] = r.index;
  json.update(entry_json(r.entry));
  add_time(json, r.at);
  record_(std::move(json));
}

void TraceFields::tlb_operation(const traces::TlbOperationRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin(kOperations[static_cast<unsigned>(r.operation)], r.place);
  json["value"] = hex(r.value);
  if (r.operation == TlbOperation::kProbe) json["index"] = r.index ? Json(*r.index) : Json{};
  add_time(json, r.at);
  record_(std::move(json));
}

void TraceFields::exception(const traces::ExceptionRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin("exception", r.place);
  json["exception"] = traces::exception_name(r.code);
  json["code"] = r.code;
  json["vector"] = kVectors[static_cast<unsigned>(r.vector)];
  json["pc"] = hex(r.pc.bits());
  json["bad_vaddr"] = r.bad_vaddr ? Json(hex(r.bad_vaddr->bits())) : Json{};
  json["in_delay_slot"] = r.in_delay_slot;
  json["nested"] = r.nested;
  json["enters_refill"] = r.enters_refill;
  add_time(json, r.at);
  record_(std::move(json));
}

void TraceFields::eret(const traces::EretRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin("eret", r.place);
  json["to"] = kModes[static_cast<unsigned>(r.to)];
  json["target"] = hex(r.target.bits());
  json["stays_in_refill"] = r.stays_in_refill;
  add_time(json, r.at);
  record_(std::move(json));
}

void TraceFields::dma(const traces::DmaRecord& r) {
  if (!shows(r.instruction)) return;
  record_({{"record", "dma"},
           {"instruction", r.instruction},
           {"device", r.device},
           {"writes", r.is_write},
           {"pa", hex(r.pa.bits())},
           {"size", r.size}});
}

void TraceFields::mark(const traces::MarkRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin("mark", r.place);
  json["number"] = r.id;
  json["pc"] = hex(r.pc.bits());
  add_time(json, r.at);
  record_(std::move(json));
}

void TraceFields::cache_operation(const traces::CacheOperationRecord& r) {
  if (!shows(r.place.instruction)) return;
  Json json = begin("cache", r.place);
  json["operation"] = r.operation;
  json["va"] = hex(r.va.bits());
  json["pa"] = r.pa ? Json(hex(r.pa->bits())) : Json{};
  record_(std::move(json));
}

}  // namespace cli
