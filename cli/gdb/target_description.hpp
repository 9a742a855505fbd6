// The registers as gdb sees them: the standard MIPS features at 64 bits, and the rest of CP0 as a
// feature of our own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpu/debug_port.hpp"

namespace cli::gdb {

struct GdbRegister {
  const char* name;
  cpu::RegisterClass which;
  unsigned number;          // within its class
  unsigned gdb_number = 0;  // ascending
};

/// In the order of `g` packets.
const std::vector<GdbRegister>& all_registers();
/// By gdb's number; nullptr if there is none.
const GdbRegister* register_numbered(std::uint64_t number);
/// target.xml
const std::string& target_description();

}  // namespace cli::gdb
