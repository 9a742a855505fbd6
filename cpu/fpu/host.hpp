// One operation of the host's SSE2 unit in a given rounding mode, with its exception flags.
//
// Compilers move floating-point operations across changes of MXCSR that they do not know of. Here
// every operand passes through an asm statement after MXCSR is loaded, and the result through one
// before it is read; volatile asm statements stay in order, so the operation has nowhere else to
// go. Whoever calls this does no other floating-point arithmetic in the same function.
#pragma once

#include <emmintrin.h>

#include <type_traits>

#include "cpu/fpu/status.hpp"

namespace cpu::fpu {

/// Sticky flags of MXCSR.
inline constexpr std::uint32_t kHostInvalid = 1, kHostZeroDivide = 4, kHostOverflow = 8,
                               kHostUnderflow = 16, kHostPrecision = 32;

template <class Value>
struct HostResult {
  Value value;
  std::uint32_t flags;
};

/// All exceptions masked, no flush to zero, no flags; the rounding modes in the host's order.
constexpr std::uint32_t mxcsr_for(Rounding mode) {
  constexpr std::uint32_t kHostOrder[] = {0, 3, 2, 1};
  return 0x1f80 | kHostOrder[static_cast<unsigned>(mode)] << 13;
}

template <class Value>
void pin(Value& value) {
  if constexpr (std::is_floating_point_v<Value>) {
    asm volatile("" : "+x"(value));
  } else {
    asm volatile("" : "+r"(value));
  }
}

/// operation(operands...) in this mode. The host's own MXCSR is as before afterwards.
template <class Operation, class... Operands>
auto on_host(Rounding mode, Operation operation, Operands... operands) {
  const std::uint32_t inside = mxcsr_for(mode);
  std::uint32_t before = 0, after = 0;
  asm volatile("stmxcsr %0" : "=m"(before));
  asm volatile("ldmxcsr %0" : : "m"(inside));
  (pin(operands), ...);
  auto value = operation(operands...);
  pin(value);
  asm volatile("stmxcsr %0" : "=m"(after));
  asm volatile("ldmxcsr %0" : : "m"(before));
  return HostResult<decltype(value)>{value, after & 0x3f};
}

inline float square_root(float a) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a))); }
inline double square_root(double a) {
  return _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(a)));
}
/// To an integer in the current mode; out of range sets the host's invalid flag.
inline std::int64_t to_integer(double a) { return _mm_cvtsd_si64(_mm_set_sd(a)); }

}  // namespace cpu::fpu
