// See disk.h. Several requests can be under way. Request r has the descriptors 3 r, 3 r + 1 and 3 r
// + 2: header, data, status. What the device shares with the driver is little-endian.
#include "disk.h"

#include "atomic.h"
#include "frames.h"
#include "panic.h"
#include "process.h"

enum {
  kMagicValue = 0x00,
  kVersion = 0x04,
  kDeviceId = 0x08,
  kDriverFeatures = 0x20,
  kDriverFeaturesSel = 0x24,
  kQueueSel = 0x30,
  kQueueNum = 0x38,
  kQueueReady = 0x44,
  kQueueNotify = 0x50,
  kInterruptStatus = 0x60,
  kInterruptAcknowledge = 0x64,
  kStatus = 0x70,
  kQueueDesc = 0x80,
  kQueueDriver = 0x90,
  kQueueDevice = 0xa0,
  kCapacity = 0x100,
};
enum { kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8 };
enum { kFlushFeature = 1 << 9, kVersion1 = 1 << 0 };  // bits 9 and 32
enum { kIn = 0, kOut = 1, kFlush = 4 };
enum { kNext = 1, kDeviceWrites = 2 };
enum { kSlots = 16, kRing = 64, kSectorsPerBlock = kBlockSize / 512 };

struct descriptor_entry {
  uint64_t at;
  uint32_t bytes;
  uint16_t flags, next;
};
struct available_ring {
  uint16_t flags, index, ring[kRing];
};
struct used_ring {
  uint16_t flags, index;
  struct {
    uint32_t id, bytes;
  } ring[kRing];
};
struct request {
  uint32_t type, reserved;
  uint64_t sector;
  uint8_t status;
};

// What the device reads and writes, in a frame of its own.
struct shared {
  struct descriptor_entry descriptors[kRing];
  struct available_ring available;
  volatile struct used_ring used;
  struct request requests[kSlots];
};
_Static_assert(sizeof(struct shared) <= PAGE_SIZE, "disk.c");
_Static_assert(3 * kSlots <= kRing, "disk.c");

static struct {
  struct spinlock lock;
  phys registers;
  uint64_t blocks;
  struct shared* shared;
  uint16_t used_seen;
  int is_taken[kSlots], is_done[kSlots];
  int under_way;
} disk;

static uint16_t little16(uint16_t v) { return (uint16_t)(v << 8 | v >> 8); }
static uint32_t little32(uint32_t v) {
  return (uint32_t)little16((uint16_t)v) << 16 | little16((uint16_t)(v >> 16));
}
static uint64_t little64(uint64_t v) {
  return (uint64_t)little32((uint32_t)v) << 32 | little32((uint32_t)(v >> 32));
}

static uint32_t get(uint32_t offset) { return read_device32(disk.registers + offset); }
static void set(uint32_t offset, uint32_t value) { write_device32(disk.registers + offset, value); }

static void set_address(uint32_t offset, const volatile void* at) {
  const phys pa = physical((const void*)at);
  set(offset, (uint32_t)pa);
  set(offset + 4, (uint32_t)(pa >> 32));
}

int disk_start(phys registers) {
  enum { kMagic = 0x74726976, kBlockDevice = 2 };
  disk.registers = registers;
  if (get(kMagicValue) != kMagic || get(kVersion) != 2 || get(kDeviceId) != kBlockDevice) return 0;
  set(kStatus, 0);
  set(kStatus, kAcknowledge | kDriver);
  set(kDriverFeaturesSel, 0);
  set(kDriverFeatures, kFlushFeature);
  set(kDriverFeaturesSel, 1);
  set(kDriverFeatures, kVersion1);
  set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  if (!(get(kStatus) & kFeaturesOk)) return 0;
  disk.shared = frame_allocate_zeroed();
  if (!disk.shared) return 0;
  set(kQueueSel, 0);
  set(kQueueNum, kRing);
  set_address(kQueueDesc, disk.shared->descriptors);
  set_address(kQueueDriver, &disk.shared->available);
  set_address(kQueueDevice, &disk.shared->used);
  set(kQueueReady, 1);
  set(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
  disk.blocks = ((uint64_t)get(kCapacity + 4) << 32 | get(kCapacity)) / kSectorsPerBlock;
  device_interrupt_enable(kFirstDiskSource + (uint32_t)(registers - FIRST_DISK) / DISK_STRIDE);
  return 1;
}

uint64_t disk_size(void) { return disk.blocks; }
int disk_is_busy(void) { return disk.under_way != 0; }

// With the lock held, which is released while there is nothing to do but wait. At boot no process
// runs and nobody else does anything.
static void await(const void* channel) {
  if (current()) {
    sleep_on(channel, &disk.lock);
    return;
  }
  release(&disk.lock);
  doze();
  disk_interrupt();
  acquire(&disk.lock);
}

static int take_slot(void) {
  for (;;) {
    for (int slot = 0; slot < kSlots; ++slot) {
      if (disk.is_taken[slot]) continue;
      disk.is_taken[slot] = 1;
      disk.is_done[slot] = 0;
      return slot;
    }
    await(disk.is_taken);
  }
}

static void describe(int n, const volatile void* at, uint32_t bytes, uint16_t flags) {
  disk.shared->descriptors[n] =
      (struct descriptor_entry){little64(physical((const void*)at)), little32(bytes),
                                little16(flags), little16((uint16_t)(n + 1))};
}

static void submit(int slot, uint32_t type, uint64_t block, void* frame) {
  struct request* const request = &disk.shared->requests[slot];
  *request = (struct request){little32(type), 0, little64(block * kSectorsPerBlock), 0xff};
  const int first = 3 * slot;
  describe(first, request, 16, kNext);
  describe(first + 1, frame, kBlockSize, type == kIn ? kNext | kDeviceWrites : kNext);
  describe(first + 2, &request->status, 1, kDeviceWrites);
  if (!frame) disk.shared->descriptors[first].next = little16((uint16_t)(first + 2));
  struct available_ring* const available = &disk.shared->available;
  const uint16_t index = little16(available->index);
  available->ring[index % kRing] = little16((uint16_t)first);
  memory_barrier();
  available->index = little16((uint16_t)(index + 1));
  memory_barrier();
  ++disk.under_way;
  set(kQueueNotify, 0);
}

static int begin(uint32_t type, uint64_t block, void* frame) {
  acquire(&disk.lock);
  const int slot = take_slot();
  submit(slot, type, block, frame);
  release(&disk.lock);
  return slot;
}

void disk_wait(int slot) {
  acquire(&disk.lock);
  while (!disk.is_done[slot]) await(&disk.is_done[slot]);
  const struct request* const request = &disk.shared->requests[slot];
  const uint8_t status = *(const volatile uint8_t*)&request->status;
  if (status != 0)
    panic("disk: request %u for sector %lu: status %u", little32(request->type),
          little64(request->sector), status);
  disk.is_taken[slot] = 0;
  release(&disk.lock);
  wake(disk.is_taken);
}

void disk_read(uint64_t block, void* frame) { disk_wait(begin(kIn, block, frame)); }
int disk_write_begin(uint64_t block, void* frame) { return begin(kOut, block, frame); }
void disk_write(uint64_t block, void* frame) { disk_wait(begin(kOut, block, frame)); }
void disk_flush(void) { disk_wait(begin(kFlush, 0, NULL)); }

void disk_interrupt(void) {
  if (!disk.blocks) return;
  acquire(&disk.lock);
  set(kInterruptAcknowledge, get(kInterruptStatus));
  memory_barrier();
  for (; disk.used_seen != little16(disk.shared->used.index); ++disk.used_seen) {
    const uint32_t slot = little32(disk.shared->used.ring[disk.used_seen % kRing].id) / 3;
    disk.is_done[slot] = 1;
    wake(&disk.is_done[slot]);  // before `under_way` says that there is nothing to wait for
    --disk.under_way;
  }
  release(&disk.lock);
}
