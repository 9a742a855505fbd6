// virtio over memory-mapped registers, version 2 (virtio 1.2, section 4.2.2): registers of a slot
// (kVirtioAt), as offsets. They are words that a big-endian processor reads as their value.
#pragma once

#include <cstdint>

namespace hardware::virtio {

inline constexpr std::uint64_t kMagic = 0x000, kVersion = 0x004, kDeviceId = 0x008,
                               kVendorId = 0x00c, kDeviceFeatures = 0x010,
                               kDeviceFeaturesSel = 0x014, kDriverFeatures = 0x020,
                               kDriverFeaturesSel = 0x024, kQueueSel = 0x030, kQueueNumMax = 0x034,
                               kQueueNum = 0x038, kQueueReady = 0x044, kQueueNotify = 0x050,
                               kInterruptStatus = 0x060, kInterruptAck = 0x064, kStatus = 0x070,
                               kQueueDescLow = 0x080, kQueueDescHigh = 0x084,
                               kQueueDriverLow = 0x090, kQueueDriverHigh = 0x094,
                               kQueueDeviceLow = 0x0a0, kQueueDeviceHigh = 0x0a4, kShmFirst = 0x0b0,
                               kShmLast = 0x0bc, kConfigGeneration = 0x0fc, kConfig = 0x100;
inline constexpr std::uint32_t kMagicValue = 0x74726976;  // "virt"
inline constexpr std::uint32_t kVersionValue = 2;
/// Bits of kStatus (section 2.1).
inline constexpr std::uint32_t kFeaturesOk = 8, kDriverOk = 4, kNeedsReset = 64, kStatusBits = 0xff;
/// Bits of kInterruptStatus.
inline constexpr std::uint32_t kUsedBuffer = 1, kConfigChange = 2;

}  // namespace hardware::virtio
