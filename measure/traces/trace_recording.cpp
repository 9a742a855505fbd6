#include "measure/traces/trace_recording.hpp"

#include "measure/traces/replay.hpp"

namespace measure {

namespace {

constexpr unsigned kEntryHi = 10, kStatus = 12, kEpc = 14;  // CP0

/// Status.EXL, ERL and KSU (R10000 UM table 16-1).
Mode mode_of(std::uint64_t status) {
  if ((status & 6) != 0) return Mode::kKernel;
  switch (status >> 3 & 3) {
    case 0: return Mode::kKernel;
    case 1: return Mode::kSupervisor;
    default: return Mode::kUser;
  }
}

}  // namespace

Result<std::unique_ptr<TraceRecording>, Error> TraceRecording::start(machine::Machine& machine,
                                                                     const std::string& path,
                                                                     const TraceSetup& setup) {
  const machine::MachineConfig& config = machine.config();
  traces::TraceHeader header;
  header.producer = setup.producer;
  header.cpus = machine.cpu_count();
  header.nodes = config.nodes;
  header.clock_hz = config.clock_hz;
  header.tlb_entries = config.tlb.entries;
  header.random_is_lfsr = config.tlb.random == mmu::RandomKind::kLfsr;
  header.others = setup.others;
  auto writer = traces::Writer::create(path, header, setup.writer);
  if (!writer) return Failure{writer.error()};
  std::unique_ptr<TraceRecording> recording{new TraceRecording{machine}};
  recording->writer_ = std::move(*writer);
  const machine::Digest digest = machine.digest();
  recording->recorder_ = std::make_unique<traces::Recorder>(
      *recording->writer_, *recording, header.cpus, traces::StateDigest{digest.high, digest.low});
  if (setup.mark_number) recording->recorder_->number_marks_by(setup.mark_number);
  if (setup.monitor != nullptr) recording->follow_vcpus(*setup.monitor);
  for (std::uint32_t i = 0; i < header.cpus; ++i) {
    machine.cpu(CpuId{i}).add_observer(*recording->recorder_);
    machine.cpu(CpuId{i}).observation().set_references(true);
  }
  machine.set_dma_observer(recording->recorder_.get());
  return recording;
}

// A monitor without a directory runs VCPU 0 of VM 0, whatever it does.
void TraceRecording::follow_vcpus(const MonitorView& monitor) {
  if (!monitor.directory()) return recorder_->set_vcpu(CpuId{0}, 0, 0);
  const auto look = [this, directory = *monitor.directory()](CpuId cpu) {
    const auto who = directory.running(machine_, cpu);
    recorder_->set_vcpu(cpu, who ? who->vm : -1, who ? who->vcpu : -1);
  };
  recorder_->follow_vcpus(kVcpuMark, look);
  for (std::uint32_t i = 0; i < machine_.cpu_count(); ++i) {
    for (const MonitorView::Mark& mark : monitor.marks()) {
      if (monitor.attention_at(mark.number) == MonitorView::Attention::kNone) continue;
      machine_.cpu(CpuId{i}).observation().add_mark(mark.at, kVcpuMark);
    }
    look(CpuId{i});
  }
}

TraceRecording::~TraceRecording() {
  machine_.set_dma_observer(nullptr);
  for (std::uint32_t i = 0; i < machine_.cpu_count(); ++i) {
    machine_.cpu(CpuId{i}).observation().set_references(false);
    machine_.cpu(CpuId{i}).remove_observer(*recorder_);
  }
}

Result<Nothing, Error> TraceRecording::finish() { return writer_->close(recorder_->totals()); }

traces::TlbState TraceRecording::tlb(CpuId cpu) { return state_of(machine_.cpu(cpu).tlb()); }

traces::StateRecord TraceRecording::context(CpuId id) {
  cpu::Cpu& cpu = machine_.cpu(id);
  const auto cp0 = [&](unsigned number) {
    return cpu.debug().read_register(cpu::RegisterClass::kCp0, number);
  };
  traces::StateRecord state;
  state.place.mode = mode_of(cp0(kStatus));
  state.place.asid = Asid{static_cast<std::uint8_t>(cp0(kEntryHi))};
  state.at = {.cycle = cpu.now().count(), .retired = cpu.retired()};
  state.next = VirtAddr{cpu.debug().read_register(cpu::RegisterClass::kPc, 0)};
  state.epc = VirtAddr{cp0(kEpc)};
  return state;
}

}  // namespace measure
