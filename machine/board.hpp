// What is soldered together in a machine: memory, bus and devices, event queue, CPUs, and the wires
// between them. Time and who runs when are not its business (machine_rounds.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/counters.hpp"
#include "common/observer.hpp"
#include "common/state.hpp"
#include "cpu/cpu.hpp"
#include "cpu/memory/store_watch.hpp"
#include "cpu/memory_port.hpp"
#include "machine/caches.hpp"
#include "machine/devices/boot_rom.hpp"
#include "machine/devices/uart.hpp"
#include "machine/devices/virtio/block_device.hpp"
#include "machine/devices/virtio/console_device.hpp"
#include "machine/devices/virtio/mmio_transport.hpp"
#include "machine/devices/virtio/net_device.hpp"
#include "machine/machine.hpp"
#include "machine/machine_config.hpp"
#include "numa/bus.hpp"
#include "numa/event_queue.hpp"
#include "numa/low_alias.hpp"
#include "numa/magic/magic_controller.hpp"
#include "numa/magic/magic_pi.hpp"
#include "numa/node_memory.hpp"
#include "numa/ports.hpp"

namespace machine {

enum class PowerState : std::uint8_t { kOn, kOff, kResetRequested };

/// Hears that a CPU which dozes or is parked may have a reason to execute, before it has it.
class WakeListener {
 public:
  virtual ~WakeListener() = default;
  virtual void may_wake(CpuId cpu) = 0;
};

class MachineBoard final : public cpu::MemoryPort,
                           public numa::InterruptLines,
                           public numa::ProcessorControl,
                           public PowerControl,
                           public DmaPort,
                           public ConsoleSink,
                           public numa::MemorySystemListener {
 public:
  /// Requires: a valid configuration (machine.cpp checks it), and a medium for each of its disks.
  MachineBoard(const MachineConfig& config, std::vector<DiskMedium> media);
  MachineBoard(const MachineBoard&) = delete;
  MachineBoard& operator=(const MachineBoard&) = delete;

  const numa::Topology& topology() const { return topology_; }
  std::uint32_t cpu_count() const { return topology_.cpus(); }
  cpu::Cpu& cpu(CpuId id) { return *cpus_[index_of(id)]; }
  const cpu::Cpu& cpu(CpuId id) const { return *cpus_[index_of(id)]; }
  bool is_parked(CpuId id) const { return parked_[index_of(id)] != 0; }
  void set_wake_listener(WakeListener* listener) { wakes_ = listener; }
  void start_cpu(CpuId id, VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp,
                 std::uint64_t gp);

  /// Changes the fidelity of all CPUs, between two instructions. Caches come into being, cold, when
  /// they are first needed, and keep what they hold while the fidelity is another.
  void set_fidelity(cpu::Fidelity fidelity);
  cpu::Fidelity fidelity() const { return fidelity_; }
  /// nullptr before any CPU ran in fidelity kMemory.
  MachineCaches* memory_caches() { return caches_.get(); }
  const MachineCaches* memory_caches() const { return caches_.get(); }

  const numa::PageCounters& page_counters(NodeId home) const {
    return controllers_[index_of(home)]->page_counters();
  }
  const numa::PageCounters& page_totals(NodeId home) const { return page_totals_[index_of(home)]; }
  numa::EventQueue& events() { return events_; }
  /// A byte is typed at the console.
  void type(std::uint8_t byte);
  /// Nothing more will be typed. The virtio console has no way of saying so.
  void hang_up();
  /// Whether the guest hears at once of what is typed.
  bool takes_input() const;
  /// Null where the configuration has none.
  NetDevice* network() { return network_.get(); }
  PowerState power() const { return power_; }
  std::uint64_t exit_code() const { return exit_code_; }
  void set_console_output(Machine::ConsoleSink sink) { console_ = std::move(sink); }
  /// Whether devices have moved so many bytes since forget_host_work() that the host should look
  /// in. Nothing of the model depends on it.
  bool has_much_host_work() const { return host_work_ >= kMuchHostWork; }
  void forget_host_work() { host_work_ = 0; }
  void set_dma_observer(Observer* observer) { dma_observer_ = observer; }

  bool read_memory(MachineAddr at, std::span<std::byte> out) const;
  bool write_memory(MachineAddr at, std::span<const std::byte> in);
  /// For loaders: before the machine runs. False if a part is not in the boot ROM.
  bool load_rom(MachineAddr at, std::span<const std::byte> in);

  /// The power fails: of what disks have cached any sectors are lost (DiskDrive::lose_power).
  void lose_power(std::uint64_t seed);
  /// Why an image file no longer is what its disk holds; nothing if all are well.
  std::optional<Error> disk_failure() const;

  void counters(CounterSink& sink) const;
  /// nullptr, or what in a restored state no machine ever was.
  const char* contradiction();
  void visit(StateVisitor& v);

  // cpu::MemoryPort
  std::optional<cpu::RamPage> ram_page(CpuId cpu, PhysAddr pa) override;
  Result<std::uint64_t, cpu::BusError> read_device(CpuId cpu, PhysAddr pa, unsigned size) override;
  Result<Nothing, cpu::BusError> write_device(CpuId cpu, PhysAddr pa, unsigned size,
                                              std::uint64_t value) override;

  cpu::CachePort* caches() override { return caches_.get(); }

  // numa's ports
  void set_line(CpuId cpu, unsigned ip, bool level) override;
  void launch(CpuId cpu, const numa::LaunchAddress& to) override;
  void doze(CpuId cpu) override;
  void nmi(CpuId cpu) override;
  void soft_reset(CpuId cpu) override;
  void alias_changed(CpuId cpu) override;
  bool dma_read(MachineAddr at, std::span<std::byte> out) override;
  bool dma_write(MachineAddr at, std::span<const std::byte> in) override;
  void power_off(std::uint64_t exit_code) override;
  void reset() override;
  void uart_byte(std::uint8_t byte) override;
  void debug_byte(std::uint8_t byte) override;
  void virtio_byte(std::uint8_t byte) override;

 private:
  // numa::MemorySystemListener
  void line_lost(CpuId cpu, MachineAddr line, numa::coherence::Loss loss) override;
  void home_request(const numa::HomeRequest& request) override;

  void may_wake(CpuId id) {
    if (wakes_ != nullptr) wakes_->may_wake(id);
  }
  void add_caches();
  void restore_fidelity(bool has_caches);
  void add_devices(const MachineConfig& config);
  void add_node_devices(const MachineConfig& config, NodeId node);
  void add_disks(const MachineConfig& config, std::vector<DiskMedium> media);
  void add_network(const NetworkConfig& config, numa::Clock clock);
  void add_console();
  MmioTransport& add_virtio(const std::string& name);
  void add_cpus(const MachineConfig& config);
  void switch_power(PowerState to);
  void dma_done(numa::MemorySystem::Direction direction, MachineAddr at, std::size_t bytes);
  void disk_counters(CounterSink& sink) const;
  void network_counters(CounterSink& sink) const;
  void console_counters(CounterSink& sink) const;

  const MachineConfig& config_;
  numa::Topology topology_;
  cpu::Fidelity fidelity_;
  numa::LowAlias alias_;
  numa::EventQueue events_;
  std::vector<numa::NodeMemory> memory_;  // by node
  BootRom rom_;                           // of node 0
  numa::Bus bus_;
  numa::ProcessorInterfaces* interfaces_ = nullptr;  // on the bus
  std::vector<numa::MagicController*> controllers_;  // by node, on the bus
  numa::HotPageQueue no_hot_pages_{numa::SourceLine{}};
  std::vector<numa::PageCounters> page_totals_;      // by node; of reports, not of the machine
  Uart* uart_ = nullptr;                             // on the bus
  std::uint32_t virtio_slots_ = 0;                   // in use; their registers are on the bus
  std::vector<std::unique_ptr<BlockDevice>> disks_;  // by slot
  std::unique_ptr<NetDevice> network_;
  std::unique_ptr<ConsoleDevice> virtio_console_;
  std::unique_ptr<MachineCaches> caches_;
  cpu::StoreWatch watch_;
  std::vector<std::unique_ptr<cpu::Cpu>> cpus_;  // by CpuId
  std::vector<std::uint8_t> parked_;             // by CpuId: waits to be launched
  WakeListener* wakes_ = nullptr;
  CpuId accessing_{};  // the CPU whose device access is going on
  PowerState power_ = PowerState::kOn;
  std::uint64_t exit_code_ = 0;
  std::uint64_t debug_bytes_ = 0;
  Machine::ConsoleSink console_;
  static constexpr std::uint64_t kMuchHostWork = 1 << 20;
  std::uint64_t host_work_ = 0;  // bytes
  Observer* dma_observer_ = nullptr;
};

}  // namespace machine
