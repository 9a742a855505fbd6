// Random streams on the processor itself.
#pragma once

#include <string>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_stream.hpp"

namespace cpu::test {

/// ERL makes the low addresses unmapped, so that a stream runs where QEMU runs it; CU1, FR, and
/// 64-bit addresses.
inline constexpr std::uint64_t kStreamStatus = 1u << 29 | 1u << 26 | 7u << 5 | 1u << 2;

/// Streams are made on a machine whose FPU completes everything, as QEMU's does.
inline CpuConfig stream_config() {
  CpuConfig config;
  config.fp_unimplemented = FpUnimplemented::kComplete;
  return config;
}

inline void load(Rig& rig, const Stream& stream) {
  const NaiveMachine& from = stream.start;
  DebugPort& debug = rig.cpu.debug();
  for (std::size_t i = 0; i < stream.words.size(); ++i)
    rig.put(stream.place.code + 4 * i, {stream.words[i]});
  for (std::size_t i = 0; i < from.memory.size(); ++i)
    rig.memory.ram[stream.place.data + i] = static_cast<std::byte>(from.memory[i]);
  for (unsigned n = 1; n < 32; ++n) rig.set_gpr(n, from.gpr[n]);
  for (unsigned n = 0; n < 32; ++n) debug.write_register(RegisterClass::kFpr, n, from.fpr[n]);
  debug.write_register(RegisterClass::kHi, 0, from.hi);
  debug.write_register(RegisterClass::kLo, 0, from.lo);
  debug.write_register(RegisterClass::kFcr, 31, from.fcsr);
  rig.set_cp0(kStatus, kStreamStatus);
  rig.set_pc(stream.place.code);
}

/// The first place where the processor is not as it should be; empty if there is none.
inline std::string first_difference(Rig& rig, const NaiveMachine& expected) {
  DebugPort& debug = rig.cpu.debug();
  for (unsigned n = 0; n < 32; ++n) {
    if (rig.gpr(n) != expected.gpr[n]) return "$" + std::to_string(n);
    if (debug.read_register(RegisterClass::kFpr, n) != expected.fpr[n])
      return "$f" + std::to_string(n);
  }
  if (debug.read_register(RegisterClass::kHi, 0) != expected.hi) return "HI";
  if (debug.read_register(RegisterClass::kLo, 0) != expected.lo) return "LO";
  if (debug.read_register(RegisterClass::kFcr, 31) != expected.fcsr) return "FCSR";
  for (std::size_t i = 0; i < expected.memory.size(); ++i)
    if (rig.memory.ram[expected.memory_base + i] != static_cast<std::byte>(expected.memory[i]))
      return "memory at pointer " + std::to_string(static_cast<std::int64_t>(i) - 2048);
  return {};
}

}  // namespace cpu::test
