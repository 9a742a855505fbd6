// The R10000's exceptions: their codes, in the manual's words, and where they lead (R10000 UM 17).
#pragma once

#include <cstdint>

#include "hardware/r10000/segments.hpp"

namespace hardware {

/// Cause.ExcCode (R10000 UM table 14-13).
enum class ExceptionCode : std::uint8_t {
  kInt = 0,   // interrupt
  kMod = 1,   // TLB modified
  kTlbL = 2,  // TLB refill or invalid, load or fetch
  kTlbS = 3,  // the same, store
  kAdEL = 4,  // address error, load or fetch
  kAdES = 5,  // address error, store
  kIbe = 6,   // bus error, fetch
  kDbe = 7,   // bus error, load or store
  kSys = 8,   // syscall
  kBp = 9,    // break
  kRi = 10,   // reserved instruction
  kCpU = 11,  // coprocessor unusable
  kOv = 12,   // arithmetic overflow
  kTr = 13,   // trap
  kFpe = 15,  // floating point
  kWatch = 23,
};
inline constexpr unsigned kExceptionCodes = 32;

/// What ExcCode holds.
constexpr std::uint8_t number_of(ExceptionCode code) { return static_cast<std::uint8_t>(code); }
/// The manual's abbreviation; empty for reserved codes.
constexpr const char* name_of(ExceptionCode code) {
  switch (code) {
    case ExceptionCode::kInt: return "Int";
    case ExceptionCode::kMod: return "Mod";
    case ExceptionCode::kTlbL: return "TLBL";
    case ExceptionCode::kTlbS: return "TLBS";
    case ExceptionCode::kAdEL: return "AdEL";
    case ExceptionCode::kAdES: return "AdES";
    case ExceptionCode::kIbe: return "IBE";
    case ExceptionCode::kDbe: return "DBE";
    case ExceptionCode::kSys: return "Sys";
    case ExceptionCode::kBp: return "Bp";
    case ExceptionCode::kRi: return "RI";
    case ExceptionCode::kCpU: return "CpU";
    case ExceptionCode::kOv: return "Ov";
    case ExceptionCode::kTr: return "Tr";
    case ExceptionCode::kFpe: return "FPE";
    case ExceptionCode::kWatch: return "WATCH";
  }
  return "";
}
/// Whether the TLB raises it.
constexpr bool is_tlb_exception(std::uint8_t code) {
  return code >= number_of(ExceptionCode::kMod) && code <= number_of(ExceptionCode::kTlbS);
}
constexpr bool is_tlb_exception(ExceptionCode code) { return is_tlb_exception(number_of(code)); }
/// Whether it leaves an address in BadVAddr.
constexpr bool has_bad_vaddr(std::uint8_t code) {
  return code >= number_of(ExceptionCode::kMod) && code <= number_of(ExceptionCode::kAdES);
}
constexpr bool has_bad_vaddr(ExceptionCode code) { return has_bad_vaddr(number_of(code)); }

/// Exception vectors (R10000 UM table 17-2): offsets from the base, which is KSEG0's first address,
/// or with Status.BEV an address in the boot ROM. Cache errors go to KSEG1's.
namespace vector_offset {
inline constexpr std::uint64_t kTlbRefill = 0x000, kXtlbRefill = 0x080, kCacheError = 0x100,
                               kGeneral = 0x180, kEnd = 0x200;
}  // namespace vector_offset
inline constexpr std::uint64_t kVectorBase = kKseg0;
inline constexpr std::uint64_t kResetVector = 0xffffffffbfc00000;
inline constexpr std::uint64_t kBootVectorBase = kResetVector + 0x200;

}  // namespace hardware
