// The translator as the rest of the processor sees it.
#pragma once

#include <memory>

#include "cpu/engine_counts.hpp"
#include "cpu/interpreter/interpreter.hpp"
#include "cpu/memory/processor.hpp"

namespace cpu::jit {

class Runner : public BlockRunner {
 public:
  virtual const EngineCounts& counts() const = 0;
};

/// A translator for what `code` decodes on the processor; both outlive it. nullptr: this host has
/// none, or does not let programs make code.
std::unique_ptr<Runner> make_runner(Processor& processor, CodeCache& code);

}  // namespace cpu::jit
