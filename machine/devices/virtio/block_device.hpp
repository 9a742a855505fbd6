// The virtio block device (virtio 1.2, section 5.2): a disk drive's client.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "machine/devices/disk/disk_drive.hpp"
#include "machine/devices/virtio/virtio_device.hpp"

namespace machine {
using namespace common;

class BlockDevice final : public VirtioDevice, public DiskClient {
 public:
  /// `serial`: what GET_ID answers, at most 20 characters.
  BlockDevice(VirtioTransport& transport, std::string serial, const DiskDrive::Setup& setup,
              DiskMedium medium, numa::Clock clock, numa::EventQueue& events);

  DiskDrive& drive() { return drive_; }
  const DiskDrive& drive() const { return drive_; }

  std::uint32_t device_id() const override { return 2; }
  unsigned queue_count() const override { return 1; }
  std::uint64_t features() const override;
  void start(std::uint64_t features) override;
  void reset() override;
  void notified(unsigned queue, Cycles at) override;
  std::uint64_t read_config(std::uint64_t offset, unsigned size) const override;
  void write_config(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  void visit(StateVisitor& v) override;

  void disk_done(const DiskRequest& request, Cycles at) override;

 private:
  /// One of the requests that the drive has; a slot is free when its chain has no head.
  struct Slot {
    bool used = false;
    Virtqueue::Chain chain;
  };
  enum class Outcome : std::uint8_t { kDone = 0, kError = 1, kUnsupported = 2 };

  void take_all(Cycles at);
  bool begin(Slot& slot, std::uint32_t index, Cycles at);
  void finish(Slot& slot, Outcome outcome, std::uint64_t filled);
  Outcome transfer(const Slot& slot, const DiskRequest& request);
  Slot* free_slot(std::uint32_t& index);

  VirtioTransport& transport_;
  std::string serial_;
  DiskDrive drive_;
  std::vector<Slot> slots_;        // as many as a queue has descriptors
  std::vector<std::byte> buffer_;  // of transfers, a track at a time
  bool accepts_wce_ = false;
};

}  // namespace machine
