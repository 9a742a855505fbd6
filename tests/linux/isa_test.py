#!/usr/bin/env python3
"""Is everything in Linux's images MIPS IV: the kernels that are there, and every program on the RAM disk?

usage: isa_test.py OBJDUMP

binutils decides what an R10000 knows; what it does not know is an offence, unless it stands in UNREACHED with a reason.
"""
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "guests"))

from check_isa import instructions  # noqa: E402
from images import disk_entries, folder, need  # noqa: E402

KERNELS = ("linux-native.elf", "linux-disco.elf", "linux32-disco.elf")
ELF = b"\x7fELF"
# rdhwr $3, $29: where musl has its thread pointer. Not MIPS IV: the kernel emulates it, as on every older processor.
RDHWR = 0x7C03E83B
# Functions for other processors, compiled in: MIPS32/64's further CP0 registers, MSA, MT. The machine answers each of their
# words with Reserved Instruction, so a kernel that entered one on an R10000 would not get to its shell.
UNREACHED = set("""
cpu_probe cpu_set_mt_per_tc_perf decode_config3 decode_configs do_msa_fpe do_mt dump_tlb_all dump_tlb_regs ftlb_disable
handle_gsexc_int handle_msa_fpe_int htw_disable local_r4k___flush_cache_all mips_clear_watch_registers
mips_install_watch_registers mips_probe_watch_registers mips_read_watch_registers platform_maar_init r4k_cache_init
set_ftlb_enable
""".split())

# Tables of addresses that the 32-bit kernel has among its functions: no instructions, and nobody jumps there.
TABLES = {"sys_call_table"}


def known(symbol, word, mnemonic, is_program):
    if not mnemonic.startswith(".") or symbol in TABLES:
        return True
    return word == RDHWR if is_program else symbol.split(".")[0] in UNREACHED  # .constprop.0 is gcc's


def offences(objdump, path, title, is_program):
    found, count = [], 0
    for symbol, address, word, mnemonic, operands in instructions(objdump, path):
        count += 1
        if not known(symbol, word, mnemonic, is_program):
            found.append(f"{title}: {symbol}: {address}: {word:08x} {mnemonic}{operands.rstrip()}")
    if count < 1000:
        found.append(f"{title}: only {count} instructions")
    print(f"{title}: {count} instructions, {len(found)} offences")
    return found


def main():
    objdump = sys.argv[1]
    _, disk = need("linux-native.elf", "linux.cpio")
    found = []
    for name in KERNELS:
        if (folder() / name).is_file():
            found += offences(objdump, folder() / name, name, is_program=False)
    with tempfile.TemporaryDirectory() as here:
        for name, data in disk_entries(disk):
            if data.startswith(ELF):
                path = Path(here) / "program"
                path.write_bytes(data)
                found += offences(objdump, path, name, is_program=True)
    print("\n".join(found))
    by_function = Counter(line.split(": ")[1] for line in found)
    print(f"{len(found)} offences in {len(by_function)} functions: {dict(by_function)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
