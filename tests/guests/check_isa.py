#!/usr/bin/env python3
"""Disassembles what was compiled for the machine and fails on anything that is not MIPS IV.

usage: check_isa.py OBJDUMP FILE [FILE ...]

binutils decides what an R10000 knows: a word that it does not know is printed as .word. The list below
decides again, and leaves out floating point for all but user programs: kernels are compiled without it. Exit
code 1 and one line per
offence: file: symbol: address: instruction.
"""
import re
import subprocess
import sys
from pathlib import Path

ALLOWED = set("""
add addi addiu addu and andi beq beql bgez bgezal bgezall bgezl bgtz bgtzl blez blezl bltz bltzal bltzall
bltzl bne bnel break cache dadd daddi daddiu daddu ddiv ddivu div divu dmfc0 dmtc0 dmult dmultu dsll dsll32
dsllv dsra dsra32 dsrav dsrl dsrl32 dsrlv dsub dsubu eret j jal jalr jr lb lbu ld ldl ldr lh lhu ll lld lui
lw lwl lwr lwu mfc0 mfhi mflo movn movz mtc0 mthi mtlo mult multu nor or ori pref sb sc scd sd sdl sdr sh
sll sllv slt slti sltiu sltu sra srav srl srlv sub subu sw swl swr sync syscall teq teqi tge tgei tgeiu tgeu
tlbp tlbr tlbwi tlbwr tlt tlti tltiu tltu tne tnei xor xori
""".split())
ALLOWED |= {"dli", "neg", "negu", "dneg", "dnegu"}  # aliases of ori and sub that objdump prints nevertheless

# Programs that provoke exceptions hold words that no correct program has.
RESERVED, MTC1, MFC2, LWXC1 = 0x00000039, 0x44800000, 0x48000000, 0x4C800000
# mtps, mtpc, mfpc; dmtc1, mtc1, dmfc1.
R10000 = {0x4088C801, 0x4088C800, 0x4080C800, 0x4008C801, 0x44A81000, 0x44A01800, 0x44891800, 0x44281000, 0x44291800}
DELIBERATE = {
    "caches.elf": {0x4080C803, 0x4088C802, 0x4080C802, 0x4008C803},  # counter 1: mtpc, mtps, mtps, mfpc
    "exceptions.elf": {RESERVED, MTC1, MFC2, LWXC1},
    "privileged.elf": {RESERVED, MTC1, MFC2, LWXC1},
    "r10000.elf": {RESERVED, MTC1, MFC2, LWXC1} | R10000,
    "matrix.elf": {RESERVED, MTC1, MFC2, 0x46C00000, 0x44C4F800},
    "usertests": {RESERVED},
    "usertests32": {RESERVED},
}

# The monitor and the kernels switch floating-point registers and compute nothing with them. By file: the
# functions' prefix, and what they may use.
SWITCH = {"ldc1", "sdc1", "cfc1", "ctc1"}
# User programs and their libraries may use all of the unit, and ask the kernel for the thread pointer.
OPERATIONS = """abs add div madd mov msub mul neg nmadd nmsub recip rsqrt sqrt sub movf movn movt movz cvt.s cvt.d cvt.w
cvt.l ceil.w ceil.l floor.w floor.l round.w round.l trunc.w trunc.l c.f c.un c.eq c.ueq c.olt c.ult c.ole c.ule c.sf
c.ngle c.seq c.ngl c.lt c.nge c.le c.ngt""".split()
FLOATING = {f"{operation}.{letter}" for operation in OPERATIONS for letter in "sdwl"} | SWITCH | set(
    "mtc1 mfc1 dmtc1 dmfc1 lwc1 swc1 lwxc1 ldxc1 swxc1 sdxc1 bc1t bc1f bc1tl bc1fl movf movt".split())
USER_FOLDERS = {"bin", "lib", "lib32", "newlib", "newlib32"}
THREAD_POINTER = 0x7C03E83B  # rdhwr $3, $29: reserved on an R10000, whose kernel answers
FPU_USERS = {
    "disco.elf": ("disco_fpu_", SWITCH),
    "tinyix-native.elf": ("fpu_", SWITCH),
    "tinyix-disco.elf": ("fpu_", SWITCH),
    "dot.elf": ("dot_product", {"ldc1", "dmtc1", "dmfc1", "mul.d", "add.d"}),
}

SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+([0-9a-f]{8})\s+(\S+)(.*)$")


def instructions(objdump, file):
    """(symbol, address, word, mnemonic, operands) of every word in executable sections."""
    command = [objdump, "-d", "-z", "-M", "no-aliases", "-m", "mips:10000", str(file)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    symbol = "?"
    for line in text.splitlines():
        if match := SYMBOL.match(line):
            symbol = match.group(1)
        elif match := INSTRUCTION.match(line):
            yield symbol, match.group(1), int(match.group(2), 16), match.group(3), match.group(4)


def is_allowed(path, symbol, word, mnemonic):
    file = path.name
    if path.parent.name in USER_FOLDERS and (mnemonic in FLOATING or word == THREAD_POINTER):
        return True
    prefix, fpu = FPU_USERS.get(file, ("", ()))
    if symbol.startswith(prefix) and mnemonic in fpu:
        return True
    if symbol == "format" and mnemonic in SWITCH:  # print's, as it takes a double; the kernel prints none
        return True
    return mnemonic in ALLOWED or word in DELIBERATE.get(file, ())


def offences(objdump, file):
    """What is wrong with `file`, and how many instructions it has."""
    found, count = [], 0
    for symbol, address, word, mnemonic, operands in instructions(objdump, file):
        count += 1
        if not is_allowed(Path(file), symbol, word, mnemonic):
            found.append(f"{file}: {symbol}: {address}: {word:08x} {mnemonic}{operands.rstrip()}")
    return found, count


def main():
    objdump, files = sys.argv[1], sys.argv[2:]
    all_found, total = [], 0
    for file in files:
        found, count = offences(objdump, file)
        if count == 0:
            found = [f"{file}: no instructions"]
        all_found += found
        total += count
    print("\n".join(all_found + [f"{len(all_found)} offences in {total} instructions of {len(files)} files"]))
    return 1 if all_found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
