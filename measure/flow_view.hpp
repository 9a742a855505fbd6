// A captured episode told as people read it: visits of one party (user, kernel, monitor), each with
// what brought the processor there, what was done in which part, and where it went on; and below
// that every instruction as symbol, disassembly and cycles.
#pragma once

#include <string>
#include <vector>

#include "common/json.hpp"
#include "machine/loaders/load_symbols.hpp"
#include "measure/episodes/episodes.hpp"
#include "measure/monitor_view.hpp"

namespace measure {
using namespace common;

/// The names that addresses have, by who executes them. Null: no names.
struct FlowNames {
  bool virtualised = false;
  const machine::SymbolTable* user = nullptr;
  const machine::SymbolTable* kernel = nullptr;   // of the guest
  const machine::SymbolTable* monitor = nullptr;  // only under one
  const MonitorView* view = nullptr;
};

/// {"class", "cycles", "reflected", "number", "visits": [{"who", "cause", "at", "text",
/// "instructions", "cycles", "to", "parts": [{"what", "operation", "symbol", "instructions",
/// "cycles", "steps": [{"pc", "symbol", "text", "cycles"}]}]}]}. The cycles of all visits add up to
/// the episode's.
Json flow_json(const Flow& flow, const FlowNames& names);

/// "disco::GuestTlb::find(...)" -> "disco::GuestTlb::find"; other names as they are.
std::string readable_symbol(const std::string& symbol);

}  // namespace measure
