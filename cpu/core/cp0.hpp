// Coprocessor 0: what reading and writing its registers does (R10000 UM 14), the TLB instructions.
// Instructions name themselves by their site; a debugger reads and writes between instructions.
#pragma once

#include <cstdint>
#include <optional>

#include "common/observer.hpp"
#include "cpu/core/core.hpp"

namespace cpu {

class Cp0 {
 public:
  explicit Cp0(Core& core) : core_{core} {}

  // ---- instructions

  std::uint64_t read(const InstructionSite& site, unsigned number) const;
  void write(const InstructionSite& site, unsigned number, std::uint64_t value);
  /// Performance registers, as PerformanceCounters numbers them.
  std::uint32_t read_performance(const InstructionSite& site, unsigned number) const;
  void write_performance(const InstructionSite& site, unsigned number, std::uint64_t value);
  void tlb_read(const InstructionSite& site);
  void tlb_probe(const InstructionSite& site);
  void tlb_write_indexed(const InstructionSite& site);
  void tlb_write_random(const InstructionSite& site);

  // ---- a debugger

  std::uint64_t value(unsigned number) const;
  /// Obeys the write masks, but reaches read-only bits of Cause and Status too.
  void set_value(unsigned number, std::uint64_t value);
  std::uint32_t performance_value(unsigned number) const;
  void set_performance_value(unsigned number, std::uint32_t value);

 private:
  void store(unsigned number, std::uint64_t value);
  void write_status(const InstructionSite& site, std::uint64_t value);
  std::uint64_t cause_at(std::uint64_t cycle, bool is_matched) const;
  mmu::TlbImage image_to_write() const;
  void wrote_entry(const InstructionSite& site, const mmu::TlbImage& image,
                   const mmu::TlbWritten& written, bool is_random);
  void report(const InstructionSite& site, TlbOperation operation, std::uint64_t value,
              std::optional<std::uint32_t> index) const;

  Core& core_;
};

}  // namespace cpu
