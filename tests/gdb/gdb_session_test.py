"""Drives gdb-multiarch over `disco debug` and demands what a person would see.

usage: gdb_session_test.py DISCO GUESTS_DIR
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DISCO, GUESTS = sys.argv[1], Path(sys.argv[2])


def session(kernel, script, *options):
    """Runs gdb commands on a kernel; returns everything that was printed."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "script.gdb"
        file.write_text("set pagination off\nset confirm off\n" + script)
        words = [DISCO, "debug", str(kernel), *options, "--gdb-arg=-batch", "--gdb-arg=-x", f"--gdb-arg={file}"]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)
        return done.stdout


def demand(output, *patterns):
    """Every pattern occurs, in this order."""
    at = 0
    for pattern in patterns:
        found = re.compile(pattern).search(output, at)
        if not found:
            sys.exit(f"not found (after offset {at}): {pattern}\n--- gdb said:\n{output}")
        at = found.end()


def bare():
    output = session(GUESTS / "bare/hello.elf", """
info registers pc
set $pc = $pc + 4
info registers pc
set $pc = $pc - 4
set $status = 0x10000000
p/x $status
p/x $prid
set $f4 = 1.5
p $f4
set $s3 = 0x123456789abcdef0
p/x $s3
break main
x/1xw main
continue
x/1xw main
p/x $config
stepi
info registers pc
info threads
monitor time
monitor tlb
continue
""")
    demand(output, r"pc: 0xffffffff80100000", r"pc: 0xffffffff80100004", r"= 0x10000000", r"= 0x927", r"= 1\.5",
           r"= 0x123456789abcdef0", r"<main>:\s+(0x[0-9a-f]+)", r"Breakpoint 1, main", r"<main>:\s+0x[0-9a-f]+",
           r"= 0x[0-9a-f]+", r"pc: 0xffffffff8010", r"node 0, kernel", r"cycle \d+", r"index  entryhi",
           r"hello, machine", r"exited normally")
    words = re.findall(r"<main>:\s+(0x[0-9a-f]+)", output)
    if words[0] != words[1]:
        sys.exit("a breakpoint changed memory")


def kernel():
    output = session(GUESTS / "tinyix-native.elf", """
break syscall
continue
p/x $cause & 0x7c
p/x $status
p/x $entryhi & 0xff
backtrace 1
stepi
delete
continue
""", "--program", "hello")
    demand(output, r"Breakpoint 1, syscall", r"= 0x20", r"= 0x[0-9a-f]+", r"= 0x[0-9a-f]+", r"#0 .*syscall",
           r"hello", r"exited normally")


if __name__ == "__main__":
    bare()
    kernel()
    print("gdb saw what it should")
