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
    demand(output, r"pc: 0xffffffff80100000", r"pc: 0xffffffff80100004", r"= 0x10000000", r"= 0x930", r"= 1\.5",
           r"= 0x123456789abcdef0", r"<main>:\s+(0x[0-9a-f]+)", r"Breakpoint 1, main", r"<main>:\s+0x[0-9a-f]+",
           r"= 0x[0-9a-f]+", r"pc: 0xffffffff8010", r"node 0, kernel", r"cycle \d+", r"index  entryhi",
           r"hello, machine", r"exited normally")
    words = re.findall(r"<main>:\s+(0x[0-9a-f]+)", output)
    if words[0] != words[1]:
        sys.exit("a breakpoint changed memory")


def reset_button():
    """NMI leads to the boot ROM, whose default program powers off with code 98 (octal 142)."""
    output = session(GUESTS / "bare/hello.elf", """
stepi
monitor nmi
continue
""")
    demand(output, r"NMI pending", r"exited with code 0142")


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


def steps():
    """Single steps over a refill handler's eret, into the exception vectors, and by `watch`."""
    output = session(GUESTS / "tinyix-native.elf", """
break xtlb_refill
continue
delete
p/x $epc
stepi 13
printf "eret at %lx\\n", $pc
x/i $pc
stepi
printf "back at %lx of %lx, mode %d\\n", $pc, $epc, ($status >> 3) & 3
stepi
printf "then at %lx\\n", $pc
break syscall
continue
delete
watch cpus[0].asid_last
continue
delete
monitor time
continue
""", "--program", "pingpong", "--args", "2")
    demand(output, r"Breakpoint 1, xtlb_refill", r"eret at ffffffff800000b8", r"eret", r"back at (\w+) of \1, mode 2",
           r"then at 10[0-9a-f]+\b(?<!at 10000)", r"Breakpoint 2, syscall", r"Watchpoint 3: cpus", r"Old value = \d+",
           r"New value = \d+", r"cycle \d+", r"pingpong", r"exited normally")


def delay_slot():
    """A breakpoint in a delay slot cannot stop there, for a branch and its slot are one step; jumped to, it can."""
    output = session(GUESTS / "bare/hello.elf", """
break main
continue
python
import gdb
branch = next(i for i in gdb.selected_frame().architecture().disassemble(int(gdb.parse_and_eval("$pc")), count=40)
              if i["asm"].split()[0] in ("jal", "jr", "b", "bnez", "beqz", "beq", "bne", "j"))
slot = branch["addr"] + 4
gdb.execute(f"tbreak *{branch['addr']}")
gdb.execute("continue")
gdb.execute(f"break *{slot}")
gdb.execute("stepi")
gdb.execute(f"printf \\"stepped over %d\\\\n\\", $pc != {branch['addr']} && $pc != {slot}")
gdb.execute(f"set $pc = {slot} - 4")
end
continue
""")
    demand(output, r"Breakpoint 1, main", r"Temporary breakpoint 2", r"Breakpoint 3 at", r"stepped over 1")


def below_the_monitor():
    """Breakpoints in the monitor and in its guest are told apart by address."""
    output = session(GUESTS / "tinyix-disco.elf", """
break disco::deliver_exception
break *((unsigned long)&syscall)
continue
p/x ($status >> 3) & 3
delete 1
continue
p/x ($status >> 3) & 3
p/x $pc >= 0xffffffffc0000000
stepi
p/x $pc >= 0xffffffffc0000000
delete
continue
""", "--program", "hello", "--monitor", "--symbols", str(GUESTS.parent / "disco.elf"))
    demand(output, r"Breakpoint 1,", r"Breakpoint 2,", r"= 0x1", r"= 0x1", r"= 0x1", r"hello", r"exited normally")


if __name__ == "__main__":
    bare()
    reset_button()
    kernel()
    steps()
    delay_slot()
    below_the_monitor()
    print("gdb saw what it should")
