// Identities and quantities of the machine that must not be mixed up with plain integers.
#pragma once

#include <compare>
#include <cstdint>

namespace common {

enum class NodeId : std::uint32_t {};
enum class CpuId : std::uint32_t {};  // global number, 0 .. all CPUs - 1
enum class Asid : std::uint8_t {};    // the R10000's 8-bit address space identifier

template <class Id>
constexpr std::uint32_t index_of(Id id) {
  return static_cast<std::uint32_t>(id);
}

/// Processor clock cycles since power-on, or a number of them.
class Cycles {
 public:
  constexpr Cycles() = default;
  constexpr explicit Cycles(std::uint64_t n) : n_{n} {}
  constexpr std::uint64_t count() const { return n_; }
  constexpr auto operator<=>(const Cycles&) const = default;
  constexpr Cycles& operator+=(Cycles o) {
    n_ += o.n_;
    return *this;
  }
  friend constexpr Cycles operator+(Cycles a, Cycles b) { return Cycles{a.n_ + b.n_}; }
  friend constexpr Cycles operator-(Cycles a, Cycles b) { return Cycles{a.n_ - b.n_}; }
  static constexpr Cycles never() { return Cycles{~std::uint64_t{0}}; }

 private:
  std::uint64_t n_ = 0;
};

/// The processor's operating modes (R10000 UM 16.1). kIdle never is a state of the processor: it is
/// where cycles go while a CPU dozes.
enum class Mode : std::uint8_t { kUser, kSupervisor, kKernel, kIdle };
inline constexpr unsigned kModes = 4;

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

}  // namespace common
