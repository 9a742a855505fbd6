// Which engine the tests of this run are about: the environment says. All of them hold for each.
#pragma once

#include <cstdlib>
#include <string_view>

#include "cpu/cpu_config.hpp"

namespace cpu::test {

/// `config` with the engine that DISCO_TEST_ENGINE names ("jit"), otherwise with its own. Blocks
/// are translated the first time that they are executed.
inline CpuConfig on_tested_engine(CpuConfig config) {
  const char* const name = std::getenv("DISCO_TEST_ENGINE");
  if (name == nullptr || std::string_view{name} != "jit") return config;
  config.engine = EngineKind::kJit;
  config.translate_after = 1;
  return config;
}

}  // namespace cpu::test
