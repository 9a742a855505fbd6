// What the registers are called in texts: disassembly, register dumps, the debugger.
#pragma once

#include <string>
#include <string_view>

namespace cpu {

/// The n64 convention, without the dollar sign: "a4" is register 8. Requires: number < 32.
std::string_view gpr_name(unsigned number);
/// The R10000 manual's name ("Status"), empty where coprocessor 0 has no such register. Requires:
/// number < 32.
std::string_view cp0_name(unsigned number);

}  // namespace cpu
