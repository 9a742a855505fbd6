"""Builds a small tree with forbidden includes and demands that check_layers.py names each of them."""
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = {
    "mmu/a.hpp": '#include "cpu/cpu.hpp"\n',
    "cpu/b.cpp": '#include "numa/memory.hpp"\n',
    "traces/c.cpp": '#include "mmu/tlb.hpp"\n',
    "cli/d.cpp": "#include <lua.h>\n",
    "common/e.hpp": "#include <fmt/format.h>\n",
    "disco/f.hpp": '#include "mmu/tlb.hpp"\n',
}


def run(root):
    return subprocess.run([sys.executable, sys.argv[1], root], capture_output=True, text=True)


with tempfile.TemporaryDirectory() as name:
    root = Path(name)
    (root / "mmu").mkdir()
    (root / "mmu/fine.hpp").write_text('#include "common/address.hpp"\n')
    assert run(root).returncode == 0, "a clean tree must pass"
    for path, text in CASES.items():
        file = root / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        result = run(root)
        assert result.returncode == 1 and path in result.stdout, f"{path} was not found:\n{result.stdout}"
        file.unlink()
print("every forbidden include was found")
