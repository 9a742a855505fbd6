#include "machine/board.hpp"

#include <string>
#include <utility>

#include "hardware/board/interrupts.hpp"
#include "machine/devices/power.hpp"
#include "machine/devices/rtc.hpp"

namespace machine {

namespace {

// SplitMix64's finaliser: neighbouring CPU numbers must not give related sequences.
std::uint32_t tlb_seed(std::uint64_t seed, std::uint32_t cpu) {
  std::uint64_t z = seed + 0x9e3779b97f4a7c15 * (std::uint64_t{cpu} + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
}

}  // namespace

MachineBoard::MachineBoard(const MachineConfig& config, std::vector<DiskMedium> media)
    : config_{config},
      topology_{config.nodes, config.cpus_per_node},
      fidelity_{config.fidelity},
      alias_{topology_} {
  for (std::uint32_t node = 0; node < config.nodes; ++node) {
    memory_.emplace_back(config.memory_per_node);
  }
  add_devices(config);
  add_disks(config, std::move(media));
  if (config.network) add_network(*config.network, numa::Clock{config.clock_hz});
  if (config.virtio_console) add_console();
  if (fidelity_ == cpu::Fidelity::kMemory) add_caches();
  add_cpus(config);
}

void MachineBoard::add_caches() { caches_ = std::make_unique<MachineCaches>(config_, *this); }

void MachineBoard::set_fidelity(cpu::Fidelity fidelity) {
  if (fidelity == fidelity_) return;
  fidelity_ = fidelity;
  if (fidelity == cpu::Fidelity::kMemory && caches_ == nullptr) add_caches();
  for (const auto& cpu : cpus_) cpu->set_fidelity(fidelity);
}

void MachineBoard::add_devices(const MachineConfig& config) {
  interfaces_ = &bus_.add(std::make_unique<numa::ProcessorInterfaces>(topology_, *this, *this));
  bus_.map(MachineAddr{hardware::kPiAt}, hardware::kPiBytes * topology_.cpus(), *interfaces_);
  auto& own = bus_.add(std::make_unique<numa::OwnPiWindow>(*interfaces_));
  for (std::uint32_t node = 0; node < config.nodes; ++node) {
    bus_.map(numa::machine_addr(NodeId{node}, hardware::kOwnPiAt), hardware::kPiBytes, own);
    add_node_devices(config, NodeId{node});
  }

  uart_ = &bus_.add(std::make_unique<Uart>(
      *this, numa::SourceLine{interfaces_, NodeId{0}, hardware::kUartSource}));
  bus_.map(MachineAddr{hardware::kUartAt}, hardware::kUartBytes, *uart_);
  bus_.map(MachineAddr{hardware::kPowerAt}, hardware::kPowerBytes,
           bus_.add(std::make_unique<Power>(*this)));
  bus_.map(MachineAddr{hardware::kDebugConsoleAt}, hardware::kDebugConsoleBytes,
           bus_.add(std::make_unique<DebugConsole>(*this)));
  bus_.map(MachineAddr{hardware::kRtcAt}, hardware::kRtcBytes,
           bus_.add(std::make_unique<Rtc>(topology_.cpus(), config.clock_hz)));
}

void MachineBoard::add_node_devices(const MachineConfig& config, NodeId node) {
  const numa::MagicController::Facts facts{topology_, node, config.memory_per_node, config.clock_hz,
                                           remote_distance(config)};
  controllers_.push_back(&bus_.add(std::make_unique<numa::MagicController>(
      facts, alias_, *this, numa::SourceLine{interfaces_, node, hardware::kHotPageSource})));
  page_totals_.emplace_back(topology_, node, config.memory_per_node, no_hot_pages_);
  bus_.map(numa::machine_addr(node, hardware::kControllerAt), hardware::kControllerBytes,
           *controllers_.back());
  if (index_of(node) == 0) return;  // its window already shows every CPU's interface
  const CpuId first = topology_.cpu_of(node, 0);
  bus_.map(numa::machine_addr(node, hardware::kPiAt + hardware::kPiBytes * index_of(first)),
           hardware::kPiBytes * topology_.cpus_per_node,
           bus_.add(std::make_unique<numa::PiWindow>(*interfaces_, first,
                                                     "magic_pi" + std::to_string(index_of(node)))));
}

void MachineBoard::add_disks(const MachineConfig& config, std::vector<DiskMedium> media) {
  CHECK(media.size() == config.disks.size() && config.virtio_slots() <= hardware::kVirtioSlots);
  for (std::uint32_t slot = 0; slot < media.size(); ++slot) {
    const std::string name = "disk" + std::to_string(slot);
    MmioTransport& registers = add_virtio(name);
    disks_.push_back(std::make_unique<BlockDevice>(registers, name, config.disks[slot].drive,
                                                   std::move(media[slot]),
                                                   numa::Clock{config.clock_hz}, events_));
    registers.connect(*disks_.back());
  }
}

void MachineBoard::add_network(const NetworkConfig& config, numa::Clock clock) {
  MmioTransport& registers = add_virtio("network");
  network_ = std::make_unique<NetDevice>(registers, MacAddress::of_machine(config.station),
                                         config.link, clock, events_);
  registers.connect(*network_);
}

void MachineBoard::add_console() {
  MmioTransport& registers = add_virtio("virtio_console");
  virtio_console_ = std::make_unique<ConsoleDevice>(registers, *this);
  registers.connect(*virtio_console_);
}

/// In the next free slot.
MmioTransport& MachineBoard::add_virtio(const std::string& name) {
  const std::uint32_t slot = virtio_slots_++;
  auto& registers = bus_.add(std::make_unique<MmioTransport>(
      name, numa::SourceLine{interfaces_, NodeId{0}, hardware::kVirtioSource + slot}, *this));
  bus_.map(MachineAddr{hardware::kVirtioAt + hardware::kVirtioBytes * slot}, hardware::kVirtioBytes,
           registers);
  return registers;
}

void MachineBoard::add_cpus(const MachineConfig& config) {
  for (std::uint32_t number = 0; number < topology_.cpus(); ++number) {
    cpu::CpuConfig cpu;
    cpu.id = CpuId{number};
    cpu.node = topology_.node_of(cpu.id);
    cpu.local_number = topology_.local_of(cpu.id);
    cpu.tlb = config.tlb;
    cpu.tlb.seed = tlb_seed(config.seed, number);
    cpu.fidelity = config.fidelity;
    cpu.timing = config.timing;
    const numa::MemorySystemConfig& memory = config.memory_system;
    cpu.caches = {memory.primary_instruction.bytes, memory.primary_data.bytes,
                  memory.secondary.bytes, memory.secondary.line};
    cpu.fp_unimplemented = config.fp_unimplemented;
    cpu.engine = config.engine;
    cpus_.push_back(std::make_unique<cpu::Cpu>(cpu, *this, watch_));
    // Parked: asleep with every interrupt masked, so that its clock keeps up with the others.
    cpus_.back()->doze();
  }
  parked_.assign(topology_.cpus(), 1);
}

void MachineBoard::start_cpu(CpuId id, VirtAddr pc, std::uint64_t a0, std::uint64_t a1,
                             std::uint64_t sp, std::uint64_t gp) {
  may_wake(id);
  parked_[index_of(id)] = 0;
  cpu(id).start(pc, a0, a1, sp, gp);
}

bool MachineBoard::read_memory(MachineAddr at, std::span<std::byte> out) const {
  const std::uint32_t node = index_of(numa::node_of(at));
  return node < memory_.size() && memory_[node].read(numa::offset_of(at), out);
}

bool MachineBoard::write_memory(MachineAddr at, std::span<const std::byte> in) {
  const std::uint32_t node = index_of(numa::node_of(at));
  if (node >= memory_.size() || !memory_[node].write(numa::offset_of(at), in)) return false;
  if (!in.empty()) watch_.stored(at, in.size(), nullptr);
  return true;
}

bool MachineBoard::load_rom(MachineAddr at, std::span<const std::byte> in) {
  if (at < MachineAddr{hardware::kRomAt} ||
      at + in.size() > MachineAddr{hardware::kRomAt + hardware::kRomBytes})
    return false;
  rom_.load(at.bits(), in);
  if (!in.empty()) watch_.stored(at, in.size(), nullptr);
  return true;
}

// ---- cpu::MemoryPort

std::optional<cpu::RamPage> MachineBoard::ram_page(CpuId cpu, PhysAddr pa) {
  const MachineAddr at = alias_.resolve(cpu, pa).aligned_down(kPageSize);
  const std::uint32_t node = index_of(numa::node_of(at));
  if (node >= memory_.size()) return std::nullopt;
  const std::uint64_t offset = numa::offset_of(at);
  if (std::byte* const host = memory_[node].host(offset)) return cpu::RamPage{at, host, true};
  if (node != 0) return std::nullopt;
  if (std::byte* const host = rom_.host(offset)) return cpu::RamPage{at, host, false};
  return std::nullopt;
}

Result<std::uint64_t, cpu::BusError> MachineBoard::read_device(CpuId id, PhysAddr pa,
                                                               unsigned size) {
  accessing_ = id;
  const auto value = bus_.read({id, cpu(id).now()}, alias_.resolve(id, pa), size);
  if (!value) return Failure{cpu::BusError{}};
  return *value;
}

Result<Nothing, cpu::BusError> MachineBoard::write_device(CpuId id, PhysAddr pa, unsigned size,
                                                          std::uint64_t value) {
  accessing_ = id;
  const auto done = bus_.write({id, cpu(id).now()}, alias_.resolve(id, pa), size, value);
  if (!done) return Failure{cpu::BusError{}};
  return Nothing{};
}

// ---- numa's ports

void MachineBoard::set_line(CpuId id, unsigned ip, bool level) {
  may_wake(id);
  cpu(id).set_interrupt_line(ip, level);
}

void MachineBoard::launch(CpuId id, const numa::LaunchAddress& to) {
  if (is_parked(id)) start_cpu(id, to.pc, 0, 0, to.sp.bits(), to.gp.bits());
}

void MachineBoard::doze(CpuId id) { cpu(id).doze(); }

void MachineBoard::nmi(CpuId id) {
  if (is_parked(id)) return;
  may_wake(id);
  cpu(id).nmi();
}

void MachineBoard::soft_reset(CpuId id) {
  if (is_parked(id)) return;
  may_wake(id);
  cpu(id).soft_reset();
}

void MachineBoard::alias_changed(CpuId id) { cpu(id).forget_host_pointers(); }

void MachineBoard::switch_power(PowerState to) {
  if (power_ != PowerState::kOn) return;
  power_ = to;
  cpu(accessing_).request_stop();
}

// All devices are node 0's. They do not wait for memory: what a transfer takes is in their own
// times.
void MachineBoard::dma_done(numa::MemorySystem::Direction direction, MachineAddr at,
                            std::size_t bytes) {
  if (bytes == 0) return;
  // One store can set off much of it: the host looks in before the next instruction.
  host_work_ += bytes;
  if (has_much_host_work()) cpu(accessing_).request_stop();
  if (dma_observer_ != nullptr) {
    dma_observer_->on_dma({at, bytes, direction == numa::MemorySystem::Direction::kWrite});
  }
  if (fidelity_ != cpu::Fidelity::kMemory) return;
  caches_->system().dma(NodeId{0}, direction, at, bytes, cpu(accessing_).now());
}

bool MachineBoard::dma_read(MachineAddr at, std::span<std::byte> out) {
  if (!read_memory(at, out)) return false;
  dma_done(numa::MemorySystem::Direction::kRead, at, out.size());
  return true;
}
bool MachineBoard::dma_write(MachineAddr at, std::span<const std::byte> in) {
  if (!write_memory(at, in)) return false;
  dma_done(numa::MemorySystem::Direction::kWrite, at, in.size());
  return true;
}

// ---- numa::MemorySystemListener

void MachineBoard::line_lost(CpuId id, MachineAddr line, numa::coherence::Loss loss) {
  if (loss == numa::coherence::Loss::kPrimaryOnly) return;
  cpu(id).line_lost(line, config_.memory_system.secondary.line);
}

void MachineBoard::home_request(const numa::HomeRequest& request) {
  controllers_[index_of(request.home)]->page_counters().count(request);
  page_totals_[index_of(request.home)].count(request);
}

void MachineBoard::power_off(std::uint64_t exit_code) {
  // The drives get the time to write what they have acknowledged.
  if (power_ == PowerState::kOn) {
    for (const auto& disk : disks_) disk->drive().settle();
  }
  if (power_ == PowerState::kOn) exit_code_ = exit_code;
  switch_power(PowerState::kOff);
}

void MachineBoard::reset() { switch_power(PowerState::kResetRequested); }

void MachineBoard::uart_byte(std::uint8_t byte) {
  if (console_) console_(ConsoleChannel::kUart, static_cast<char>(byte));
}

void MachineBoard::debug_byte(std::uint8_t byte) {
  ++debug_bytes_;
  if (console_) console_(ConsoleChannel::kDebug, static_cast<char>(byte));
}

void MachineBoard::virtio_byte(std::uint8_t byte) {
  if (console_) console_(ConsoleChannel::kVirtio, static_cast<char>(byte));
}

void MachineBoard::type(std::uint8_t byte) {
  if (virtio_console_ != nullptr) {
    virtio_console_->receive(byte);
  } else {
    uart_->receive(byte);
  }
}

void MachineBoard::hang_up() {
  if (virtio_console_ == nullptr) uart_->hang_up();
}

bool MachineBoard::takes_input() const {
  return virtio_console_ != nullptr ? virtio_console_->takes_interrupts()
                                    : uart_->takes_interrupts();
}

// ---- what can be seen of it

void MachineBoard::lose_power(std::uint64_t seed) {
  for (const auto& disk : disks_) disk->drive().lose_power(seed++);
}

std::optional<Error> MachineBoard::disk_failure() const {
  for (const auto& disk : disks_) {
    if (const auto& failure = disk->drive().medium().failure()) return failure;
  }
  return std::nullopt;
}

void MachineBoard::disk_counters(CounterSink& sink) const {
  using S = DiskStatistics;
  static constexpr struct {
    CounterInfo info;
    std::uint64_t S::*value;
  } kRows[] = {
      {{"disk.reads", "count", "Read requests that the disks completed."}, &S::reads},
      {{"disk.writes", "count", "Write requests that the disks completed."}, &S::writes},
      {{"disk.flushes", "count", "Flush requests that the disks completed."}, &S::flushes},
      {{"disk.sectors_read", "count", "Sectors of 512 bytes in them."}, &S::sectors_read},
      {{"disk.sectors_written", "count", "Sectors of 512 bytes in them."}, &S::sectors_written},
      {{"disk.cache_answers", "count", "Requests that did not wait for the medium."},
       &S::cache_answers},
      {{"disk.destages", "count", "Runs of sectors written from the write caches to the media."},
       &S::destages},
      {{"disk.sectors_destaged", "count", "Sectors of 512 bytes in them."}, &S::sectors_destaged},
      {{"disk.positioning", "ns", "Time that the arms moved or heads switched."}, &S::positioning},
      {{"disk.rotation", "ns", "Time waiting for the first sector."}, &S::rotation},
      {{"disk.transfer", "ns", "Time sectors passed under the heads."}, &S::transfer},
  };
  if (disks_.empty()) return;
  for (const auto& row : kRows) {
    std::uint64_t sum = 0;
    for (const auto& disk : disks_) sum += disk->drive().statistics().*row.value;
    sink.counter(row.info, sum);
  }
}

void MachineBoard::network_counters(CounterSink& sink) const {
  using S = NetStatistics;
  static constexpr struct {
    CounterInfo info;
    std::uint64_t S::*value;
  } kRows[] = {
      {{"net.frames_sent", "count", "Ethernet frames put on the line."}, &S::frames_sent},
      {{"net.bytes_sent", "bytes", "Bytes in them, from the destination address on."},
       &S::bytes_sent},
      {{"net.frames_received", "count", "Ethernet frames handed to the driver."},
       &S::frames_received},
      {{"net.bytes_received", "bytes", "Bytes in them."}, &S::bytes_received},
      {{"net.dropped", "count",
        "Frames that found no driver, no buffer in time or no buffer that holds them, and what the "
        "driver sent that is no frame."},
       &S::dropped},
  };
  if (network_ == nullptr) return;
  for (const auto& row : kRows) sink.counter(row.info, network_->statistics().*row.value);
}

void MachineBoard::console_counters(CounterSink& sink) const {
  if (virtio_console_ == nullptr) return;
  sink.counter({"virtio_console.sent", "bytes", "Bytes that the virtio console printed."},
               virtio_console_->bytes_sent());
  sink.counter({"virtio_console.received", "bytes", "Typed bytes that its driver took."},
               virtio_console_->bytes_received());
}

void MachineBoard::counters(CounterSink& sink) const {
  disk_counters(sink);
  network_counters(sink);
  console_counters(sink);
  sink.counter({"uart.sent", "bytes", "Bytes that the serial port transmitted."},
               uart_->bytes_sent());
  sink.counter({"uart.received", "bytes", "Bytes that the serial port's receiver took in."},
               uart_->bytes_received());
  sink.counter({"debug_console.bytes", "bytes", "Bytes stored to the debug console."},
               debug_bytes_);
  sink.counter({"events.delivered", "count", "Events that the event queue delivered."},
               events_.delivered());
}

// Of a damaged snapshot these may be anything: contradiction() says so, and CPUs get what they can
// run with.
void MachineBoard::restore_fidelity(bool has_caches) {
  const bool can_have_caches = numa::check_config(memory_system_of(config_)).has_value();
  if (!has_caches) caches_.reset();
  if (has_caches && can_have_caches && caches_ == nullptr) add_caches();
  const bool is_possible = fidelity_ < cpu::Fidelity::kMemory ||
                           (fidelity_ == cpu::Fidelity::kMemory && caches_ != nullptr);
  for (const auto& cpu : cpus_)
    cpu->set_fidelity(is_possible ? fidelity_ : cpu::Fidelity::kFunctional);
}

const char* MachineBoard::contradiction() {
  if (fidelity_ > cpu::Fidelity::kMemory) return "a fidelity that does not exist";
  if (fidelity_ == cpu::Fidelity::kMemory && caches_ == nullptr)
    return "fidelity memory without caches";
  return caches_ != nullptr ? caches_->system().contradiction() : nullptr;
}

void MachineBoard::visit(StateVisitor& v) {
  const StateSection section{v, "board"};
  v.field("power", power_);
  v.word("exit_code", exit_code_);
  v.word("debug_bytes", debug_bytes_);
  for (std::uint8_t& parked : parked_) v.field("parked", parked);
  v.field("fidelity", fidelity_);
  bool has_caches = caches_ != nullptr;
  v.field("has_caches", has_caches);
  if (v.is_restoring()) restore_fidelity(has_caches);
  if (caches_ != nullptr) caches_->system().visit(v);
  alias_.visit(v);
  events_.visit(v);
  for (numa::NodeMemory& memory : memory_) {
    const StateSection node{v, "node"};
    memory.visit(v);
  }
  rom_.visit(v);
  bus_.visit(v);
  // After memory and devices: a restored CPU drops everything that it derived from them.
  for (const auto& cpu : cpus_) {
    const StateSection one{v, "cpu"};
    cpu->visit(v);
  }
}

}  // namespace machine
