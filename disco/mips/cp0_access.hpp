// The machine's CP0 and physical memory, one instruction each. The R10000 interlocks these.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "hardware/r10000/segments.hpp"
#include "hardware/r10000/tlb.hpp"

namespace disco {

template <unsigned kRegister>
inline std::uint64_t read_machine_cp0() {
  std::uint64_t value;
  __asm__ volatile("dmfc0 %0, $%1" : "=r"(value) : "i"(kRegister));
  return value;
}
/// Registers of 32 bits.
template <unsigned kRegister>
inline std::uint32_t read_machine_cp0_32() {
  std::uint32_t value;
  __asm__ volatile("mfc0 %0, $%1" : "=r"(value) : "i"(kRegister));
  return value;
}
template <unsigned kRegister>
inline void write_machine_cp0(std::uint64_t value) {
  __asm__ volatile("dmtc0 %0, $%1" : : "r"(value), "i"(kRegister) : "memory");
}
template <unsigned kRegister>
inline void write_machine_cp0_32(std::uint32_t value) {
  __asm__ volatile("mtc0 %0, $%1" : : "r"(value), "i"(kRegister) : "memory");
}

inline void machine_tlbp() { __asm__ volatile("tlbp" : : : "memory"); }
inline void machine_tlbr() { __asm__ volatile("tlbr" : : : "memory"); }
inline void machine_tlbwi() { __asm__ volatile("tlbwi" : : : "memory"); }
inline void machine_tlbwr() { __asm__ volatile("tlbwr" : : : "memory"); }

inline constexpr std::uint64_t kXkphysUncached =
    hardware::xkphys(hardware::cache_algorithm::kUncached);
inline constexpr std::uint64_t kXkphysCached =
    hardware::xkphys(hardware::cache_algorithm::kCoherentExclusiveOnWrite);

/// A device register.
template <class T>
volatile T& device_register(std::uint64_t physical) {
  return *reinterpret_cast<volatile T*>(kXkphysUncached | physical);
}

}  // namespace disco
