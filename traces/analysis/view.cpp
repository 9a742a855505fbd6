#include "traces/analysis/view.hpp"

#include <cstdarg>
#include <cstdio>

#include "hardware/r10000/exceptions.hpp"

namespace traces {

namespace {

using ull = unsigned long long;

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char buffer[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

constexpr const char* kModes[] = {"user", "super", "kernel", "idle"};
constexpr const char* kKinds[] = {"fetch", "load", "store", "ll", "sc"};
constexpr const char* kVectors[] = {"refill", "xrefill", "cache error", "general", "reset"};
constexpr const char* kOperations[] = {"tlbp", "tlbr", "wired"};

std::string entry_text(const TlbWords& e) {
  return text("hi %016llx lo %016llx %016llx mask %07llx", static_cast<ull>(e.hi),
              static_cast<ull>(e.lo0), static_cast<ull>(e.lo1), static_cast<ull>(e.mask));
}

std::string time_text(const Time& at) {
  return text("cycle %llu retired %llu", static_cast<ull>(at.cycle), static_cast<ull>(at.retired));
}

}  // namespace

std::string exception_name(std::uint8_t code) {
  using enum hardware::ExceptionCode;
  switch (static_cast<hardware::ExceptionCode>(code)) {
    case kInt: return "interrupt";
    case kMod: return "modified";
    case kTlbL: return "tlb load";
    case kTlbS: return "tlb store";
    case kAdEL: return "address error load";
    case kAdES: return "address error store";
    case kIbe: return "bus error fetch";
    case kDbe: return "bus error data";
    case kSys: return "syscall";
    case kBp: return "breakpoint";
    case kRi: return "reserved instruction";
    case kCpU: return "coprocessor unusable";
    case kOv: return "overflow";
    case kTr: return "trap";
    case kFpe: return "floating point";
    case kWatch: return "watch";
    default: return std::to_string(code);
  }
}

View::View(const ViewOptions& options, Line line, Disassembler disassembler)
    : options_{options}, line_{std::move(line)}, disassembler_{std::move(disassembler)} {}

void View::say(const Place& place, const std::string& what) {
  if (!shows(place.instruction)) return;
  std::string who = text("%10llu cpu%u %-6s %02x%c", static_cast<ull>(place.instruction),
                         index_of(place.cpu), kModes[static_cast<unsigned>(place.mode)],
                         static_cast<unsigned>(place.asid), place.in_refill ? '*' : ' ');
  if (place.vm >= 0) who += text(" vm%d.%d", place.vm, place.vcpu);
  line_(who + "  " + what);
}

void View::state(const StateRecord& r) {
  say(r.place, text("state    next %016llx, %zu TLB entries, wired %u, ",
                    static_cast<ull>(r.next.bits()), r.tlb.entries.size(), r.tlb.wired) +
                   time_text(r.at));
}

void View::reference(const ReferenceRecord& r) {
  if (r.kind == ReferenceKind::kFetch && r.translated && !options_.fetches) return;
  if (!shows(r.place.instruction)) return;
  std::string what =
      text("%-5s %c  %016llx", kKinds[static_cast<unsigned>(r.kind)],
           r.size == 0 ? ' ' : static_cast<char>('0' + r.size), static_cast<ull>(r.va.bits()));
  if (r.translated) {
    what += text(" -> %010llx c%u%s", static_cast<ull>(r.pa.bits()), r.cache_attribute,
                 r.mapped ? "" : " unmapped");
  } else {
    what += " refused";
  }
  if (r.kind == ReferenceKind::kFetch && r.translated && disassembler_) {
    const std::string instruction = disassembler_(r.va, r.pa);
    if (!instruction.empty()) what += "  " + instruction;
  }
  say(r.place, what);
}

void View::mapping(const MappingRecord& r) {
  say(r.place,
      text("map      %016llx -> %010llx c%u%s", static_cast<ull>(r.page.bits()),
           static_cast<ull>(r.frame.bits()), r.cache_attribute, r.mapped ? "" : " unmapped"));
}

void View::tlb_write(const TlbWriteRecord& r) {
  say(r.place, text("%s    %u: ", r.is_random ? "tlbwr" : "tlbwi", r.index) + entry_text(r.entry) +
                   ", " + time_text(r.at));
}

void View::tlb_operation(const TlbOperationRecord& r) {
  std::string what =
      text("%-8s %llx", kOperations[static_cast<unsigned>(r.operation)], static_cast<ull>(r.value));
  if (r.operation == TlbOperation::kProbe)
    what += r.index ? text(" found %u", *r.index) : std::string{" found nothing"};
  say(r.place, what + ", " + time_text(r.at));
}

void View::exception(const ExceptionRecord& r) {
  std::string what = "exception " + exception_name(r.code) +
                     text(" at %016llx to %s", static_cast<ull>(r.pc.bits()),
                          kVectors[static_cast<unsigned>(r.vector)]);
  if (r.bad_vaddr) what += text(" bad %016llx", static_cast<ull>(r.bad_vaddr->bits()));
  if (r.in_delay_slot) what += " in delay slot";
  if (r.nested) what += " nested";
  say(r.place, what + ", " + time_text(r.at));
}

void View::eret(const EretRecord& r) {
  say(r.place, text("eret     to %s %016llx, ", kModes[static_cast<unsigned>(r.to)],
                    static_cast<ull>(r.target.bits())) +
                   time_text(r.at));
}

void View::dma(const DmaRecord& r) {
  if (!shows(r.instruction)) return;
  line_(text("%10llu device %u  dma %s %010llx, %llu bytes", static_cast<ull>(r.instruction),
             r.device, r.is_write ? "writes" : "reads", static_cast<ull>(r.pa.bits()),
             static_cast<ull>(r.size)));
}

void View::mark(const MarkRecord& r) {
  say(r.place,
      text("mark     %u at %016llx, ", r.id, static_cast<ull>(r.pc.bits())) + time_text(r.at));
}

void View::cache_operation(const CacheOperationRecord& r) {
  std::string what = text("cache    %u  %016llx", r.operation, static_cast<ull>(r.va.bits()));
  if (r.pa) what += text(" -> %010llx", static_cast<ull>(r.pa->bits()));
  say(r.place, what);
}

}  // namespace traces
