// The serial port's registers: an ns16550a (16-byte FIFOs, byte registers, reg-shift 0), as offsets and bits.
#pragma once

#include <cstdint>

namespace hardware::ns16550 {

/// The first two change their meaning with LCR.DLAB; IIR is FCR when written.
inline constexpr std::uint64_t kData = 0, kIer = 1, kIir = 2, kFcr = 2, kLcr = 3, kMcr = 4,
                               kLsr = 5, kMsr = 6, kScratch = 7;
inline constexpr std::uint8_t kIerReceived = 1, kIerThrEmpty = 2, kIerLine = 4, kIerModem = 8,
                              kIerKept = 0x0f;
inline constexpr std::uint8_t kIirNone = 1, kIirModem = 0, kIirThrEmpty = 2, kIirReceived = 4,
                              kIirLine = 6, kIirTimeout = 0xc, kIirFifos = 0xc0;
inline constexpr std::uint8_t kFcrEnable = 1, kFcrClearReceiver = 2, kFcrClearTransmitter = 4,
                              kFcrKept = 0xc1;
inline constexpr std::uint8_t kLcrDlab = 0x80;
inline constexpr std::uint8_t kMcrDtr = 1, kMcrRts = 2, kMcrOut1 = 4, kMcrOut2 = 8, kMcrLoop = 0x10,
                              kMcrKept = 0x1f;
inline constexpr std::uint8_t kLsrReady = 1, kLsrOverrun = 2, kLsrThrEmpty = 0x20, kLsrIdle = 0x40;
/// The lower half of MSR says what has changed since it was read; of the ring line, only that it fell.
inline constexpr std::uint8_t kMsrDelta = 0x0f, kMsrDeltaRing = 0x04, kMsrDeltaCarrier = 0x08,
                              kMsrCts = 0x10, kMsrDsr = 0x20, kMsrRing = 0x40, kMsrCarrier = 0x80;
inline constexpr unsigned kFifoBytes = 16;

}  // namespace hardware::ns16550
