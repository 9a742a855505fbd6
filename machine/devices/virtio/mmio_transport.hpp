// virtio over memory-mapped registers, version 2 (virtio 1.2, section 4.2). Registers are words
// that a big-endian processor reads as their value; the configuration space answers to any size.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "machine/devices/virtio/virtio_device.hpp"
#include "numa/device.hpp"
#include "numa/magic/magic_pi.hpp"

namespace machine {
using namespace common;

class MmioTransport final : public numa::Device, public VirtioTransport {
 public:
  static constexpr unsigned kMostQueues = 4;

  /// `device` is connected later (connect()), for it needs its transport.
  MmioTransport(std::string name, numa::SourceLine line, DmaPort& dma)
      : name_{std::move(name)}, line_{line}, dma_{dma} {}
  /// Requires: at most kMostQueues.
  void connect(VirtioDevice& device);

  std::string_view name() const override { return name_; }
  numa::ReadResult read(const numa::Requester& by, std::uint64_t offset, unsigned size) override;
  numa::WriteResult write(const numa::Requester& by, std::uint64_t offset, unsigned size,
                          std::uint64_t value) override;
  void visit(StateVisitor& v) override;

  DmaPort& dma() override { return dma_; }
  Virtqueue& queue(unsigned number) override { return queues_[number]; }
  void signal_used(unsigned number) override;
  void signal_config_change() override;
  void fail() override;

 private:
  bool is_running() const;
  std::uint64_t offered() const;
  std::uint32_t read_register(std::uint64_t offset) const;
  void write_register(std::uint64_t offset, std::uint32_t value, Cycles at);
  bool write_queue_register(std::uint64_t offset, std::uint32_t value);
  void write_status(std::uint32_t value);
  void reset();
  void drive_line() const { line_.set(interrupt_ != 0); }
  Virtqueue::Setup* selected();
  const Virtqueue::Setup* selected() const;

  std::string name_;
  numa::SourceLine line_;
  DmaPort& dma_;
  VirtioDevice* device_ = nullptr;
  std::array<Virtqueue, kMostQueues> queues_;
  std::uint32_t queue_select_ = 0, offered_select_ = 0, accepted_select_ = 0;
  std::uint64_t accepted_ = 0;  // features
  std::uint32_t status_ = 0, interrupt_ = 0, generation_ = 0;
};

}  // namespace machine
