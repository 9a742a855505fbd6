#include "cpu/cpu.hpp"

#include "cpu/debugger.hpp"
#include "cpu/interpreter/interpreter.hpp"

namespace cpu {

class Cpu::Impl {
 public:
  Impl(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch)
      : engine{config, memory, watch}, debugger{engine} {}

  Engine engine;
  Debugger debugger;
};

Cpu::Cpu(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch)
    : impl_{std::make_unique<Impl>(config, memory, watch)} {}
Cpu::~Cpu() = default;

void Cpu::reset() { impl_->engine.reset(); }
void Cpu::start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp, std::uint64_t gp) {
  impl_->engine.start(pc, a0, a1, sp, gp);
}
Stop Cpu::run(Cycles until) { return impl_->engine.run(until); }
Cycles Cpu::now() const { return impl_->engine.now(); }
Cycles Cpu::next_timer() const { return impl_->engine.next_timer(); }
std::uint64_t Cpu::retired() const { return impl_->engine.retired(); }
void Cpu::set_interrupt_line(unsigned ip, bool level) { impl_->engine.set_interrupt_line(ip, level); }
void Cpu::nmi() { impl_->engine.nmi(); }
void Cpu::soft_reset() { impl_->engine.soft_reset(); }
bool Cpu::is_reset_pending() const { return impl_->engine.is_reset_pending(); }
void Cpu::doze() { impl_->engine.doze(); }
bool Cpu::is_dozing() const { return impl_->engine.is_dozing(); }
void Cpu::request_stop() { impl_->engine.request_stop(); }
void Cpu::limit_run(Cycles until) { impl_->engine.limit_run(until); }
void Cpu::set_instruction_limit(std::uint64_t retired) { impl_->engine.set_instruction_limit(retired); }
void Cpu::set_fidelity(Fidelity fidelity) { impl_->engine.set_fidelity(fidelity); }
void Cpu::line_lost(MachineAddr at, std::uint64_t size) { impl_->engine.break_link(at, size); }
void Cpu::forget_host_pointers() { impl_->engine.forget_host_pointers(); }
void Cpu::visit(StateVisitor& v) { impl_->engine.visit(v); }
const CpuConfig& Cpu::config() const { return impl_->engine.config(); }
const mmu::Tlb& Cpu::tlb() const { return impl_->engine.tlb(); }
const CpuCounters& Cpu::counters() const { return impl_->engine.counters(); }
void Cpu::set_observer(Observer* observer) { impl_->engine.set_observer(observer); }
ObservationControl& Cpu::observation() { return impl_->engine; }
DebugPort& Cpu::debug() { return impl_->debugger; }

}  // namespace cpu
