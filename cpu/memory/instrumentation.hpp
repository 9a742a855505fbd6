// What instrumented code does around every instruction: it tells observers that asked, and counts
// events of the performance counters.
#pragma once

#include <cstdint>

#include "cpu/core/core.hpp"
#include "cpu/memory/fetch_path.hpp"

namespace cpu {

class Instrumentation {
 public:
  Instrumentation(Core& core, FetchPath& fetch) : core_{core}, fetch_{fetch} {}

  void begin(const InstructionSite& site);
  /// `mode` is the one in which it began. Not for an instruction that faulted or was put off.
  void complete(const InstructionSite& site, Mode mode);

 private:
  Core& core_;
  FetchPath& fetch_;
  std::uint64_t began_ = 0;  // cycle at which the instruction under way began, its fetch included
};

}  // namespace cpu
