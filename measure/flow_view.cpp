#include "measure/flow_view.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cpu/isa/disassemble.hpp"
#include "hardware/r10000/exceptions.hpp"
#include "measure/tally.hpp"

namespace measure {
namespace {

std::string_view meaning_of(const FlowStep& step) {
  const auto vector = static_cast<Vector>(step.id);
  using enum hardware::ExceptionCode;
  switch (static_cast<hardware::ExceptionCode>(step.code)) {
    case kInt: return "interrupt";
    case kMod: return "TLB modified";
    case kTlbL:
    case kTlbS:
      return vector == Vector::kTlbRefill || vector == Vector::kXtlbRefill ? "TLB refill miss"
                                                                           : "TLB invalid";
    case kAdEL:
    case kAdES: return "address error";
    case kSys: return "system call";
    case kCpU: return "privileged instruction";
    default: return "exception";
  }
}

// Kernels that write their handlers when they boot have no symbols for them. (R10000 User's Manual,
// table of exception vectors, BEV = 0.)
std::string vector_at(std::uint64_t pc) {
  struct Handler {
    std::uint64_t at;
    const char* name;
  };
  namespace offset = hardware::vector_offset;
  constexpr std::uint64_t kBase = hardware::kVectorBase;
  constexpr Handler kHandlers[] = {{kBase + offset::kGeneral, "general vector"},
                                   {kBase + offset::kCacheError, "cache error vector"},
                                   {kBase + offset::kXtlbRefill, "XTLB refill vector"},
                                   {kBase + offset::kTlbRefill, "TLB refill vector"}};
  if (pc >= kBase + offset::kEnd) return "";
  for (const Handler& handler : kHandlers) {
    if (pc == handler.at) return handler.name;
    if (pc > handler.at) return fmt::format("{}+{:#x}", handler.name, pc - handler.at);
  }
  return "";
}

class Teller {
 public:
  Teller(const Flow& flow, const FlowNames& names) : flow_{flow}, names_{names} {}

  Json tell() {
    for (const FlowStep& step : flow_.steps) take(step);
    finish_visit();
    return {{"class", info_of(flow_.which).name},
            {"cycles", flow_.cycles},
            {"began", flow_.began},
            {"number", flow_.number},
            {"reflected", flow_.reflected},
            {"visits", visits_}};
  }

 private:
  Who who_of(Mode mode) const {
    if (mode == Mode::kUser) return Who::kUser;
    if (mode == Mode::kIdle) return Who::kIdle;
    return mode == Mode::kKernel && names_.virtualised ? Who::kMonitor : Who::kKernel;
  }

  std::string symbol_at(Who who, VirtAddr pc) const {
    const machine::SymbolTable* table = who == Who::kUser     ? names_.user
                                        : who == Who::kKernel ? names_.kernel
                                                              : names_.monitor;
    if (table == nullptr) return "";
    const auto name = table->name_of(pc);
    if (!name) return who == Who::kUser ? "" : vector_at(pc.bits());
    const std::string text = readable_symbol(std::string{name->name});
    return name->offset == 0 ? text : fmt::format("{}+{:#x}", text, name->offset);
  }

  // --- parts and visits
  // ---------------------------------------------------------------------------

  void finish_part() {
    if (!part_steps_.empty()) {
      parts_.push_back({{"what", what_},
                        {"operation", operation_},
                        {"symbol", part_symbol_},
                        {"instructions", part_instructions_},
                        {"cycles", part_cycles_},
                        {"steps", part_steps_}});
    }
    part_steps_ = Json::array();
    part_cycles_ = part_instructions_ = 0;
    part_symbol_.clear();
  }
  void finish_visit() {
    finish_part();
    if (!parts_.empty()) {
      Json visit = std::move(visit_);
      visit["who"] = name_of(who_);
      visit["operation"] = operation_;
      visit["instructions"] = visit_instructions_;
      visit["cycles"] = visit_cycles_;
      visit["parts"] = std::move(parts_);
      visits_.push_back(std::move(visit));
    }
    visit_ = Json::object();
    parts_ = Json::array();
    visit_cycles_ = visit_instructions_ = 0;
  }
  void begin_part(const std::string& what) {
    if (what == what_) return;
    finish_part();
    what_ = what;
  }
  void begin_visit(Who who, const std::string& what) {
    finish_visit();
    who_ = who;
    what_ = what;
    operation_.clear();
  }
  void add(Json step, std::uint64_t cycles) {
    step["cycles"] = cycles;
    part_steps_.push_back(std::move(step));
    part_cycles_ += cycles;
    visit_cycles_ += cycles;
  }

  // --- steps
  // --------------------------------------------------------------------------------------

  void take(const FlowStep& step) {
    switch (step.kind) {
      case FlowStep::Kind::kException: return exception(step);
      case FlowStep::Kind::kEret: return eret(step);
      case FlowStep::Kind::kMark: return mark(step);
      case FlowStep::Kind::kTlbWrite: return tlb_write(step);
      case FlowStep::Kind::kInstruction: return instruction(step);
    }
  }

  void exception(const FlowStep& step) {
    const Who from = who_of(step.mode);
    begin_visit(who_of(Mode::kKernel), "exception entry");
    std::string cause =
        fmt::format("{}: {} ({})", name_of(from), meaning_of(step), exception_name(step.code));
    if (hardware::has_bad_vaddr(step.code)) cause += fmt::format(" for {:#x}", step.value);
    visit_["cause"] = cause;
    visit_["at"] = symbol_at(from, step.pc);
    visit_["text"] = step.word == 0 ? "" : disassembler_.text(step.word, step.pc);
    Json line = {{"event", "exception"},
                 {"pc", fmt::format("{:#x}", step.pc.bits())},
                 {"symbol", visit_["at"]},
                 {"text", cause}};
    add(std::move(line), step.cycles);
  }

  void eret(const FlowStep& step) {
    next_who_ = who_of(step.mode);
    visit_["to"] = fmt::format("{} {}", name_of(next_who_), symbol_at(next_who_, step.pc));
    returning_ = true;
  }

  void mark(const FlowStep& step) {
    if (names_.view == nullptr) return;
    const TrackerSetup::Meaning& meaning = names_.view->meanings()[step.id];
    if (meaning.operation != 0) {
      operation_ = names_.view->mark_name(step.id);
      if (operation_.starts_with("op_")) operation_.erase(0, 3);
    } else {
      begin_part(MonitorView::bucket_names()[meaning.bucket]);
    }
  }

  void tlb_write(const FlowStep& step) {
    add({{"event", "tlb"},
         {"pc", ""},
         {"symbol", ""},
         {"text",
          fmt::format("TLB[{}] = {:#x}{}", step.id, step.value, step.code != 0 ? ", random" : "")}},
        0);
  }

  // The event of an ERET comes before its instruction's: the visit changes only after that.
  void instruction(const FlowStep& step) {
    const Who who = returning_ ? who_ : who_of(step.mode);
    if (who != who_) begin_visit(who, std::string{name_of(who)});
    // A kernel's own handler has no marks: everything behind the entry is simply its code.
    if (what_ == "exception entry" && who != Who::kMonitor) begin_part("handler");
    if (part_symbol_.empty()) part_symbol_ = symbol_at(who, step.pc);
    ++part_instructions_;
    ++visit_instructions_;
    add({{"pc", fmt::format("{:#x}", step.pc.bits())},
         {"symbol", symbol_at(who, step.pc)},
         {"text", disassembler_.text(step.word, step.pc)}},
        step.cycles);
    if (!returning_) return;
    returning_ = false;
    begin_visit(next_who_, std::string{name_of(next_who_)});
  }

  const Flow& flow_;
  const FlowNames& names_;
  cpu::Disassembler disassembler_;
  Json visits_ = Json::array(), parts_ = Json::array(), part_steps_ = Json::array();
  Json visit_ = Json::object();
  Who who_ = Who::kUser, next_who_ = Who::kUser;
  std::string what_, operation_, part_symbol_;
  std::uint64_t part_cycles_ = 0, part_instructions_ = 0, visit_cycles_ = 0,
                visit_instructions_ = 0;
  bool returning_ = false;
};

}  // namespace

std::string readable_symbol(const std::string& symbol) {
  if (!symbol.starts_with("_Z")) return symbol;
  // What the optimiser appended (.constprop.0, .part.1) is no part of the name.
  const std::string plain = symbol.substr(0, symbol.find('.'));
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text{
      abi::__cxa_demangle(plain.c_str(), nullptr, nullptr, &status), &std::free};
  if (status != 0 || text == nullptr) return symbol;
  std::string name{text.get()};
  const std::size_t anonymous = name.find("(anonymous namespace)::");
  if (anonymous != std::string::npos) name.erase(anonymous, 23);
  return name.substr(0, name.find('('));
}

Json flow_json(const Flow& flow, const FlowNames& names) { return Teller{flow, names}.tell(); }

}  // namespace measure
