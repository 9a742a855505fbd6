// What is wrong with an experiment file: all of it at once, each with file, line, the source line
// and a caret, as a compiler would say it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace config {
using namespace common;

/// A place in a source text. Lines and columns count from 1; line 0 means that the place is
/// unknown.
struct SourcePlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0;
};

struct Diagnostic {
  std::string where;  // file or option: "tlb-cost.lua", "--set machine.clock=400"
  SourcePlace place;
  std::string path;  // "machine.cpu.tlb.entries"; empty where no key is concerned
  std::string what;  // one clause
};

/// The reasons why there is no experiment. Never empty.
struct Diagnostics {
  ErrorCode code = ErrorCode::kConfig;
  std::vector<Diagnostic> all;
};

/// Well-formed UTF-8 without control characters other than tab and newline? Everything that an
/// experiment says goes into JSON.
bool is_printable(std::string_view text);

/// "tlb-cost.lua:14:13: error: machine.cpu.tlb.entires: unknown key ..." and, where the place is
/// known, the line of `source` with a caret below. No final newline.
std::string render(const Diagnostic& diagnostic, const std::string& source);

}  // namespace config
