#include "virtio.h"

#include "probe.h"

volatile uint32_t* virtio(unsigned slot, uint32_t offset) {
  return KSEG1(kVirtioSlots + kVirtioStride * slot + offset);
}

void virtio_begin(const char* name, unsigned slot, uint32_t device_id, uint32_t features) {
  check(*virtio(slot, kMagic) == 0x74726976 && *virtio(slot, kVersion) == 2 &&
            *virtio(slot, kDeviceId) == device_id,
        name, "its slot holds the device");
  *virtio(slot, kStatus) = 0;
  *virtio(slot, kStatus) = 3;
  *virtio(slot, kFeaturesSel) = 0;
  *virtio(slot, kFeatures) = features;
  *virtio(slot, kFeaturesSel) = 1;
  *virtio(slot, kFeatures) = 1;  // VERSION_1
  *virtio(slot, kStatus) = 11;
  check(*virtio(slot, kStatus) == 11, name, "the device accepts the features");
}

static void set_address(unsigned slot, uint32_t offset, const volatile void* at) {
  *virtio(slot, offset) = (uint32_t)PHYSICAL(at);
  *virtio(slot, offset + 4) = 0;
}

void virtio_add_queue(unsigned slot, unsigned number, struct virtqueue* queue) {
  *virtio(slot, kQueueSel) = number;
  *virtio(slot, kQueueNum) = kVirtioEntries;
  set_address(slot, kDesc, queue->table);
  set_address(slot, kDriver, &queue->available);
  set_address(slot, kDevice, &queue->used);
  *virtio(slot, kQueueReady) = 1;
}

void virtio_start(unsigned slot) { *virtio(slot, kStatus) = 15; }

void virtio_post(struct virtqueue* queue, unsigned n, const volatile void* at, uint32_t bytes,
                 unsigned flags) {
  queue->table[n].at = little64(PHYSICAL(at));
  queue->table[n].bytes = little32(bytes);
  queue->table[n].flags = little16((uint16_t)flags);
  const uint16_t index = little16(queue->available.index);
  queue->available.ring[index % kVirtioEntries] = little16((uint16_t)n);
  queue->available.index = little16((uint16_t)(index + 1));
}

int virtio_take(struct virtqueue* queue, uint32_t* bytes) {
  if (queue->taken == little16(queue->used.index)) return -1;
  const unsigned slot = queue->taken++ % kVirtioEntries;
  *bytes = little32(queue->used.ring[slot].bytes);
  return (int)little32(queue->used.ring[slot].id);
}
