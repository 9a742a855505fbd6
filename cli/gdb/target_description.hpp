// The registers as gdb sees them: the standard MIPS features at 64 bits, and the rest of CP0 as a
// feature of our own. The order here is gdb's numbering, of `g` packets too.
#pragma once

#include <cstddef>
#include <string>

#include "cpu/debug_port.hpp"

namespace cli::gdb {

struct GdbRegister {
  const char* name;
  cpu::RegisterClass which;
  unsigned number;
};

std::size_t register_count();
/// Requires: index < register_count().
const GdbRegister& register_at(std::size_t index);
/// target.xml
const std::string& target_description();

}  // namespace cli::gdb
