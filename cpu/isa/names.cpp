#include "cpu/isa/names.hpp"

#include "common/check.hpp"

namespace cpu {
namespace {

constexpr std::string_view kGprNames[32] = {
    "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3", "a4", "a5", "a6",
    "a7",   "t0", "t1", "t2", "t3", "s0", "s1", "s2", "s3", "s4", "s5",
    "s6",   "s7", "t8", "t9", "k0", "k1", "gp", "sp", "fp", "ra",
};

/// R10000 UM 14, in order of number.
constexpr std::string_view kCp0Names[32] = {
    "Index",    "Random",    "EntryLo0", "EntryLo1", "Context",  "PageMask",  "Wired",    "",
    "BadVAddr", "Count",     "EntryHi",  "Compare",  "Status",   "Cause",     "EPC",      "PRId",
    "Config",   "LLAddr",    "WatchLo",  "WatchHi",  "XContext", "FrameMask", "BrDiag",   "",
    "",         "PerfCount", "ECC",      "CacheErr", "TagLo",    "TagHi",     "ErrorEPC", "",
};

}  // namespace

std::string_view gpr_name(unsigned number) {
  CHECK(number < 32);
  return kGprNames[number];
}

std::string_view cp0_name(unsigned number) {
  CHECK(number < 32);
  return kCp0Names[number];
}

}  // namespace cpu
