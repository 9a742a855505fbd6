#!/usr/bin/env python3
"""Fails on a header that hands an address out as a plain number.

usage: check_addresses.py ROOT
Addresses are VirtAddr, PhysAddr or MachineAddr (common/address.hpp), so that one kind cannot be taken for another. An
integer is taken for an address by its name (pc, va, pa, epc, address and what ends like them) or by a comment beside it
that says so. Not looked at: hardware/, which both programs read and which knows no type of either, and disco/, whose
registers hold guests' words. Registers are words (WORDS), offsets within something are numbers. Exit code 1 and one
line per offence.
"""
import re
import sys
from pathlib import Path

FOLDERS = ("common", "mmu", "cpu", "numa", "machine", "traces", "config", "measure", "lab", "cli")
NUMBER = r"(?:std::)?u?int(?:64|_fast64|ptr)?_t|(?:unsigned )?long(?: long)?"
NAME = re.compile(r"^(?:\w+_)?(?:va|pa|pc|epc|vaddr|paddr|maddr|addr|address|eret_target)_?$|^target_?$")
DECLARED = re.compile(rf"\b(?:std::optional<)?(?:{NUMBER})>?[&*]?\s+((?:\w+)(?:\s*(?:=[^,;(){{}}]*|\{{[^{{}}]*\}})?\s*,\s*\w+)*)")
FUNCTION = re.compile(rf"\b(?:std::optional<)?(?:{NUMBER})>?\s+((?:\w+_)?address(?:_of)?)\(")
TOLD = re.compile(rf"\b(?:{NUMBER})\s+(\w+)[^/\n]*//\s*(?:the |an? )?(?:virtual|physical|machine) address")
# Headers of what instructions read and write as it is, whatever it means.
WORDS = {"cpu/core/registers.hpp"}
COMMENT = re.compile(r"//[^\n]*")


def offences(text):
    """(line, name) of every address that is a number."""
    found = {(text.count("\n", 0, m.start()) + 1, m[1]) for m in TOLD.finditer(text)}
    plain = COMMENT.sub("", text)
    for match in FUNCTION.finditer(plain):
        found.add((plain.count("\n", 0, match.start()) + 1, match[1]))
    for match in DECLARED.finditer(plain):
        # Of a list of parameters each has its type; of a list of members only the first.
        for name in re.findall(r"(?:^|,)\s*(\w+)", match[1]):
            if NAME.match(name):
                found.add((plain.count("\n", 0, match.start()) + 1, name))
    return sorted(found)


def check_itself():
    example = """
    struct Record { VirtAddr pc; std::uint64_t offset = 0, size = 0; };
    void look(VirtAddr va, std::uint64_t value);
    std::uint64_t bits_of(PhysAddr pa);
    """
    wrong = ["std::uint64_t pc = 0;", "std::uint64_t next = 0, last_pc = 0;", "void look(std::uint64_t va, int n);",
             "std::optional<std::uint64_t> bad_vaddr{};", "std::uint64_t vector_address(Vector v);",
             "std::uint64_t table = 0;  // a machine address", "uint64_t launch_pc_ = 0, launch_gp_ = 0;"]
    if offences(example):
        sys.exit(f"check_addresses: finds {offences(example)} in what is right")
    for line in wrong:
        if not offences(line):
            sys.exit(f"check_addresses: does not find {line}")


def main():
    check_itself()
    root = Path(sys.argv[1])
    headers = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.hpp"))
               if str(path.relative_to(root)) not in WORDS]
    found = [(path.relative_to(root), *one) for path in headers for one in offences(path.read_text())]
    for path, line, name in found:
        print(f"{path}:{line}: {name} is an address: make it a VirtAddr, PhysAddr or MachineAddr")
    print(f"{len(found)} raw addresses in {len(headers)} headers")
    return 1 if found or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
