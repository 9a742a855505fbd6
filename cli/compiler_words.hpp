// A compiler's command line as people type it: which words are sources, which belong to compiling,
// which to linking.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace cli {
using namespace common;

enum class InputKind : std::uint8_t {
  kSource,  // to be compiled
  kFile,    // an object or an archive
  kWord     // a word for the linker alone, in its place among the others
};

struct CompilerInput {
  InputKind kind = InputKind::kSource;
  std::string text, language;  // what -x said
  bool is_cxx = false, is_assembly = false;
};

/// What shall be made.
enum class Stop : std::uint8_t { kProgram, kObject, kAssembly, kPreprocessed };

struct CompilerWords {
  std::vector<CompilerInput> inputs;
  std::vector<std::string> flags;  // of compiling
  std::string output;
  Stop stop = Stop::kProgram;
};

/// kUsage error for what cannot be had here, such as a shared library.
Result<CompilerWords, Error> read_compiler_words(const std::vector<std::string>& words);

}  // namespace cli
