// The machine's console, shared by virtual machines: what they print, and who gets what is typed.
// With one VM bytes pass as they are; with several both directions have frames (docs/monitor.md,
// Console).
#pragma once

#include <cstdint>

#include "disco/core/devices/input_queue.hpp"
#include "disco/core/hardware.hpp"

namespace disco {

class Console {
 public:
  /// Whose a byte is: a VM's number, or the monitor's.
  static constexpr std::uint16_t kMonitor = 0xffff;
  /// Begins a frame; after it: kSelect and a number of two bytes, upper half first, or itself.
  static constexpr char kEscape = 0x10, kSelect = 'v';

  void share() { is_shared_ = true; }
  bool is_shared() const { return is_shared_; }

  void put(std::uint16_t who, char c, Hardware& hardware) {
    if (!is_shared_) return hardware.console_put(c);
    put_framed(who, c, hardware);
  }

  /// Takes what was typed, on the CPU that the machine's devices interrupt: `queue_of(number)`
  /// names a VM's queue, nullptr if there is none, which loses the byte; `arrived(number)` hears of
  /// each byte that came. Stops listening while a queue is full.
  template <class QueueOf, class Arrived>
  void take_input(Hardware& hardware, const QueueOf& queue_of, const Arrived& arrived) {
    for (;;) {
      InputQueue* const queue = queue_of(target_);
      if (queue != nullptr && !queue->has_room()) {
        write_shared(is_full_, 1);
        hardware.console_listen(false);
        // It may have been read meanwhile, by another CPU.
        if (!queue->has_room()) return;
        resume(hardware);
      }
      const auto byte = hardware.console_get();
      if (!byte) return;
      if (!is_content(*byte) || queue == nullptr) continue;
      queue->put(*byte);
      arrived(target_);
    }
  }
  /// A VM has read from its queue: listens again if that was full.
  void resume(Hardware& hardware) {
    if (read_shared(is_full_) == 0) return;
    write_shared(is_full_, 0);
    hardware.console_listen(true);
  }

 private:
  void put_framed(std::uint16_t who, char c, Hardware& hardware);
  /// Whether a byte that was typed is for the VM that is selected, and no part of a frame.
  bool is_content(std::uint8_t byte);

  bool is_shared_ = false;
  SpinLock lock_;
  std::uint32_t last_ = 0x10000;  // who printed last: nobody
  std::uint16_t target_ = 0;
  std::uint8_t frame_bytes_ = 0;  // of a frame, read so far
  std::uint16_t frame_number_ = 0;
  std::uint64_t is_full_ = 0;
};

}  // namespace disco
