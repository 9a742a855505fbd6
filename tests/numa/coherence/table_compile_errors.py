"""A protocol table that is not total must not compile.

usage: table_compile_errors.py COMPILER SOURCE_ROOT

Copies the tables aside, changes one row, and expects the compiler to refuse it for the right reason. The
unchanged copies must compile, so that the refusals mean something.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CACHE_ROW = "    {kShared, E::kStore, kUpgradePending, {kSendUpgrade}},\n"
HOME_ROW = "    {kYielding, E::kTransfer, kExclusive, {kOwn}},\n"

# what is wrong, the file, the text it replaces, the text, and what the compiler must say
CASES = [
    ("a cache row is missing", "cache_table.hpp", CACHE_ROW, "", "this_pair_has_no_row"),
    ("a cache row is doubled", "cache_table.hpp", CACHE_ROW, CACHE_ROW * 2, "this_pair_has_two_rows"),
    ("a pair is possible and impossible", "cache_table.hpp", "P::states({kInvalid}), P::events({E::kReplace})",
     "P::states({kInvalid}), P::events({E::kReplace, E::kLoad})", "this_pair_has_two_rows"),
    ("an impossibility is missing", "cache_table.hpp",
     "    {N::kLineIsLeaving, kGone, kProcessor},\n", "", "this_pair_has_no_row"),
    ("a home row is missing", "directory_table.hpp", HOME_ROW, "", "this_pair_has_no_row"),
    ("a home row is doubled", "directory_table.hpp", HOME_ROW, HOME_ROW * 2, "this_pair_has_two_rows"),
    ("a new event without rows", "directory_table.hpp", "kHomeEvents = 18", "kHomeEvents = 19", "this_pair_has_no_row"),
]


def compile_tables(compiler, root, file, old, new):
    """Returns (compiled, messages) for the tables with one text replaced."""
    with tempfile.TemporaryDirectory() as name:
        copy = pathlib.Path(name)
        shutil.copytree(root / "numa/coherence", copy / "numa/coherence")
        table = copy / "numa/coherence" / file
        text = table.read_text()
        if old not in text:
            sys.exit(f"{file} has no text '{old}'")
        table.write_text(text.replace(old, new, 1))
        user = copy / "user.cpp"
        user.write_text('#include "numa/coherence/cache_table.hpp"\n#include "numa/coherence/directory_table.hpp"\n')
        result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", f"-I{copy}", user],
                                capture_output=True, text=True, check=False)
        return result.returncode == 0, result.stderr


def main():
    compiler, root = sys.argv[1], pathlib.Path(sys.argv[2])
    compiled, messages = compile_tables(compiler, root, "cache_table.hpp", CACHE_ROW, CACHE_ROW)
    if not compiled:
        sys.exit(f"the unchanged tables do not compile:\n{messages}")
    for what, file, old, new, expected in CASES:
        compiled, messages = compile_tables(compiler, root, file, old, new)
        if compiled:
            sys.exit(f"{what}: compiles")
        if not re.search(expected, messages):
            sys.exit(f"{what}: refused, but not for that reason:\n{messages}")
    print(f"{len(CASES)} wrong tables were refused")


if __name__ == "__main__":
    main()
