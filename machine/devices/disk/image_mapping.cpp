#include "machine/devices/disk/image_mapping.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

#include "common/check.hpp"

namespace machine {
namespace {

// What the handler may look at: nothing that is allocated, moved or locked.
struct Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0};
  std::atomic<bool> cut{false};
};
constexpr std::size_t kSlots = 1024;  // more than the disks of all machines of a group
constexpr std::size_t kNoSlot = kSlots;
std::array<Slot, kSlots> slots;
std::mutex slots_lock;
struct sigaction before;

Slot* slot_of(std::uintptr_t address) {
  for (Slot& slot : slots) {
    if (address >= slot.begin.load() && address < slot.end.load()) return &slot;
  }
  return nullptr;
}

// A file loses its end, never its middle: all that follows has gone too, and one mapping serves it.
void on_bus_error(int, siginfo_t* info, void*) {
  const int error = errno;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr) & ~(page - 1);
  Slot* const slot = slot_of(at);
  void* const zeros =
      slot == nullptr
          ? MAP_FAILED
          : mmap(reinterpret_cast<void*>(at), slot->end.load() - at, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (zeros == MAP_FAILED) {
    sigaction(SIGBUS, &before, nullptr);  // the instruction is repeated, and the signal with it
  } else {
    slot->cut.store(true);
  }
  errno = error;
}

void install_handler() {
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGBUS, &action, &before) == 0);
}

std::size_t take_slot(std::uintptr_t begin, std::uint64_t bytes) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  const std::lock_guard lock{slots_lock};
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (slots[i].begin.load() != 0) continue;
    slots[i].cut.store(false);
    slots[i].begin.store(begin);
    slots[i].end.store(begin + bytes);
    return i;
  }
  return kNoSlot;
}

void leave_slot(std::size_t slot) {
  const std::lock_guard lock{slots_lock};
  slots[slot].end.store(0);
  slots[slot].begin.store(0);
}

}  // namespace

ImageMapping::ImageMapping(int file, std::uint64_t bytes) : bytes_{bytes}, slot_{kNoSlot} {
  const int flags = MAP_PRIVATE | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0);
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (at == MAP_FAILED) return;
  if (file >= 0) slot_ = take_slot(reinterpret_cast<std::uintptr_t>(at), bytes);
  if (file >= 0 && slot_ == kNoSlot) {
    munmap(at, bytes);
    errno = ENFILE;
    return;
  }
  base_ = static_cast<std::byte*>(at);
}

ImageMapping::~ImageMapping() {
  if (base_ == nullptr) return;
  if (slot_ != kNoSlot) leave_slot(slot_);
  munmap(base_, bytes_);
}

ImageMapping::ImageMapping(ImageMapping&& other) noexcept
    : base_{std::exchange(other.base_, nullptr)},
      bytes_{other.bytes_},
      slot_{std::exchange(other.slot_, kNoSlot)} {}

bool ImageMapping::was_cut() const { return slot_ != kNoSlot && slots[slot_].cut.load(); }

}  // namespace machine
