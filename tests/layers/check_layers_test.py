"""Builds a small tree with forbidden edges and demands that check_layers.py names each of them, and only those."""
import subprocess
import sys
import tempfile
from pathlib import Path

TABLES = """
| folder | holds | may include and link |
|---|---|---|
| common/ | | |
| mmu/ | | common |
| cpu/ | | common mmu |
| config/ | | common |
| disco/ | | common |
| guest-kernels/ | | |

| folder | order |
|---|---|
| cpu/ | `isa` `.` `engine` `main.cpp` |

| headers | seen by |
|---|---|
| lua.h | config |
| CLI/ | config |
| CLI/Version.hpp | config mmu |
"""
FINE = {
    "mmu/fine.hpp": '#include <CLI/Version.hpp>\n#include "common/address.hpp"\n',
    "cpu/main.cpp": '#include "cpu/engine/run.hpp"\n#include "mmu/tlb.hpp"\n',
    "cpu/engine/run.hpp": '#include "cpu/cpu.hpp"\n#include "cpu/isa/table.hpp"\n',
    "config/lua.cpp": "#include <lua.h>\n#include <CLI/CLI.hpp>\n",
    "common/CMakeLists.txt": "disco_module(common a.cpp)\n",
    "mmu/CMakeLists.txt": "disco_module(mmu tlb.cpp DEPENDS common)\n",
    "cpu/CMakeLists.txt": "disco_module(cpu cpu.cpp\n  DEPENDS mmu)\ntarget_link_libraries(cpu PRIVATE common)\n",
    "disco/mips/CMakeLists.txt": "add_subdirectory(${ROOT}/guest-kernels/runtime runtime)\n",
}
WRONG = {
    "mmu/a.hpp": '#include "cpu/cpu.hpp"\n',
    "mmu/relative.hpp": '#include "../cpu/main.cpp"\n',
    "cpu/b.cpp": "#include <lua.h>\n",
    "cpu/c.cpp": "#include <CLI/CLI.hpp>\n",
    "cpu/isa/d.cpp": '#include "cpu/engine/run.hpp"\n',
    "cpu/isa/bare.cpp": '#include "../cpu.hpp"\n',
    "cpu/cpu.hpp": '#include "cpu/engine/run.hpp"\n',
    "cpu/elsewhere/e.hpp": '#include "cpu/isa/table.hpp"\n',
    "common/f.hpp": "#include <fmt/format.h>\n",
    "disco/g.hpp": '#include "mmu/tlb.hpp"\n',
    "mmu/more/CMakeLists.txt": "target_link_libraries(mmu PRIVATE cpu)\n",
    "common/more/CMakeLists.txt": "disco_module(extra x.cpp\n  DEPENDS mmu)\n",
    "disco/more/CMakeLists.txt": "include(${ROOT}/guest-kernels/tinyix/kernel.cmake)\n",
}


def run(root):
    return subprocess.run([sys.executable, sys.argv[1], root], capture_output=True, text=True)


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


with tempfile.TemporaryDirectory() as name:
    root = Path(name)
    write(root, "docs/architecture.md", TABLES)
    for path, text in FINE.items():
        write(root, path, text)
    write(root, "cpu/cpu.hpp", '#include "cpu/isa/table.hpp"\n')
    write(root, "cpu/isa/table.hpp", "")
    clean = run(root)
    assert clean.returncode == 0, f"a clean tree must pass:\n{clean.stdout}{clean.stderr}"
    for path, text in WRONG.items():
        before = (root / path).read_text() if (root / path).is_file() else None
        file = write(root, path, text)
        result = run(root)
        assert result.returncode == 1 and result.stdout.startswith(f"{path}:"), \
            f"{path} was not found:\n{result.stdout}{result.stderr}"
        if before is None:
            file.unlink()
        else:
            file.write_text(before)
    assert run(root).returncode == 0
print(f"every one of {len(WRONG)} forbidden edges was found")
