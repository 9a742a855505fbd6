// The translator of hosts that have none.
#include "cpu/jit/runner.hpp"

namespace cpu::jit {

std::unique_ptr<Runner> make_runner(Processor&, CodeCache&) { return nullptr; }

}  // namespace cpu::jit
