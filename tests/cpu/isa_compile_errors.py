"""A wrong row in the instruction table must not compile.

usage: isa_compile_errors.py COMPILER SOURCE_ROOT

Copies the table and its users aside, changes one row, and expects the compiler to refuse it for the right
reason. The unchanged copy must compile, so that the refusals mean something.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ADDU = 'INSN(addu,    "000000 sssss ttttt ddddd 00000 100001",  RdRsRt,'
NEW = "INSN(reserved_cp0"  # new rows stand in front of it

# what is wrong, the text it replaces or precedes, the text, and what the compiler must say
CASES = [
    ("31 bits", ADDU, ADDU.replace("100001", "10000"), "an encoding has 32 bits"),
    ("a stray character", ADDU, ADDU.replace("100001", "10000?"), "an encoding is made of"),
    ("an overlap with addu", NEW,
     'INSN(mul, "000000 sssss ttttt ddddd ----- 100001", RdRsRt, kPure, kOne)\n' + NEW,
     "two rows of mips4.def match the same word"),
    ("no body", NEW,
     'INSN(mul, "011100 sssss ttttt ddddd 00000 000010", RdRsRt, kPure, kOne)\n' + NEW,
     "mul.*semantics"),
    ("a body for other operands", ADDU, ADDU.replace("RdRsRt", "RtRsImm"), "RtRsImm.*RdRsRt|RdRsRt.*RtRsImm|no matching"),
    ("an unknown effect", "kMayFault,                   kOne", "kSlow,                   kOne", "kSlow"),
]


def compile_table(compiler, root, old, new):
    """Returns (compiled, messages) for the table with one text replaced."""
    with tempfile.TemporaryDirectory() as name:
        copy = pathlib.Path(name)
        for folder in ("cpu/isa", "cpu/semantics"):
            shutil.copytree(root / folder, copy / folder)
        table = copy / "cpu/isa/mips4.def"
        text = table.read_text()
        if old not in text:
            sys.exit(f"mips4.def has no text '{old}'")
        table.write_text(text.replace(old, new, 1))
        result = subprocess.run(
            [compiler, "-std=c++20", "-fsyntax-only", f"-I{copy}", f"-I{root}", copy / "cpu/isa/effects.cpp"],
            capture_output=True, text=True, check=False)
        return result.returncode == 0, result.stderr


def main():
    compiler, root = sys.argv[1], pathlib.Path(sys.argv[2])
    compiled, messages = compile_table(compiler, root, NEW, NEW)
    if not compiled:
        sys.exit(f"the unchanged table does not compile:\n{messages}")
    for what, old, new, expected in CASES:
        compiled, messages = compile_table(compiler, root, old, new)
        if compiled:
            sys.exit(f"{what}: compiles")
        if not re.search(expected, messages):
            sys.exit(f"{what}: refused, but not because of '{expected}':\n{messages}")
        print(f"{what}: refused")


if __name__ == "__main__":
    main()
