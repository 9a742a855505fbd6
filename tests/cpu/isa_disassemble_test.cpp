// The disassembler's text. That it agrees with objdump everywhere is tests/cpu/decode/judge.cpp's
// claim.

#include "cpu/isa/disassemble.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

TEST_CASE("Disassembler: reads like the assembler's source", "[isa]") {
  const Disassembler d;
  const VirtAddr pc{0xffffffff80100000};
  CHECK(d.text(0x00000000, pc) == "nop");
  CHECK(d.text(0x40046000, pc) == "mfc0 $a0, Status");
  CHECK(d.text(0x40a85000, pc) == "dmtc0 $a4, EntryHi");
  CHECK(d.text(0x40043800, pc) == "mfc0 $a0, $7");
  CHECK(d.text(0x27bdffe0, pc) == "addiu $sp, $sp, -0x20");
  CHECK(d.text(0x8fa80018, pc) == "lw $a4, 0x18($sp)");
  CHECK(d.text(0x8fac0008, pc) == "lw $t0, 8($sp)");
  CHECK(d.text(0x1440000f, pc) == "bnez $v0, 0xffffffff80100040");
  CHECK(d.text(0x0c040010, pc) == "jal 0xffffffff80100040");
  CHECK(d.text(0x03e00008, pc) == "jr $ra");
  CHECK(d.text(0x4605103c, pc) == "c.lt.s $f2, $f5");
  CHECK(d.text(0x4605153c, pc) == "c.lt.s $fcc5, $f2, $f5");
  CHECK(d.text(0x42000018, pc) == "eret");
  CHECK(d.text(0x7c03e83b, pc) == ".word 0x7c03e83b");
}

}  // namespace
}  // namespace cpu
