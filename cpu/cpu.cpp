// The processor as the machine sees it, joined from its parts.
#include "cpu/cpu.hpp"

#include <memory>

#include "cpu/debugger.hpp"
#include "cpu/interpreter/interpreter.hpp"
#include "cpu/jit/runner.hpp"

namespace cpu {

class Cpu::Impl {
 public:
  Impl(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch)
      : processor{config, memory, watch, code},
        interpreter{processor, code},
        debugger{processor, memory, watch, interpreter} {
    if (config.engine != EngineKind::kJit) return;
    runner = jit::make_runner(processor, code);
    if (runner != nullptr) interpreter.ask_first(*runner);
  }

  CodeCache code;
  Processor processor;
  Interpreter interpreter;
  std::unique_ptr<jit::Runner> runner;  // nullptr: the interpreter executes alone
  Debugger debugger;
  Core& core = processor.core;
};

Cpu::Cpu(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch)
    : impl_{std::make_unique<Impl>(config, memory, watch)} {}
Cpu::~Cpu() = default;

void Cpu::reset() { impl_->core.reset(); }
void Cpu::start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp,
                std::uint64_t gp) {
  impl_->core.start(pc, a0, a1, sp, gp);
}
Stop Cpu::run(Cycles until) { return impl_->interpreter.run(until); }
Cycles Cpu::now() const { return impl_->core.now(); }
Cycles Cpu::next_timer() const { return Cycles{impl_->core.next_deadline()}; }
std::uint64_t Cpu::retired() const { return impl_->core.retired(); }

void Cpu::set_interrupt_line(unsigned ip, bool level) {
  impl_->core.signals.set_line(ip, level);
  impl_->core.state.demand_attention();
}
void Cpu::nmi() {
  impl_->core.signals.request_nmi();
  impl_->core.state.demand_attention();
}
void Cpu::soft_reset() {
  impl_->core.signals.request_soft_reset();
  impl_->core.state.demand_attention();
}
bool Cpu::is_reset_pending() const { return impl_->core.signals.is_reset_pending(); }
void Cpu::doze() {
  impl_->core.signals.request_doze();
  impl_->core.state.demand_attention();
}
bool Cpu::is_dozing() const { return impl_->core.signals.is_dozing(); }
void Cpu::request_stop() {
  impl_->core.signals.request_stop();
  impl_->core.state.demand_attention();
}

void Cpu::limit_run(Cycles until) { impl_->interpreter.limit_run(until); }
void Cpu::set_instruction_limit(std::uint64_t retired) {
  impl_->interpreter.set_instruction_limit(retired);
}
void Cpu::set_fidelity(Fidelity fidelity) { impl_->processor.set_fidelity(fidelity); }
void Cpu::line_lost(MachineAddr at, std::uint64_t size) { impl_->processor.break_link(at, size); }
void Cpu::forget_host_pointers() { impl_->processor.forget_host_pointers(); }
void Cpu::visit(StateVisitor& v) { impl_->processor.visit(v); }
const CpuConfig& Cpu::config() const { return impl_->core.config; }
const mmu::Tlb& Cpu::tlb() const { return impl_->core.tlb; }
const CpuCounters& Cpu::counters() const { return impl_->core.counters(); }
void Cpu::add_observer(Observer& observer) {
  impl_->processor.observer_control.add_observer(observer);
}
void Cpu::remove_observer(Observer& observer) {
  impl_->processor.observer_control.remove_observer(observer);
}
EngineCounts Cpu::engine_counts() const {
  return impl_->runner != nullptr ? impl_->runner->counts() : EngineCounts{};
}
ObservationControl& Cpu::observation() { return impl_->processor.observer_control; }
DebugPort& Cpu::debug() { return impl_->debugger; }

}  // namespace cpu
