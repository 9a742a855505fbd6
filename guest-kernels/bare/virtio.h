// virtio devices from the guest's side: registers and split queues as the specification (virtio
// 1.2, 2.7 and 4.2) has them, polled.
#pragma once

#include <stdint.h>

enum { kVirtioSlots = 0x1c100000, kVirtioStride = 0x1000, kVirtioSource = 8 };
enum {
  kMagic = 0x00,
  kVersion = 0x04,
  kDeviceId = 0x08,
  kFeatures = 0x20,
  kFeaturesSel = 0x24,
  kQueueSel = 0x30,
  kQueueNum = 0x38,
  kQueueReady = 0x44,
  kNotify = 0x50,
  kInterrupt = 0x60,
  kAck = 0x64,
  kStatus = 0x70,
  kDesc = 0x80,
  kDriver = 0x90,
  kDevice = 0xa0,
  kConfig = 0x100,
};
enum { kHasNext = 1, kDeviceWrites = 2 };
enum { kVirtioEntries = 16 };

static inline uint16_t little16(uint16_t v) { return (uint16_t)(v << 8 | v >> 8); }
static inline uint32_t little32(uint32_t v) {
  return (uint32_t)little16((uint16_t)v) << 16 | little16((uint16_t)(v >> 16));
}
static inline uint64_t little64(uint64_t v) {
  return (uint64_t)little32((uint32_t)v) << 32 | little32((uint32_t)(v >> 32));
}

/// Little-endian, as the device reads them.
struct descriptor {
  uint64_t at;
  uint32_t bytes;
  uint16_t flags, next;
};
struct virtqueue {
  struct descriptor table[kVirtioEntries] __attribute__((aligned(16)));
  volatile struct {
    uint16_t flags, index, ring[kVirtioEntries];
  } available __attribute__((aligned(4)));
  volatile struct {
    uint16_t flags, index;
    struct {
      uint32_t id, bytes;
    } ring[kVirtioEntries];
  } used __attribute__((aligned(4)));
  uint16_t taken;
};

/// A register of the device in a slot.
volatile uint32_t* virtio(unsigned slot, uint32_t offset);
/// Resets the device and accepts `features` (bits 0 to 31) and version 1. Checks that it is of this
/// kind and agrees.
void virtio_begin(const char* name, unsigned slot, uint32_t device_id, uint32_t features);
void virtio_add_queue(unsigned slot, unsigned number, struct virtqueue* queue);
void virtio_start(unsigned slot);

/// Makes one buffer available as descriptor `n`, without telling the device.
void virtio_post(struct virtqueue* queue, unsigned n, const volatile void* at, uint32_t bytes,
                 unsigned flags);
/// The descriptor that came back next, -1 if none did; `bytes` is what the device wrote.
int virtio_take(struct virtqueue* queue, uint32_t* bytes);
