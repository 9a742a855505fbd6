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


def over_exceptions():
    """Steps of a user program end in it, whatever page they touch and whenever the timer ticks."""
    script = """
break main
continue
python
import gdb
gdb.execute("delete")
outside, steps, last = 0, 0, 0
for n in range(%d):
    gdb.execute("stepi", to_string=True)
    pc = int(gdb.parse_and_eval("(unsigned long)$pc"))
    mode = int(gdb.parse_and_eval("($status >> 3) & 3"))
    steps += pc != last
    last = pc
    outside += pc >> 63 or mode != 2
print(f"steps {steps}, outside {outside}", flush=True)
end
"""
    program = ("--program", "strided")  # from page to page
    output = session(GUESTS / "tinyix-native.elf", script % 1500, *program)
    demand(output, r"Breakpoint 1, main", r"steps 1[0-9]{3}, outside 0\b")
    output = session(GUESTS / "tinyix-native.elf", script % 300, *program, "--tlb", "8")
    demand(output, r"steps [0-9]+, outside 0\b")
    # The same below the monitor, where the guest's kernel handles what the monitor hands on.
    output = session("tinyix", script % 300, *program, "--monitor")
    demand(output, r"Breakpoint 1, main", r"steps [0-9]+, outside 0\b")
    # With handlers as a part of the program.
    output = session(GUESTS / "tinyix-native.elf", "monitor step exceptions on\n" + script % 1500, *program)
    demand(output, r"steps go into exception handlers", r"steps [0-9]+, outside [1-9]")


def source_lines():
    """next, step and finish of C that faults and calls, by the lines of the source."""
    output = session("tinyix", """
break kernel_main
continue
delete
next
next
next
info source
tbreak main
continue
next
next
finish
up
info line
kill
""", "--program", "hello")
    demand(output, r"kernel_main \(.*main\.c:\d+", r"\n\d+\t", r"\n\d+\t", r"\n\d+\t",
           r"Located in .*guest-kernels/tinyix/kernel/main\.c", r"main \(.*hello\.c:\d+", r"\n\d+\t")
    if "No such file" in output:
        sys.exit(f"a source was not found:\n{output}")
    output = session(GUESTS / "bare/hello.elf", "break main\ncontinue\nlist\nkill\n")
    demand(output, r"Breakpoint 1, main", r"\n\d+\t.*main\(void\)")


def by_name():
    """The name of a kernel stands for its image, its program's and the monitor's."""
    output = session("tinyix", """
x/1i $pc
break syscall
continue
backtrace 2
delete
continue
""", "--program", "hello")
    demand(output, r"=> 0xffffffff80100000 <_start>", r"Breakpoint 1, syscall", r"#0 .*syscall", r"#1 .*trap",
           r"hello", r"exited normally")
    output = session("tinyix", """
info symbol $pc
break disco::deliver_exception
break *((unsigned long)&syscall)
continue
continue
delete
continue
""", "--program", "hello", "--monitor")
    demand(output, r"in section \.text", r"Breakpoint 1,.*deliver_exception", r"hello", r"exited normally")


K32 = """
volatile int counter;
static __attribute__((noinline)) int work(int n) {
  for (int i = 0; i < n; ++i) counter += i;
  return counter;
}
static __attribute__((noinline)) int calls(int n) { return work(n) + 1; }
void kernel(void) {
  int sum = calls(10);
  *(volatile unsigned*)0xbc001000 = (sum == 46 ? 0 : 1) << 1 | 1;
  for (;;) continue;
}
__asm__(".section .text.start, \\"ax\\"\\n.set noreorder\\n.globl _start\\n"
        "_start: lui $sp, 0x8020\\njal kernel\\nnop\\n.set reorder\\n.previous\\n");
"""
K32_LAYOUT = """
ENTRY(_start)
SECTIONS { . = 0x80100000; .text : { *(.text.start) *(.text*) } .data : { *(.data*) *(.bss*) *(COMMON) }
  /DISCARD/ : { *(.MIPS.abiflags) *(.reginfo) *(.pdr) *(.gnu.attributes) *(.note*) *(.comment) *(.eh_frame*) } }
"""


def kernels_of_32_bits():
    """Addresses of 32 bits, as gdb sends them for ELF32, and an image of no format at all."""
    script = """
x/2i $pc
break *%s
continue
x/1i $pc
p/x $sp
stepi
%s
kill
"""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        (folder / "k.c").write_text(K32)
        (folder / "k.ld").write_text(K32_LAYOUT)
        for abi, isa in (("32", "mips2"), ("n32", "mips4")):
            elf = folder / f"k{abi}.elf"
            subprocess.run(["mips64-linux-gnuabi64-gcc", f"-mabi={abi}", f"-march={isa}", "-EB", "-mno-abicalls",
                            "-fno-pic", "-G0", "-ffreestanding", "-msoft-float", "-g", "-O1", "-nostdlib", "-static",
                            "-Wl,--build-id=none", "-T", folder / "k.ld", folder / "k.c", "-o", elf], check=True)
            output = session(elf, script % ("work", "p counter\nbacktrace\nwatch counter\ncontinue"))
            demand(output, r"=> 0x(ffffffff)?80100000 <_start>:\s+lui", r"Breakpoint 1 at", r"Breakpoint 1, ",
                   r"<work>", r"= 0x(ffffffff)?801fff", r"= 0\b", r"#0 .*work", r"#1 .*calls", r"#2 .*kernel",
                   r"atchpoint 2: counter", r"New value = 1\b")
            # Any gdb, told nothing but the byte order.
            boot = subprocess.Popen([DISCO, "boot", elf, "--gdb", "0"], stderr=subprocess.PIPE, text=True)
            port = re.search(r"localhost:(\d+)", boot.stderr.readline())[1]
            done = subprocess.run(["gdb-multiarch", "-q", "-batch", "-ex", "set endian big", "-ex",
                                   f"target remote :{port}", "-ex", "break work", "-ex", "continue", "-ex", "bt",
                                   "-ex", "kill", elf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=120, stdin=subprocess.DEVNULL)
            boot.wait(timeout=60)
            demand(done.stdout, r"Breakpoint 1, ", r"#0 .*work", r"#1 .*calls", r"#2 .*kernel")
            raw = folder / f"k{abi}.bin"
            subprocess.run(["mips64-linux-gnuabi64-objcopy", "-O", "binary", elf, raw], check=True)
            names = subprocess.check_output(["mips64-linux-gnuabi64-nm", elf], text=True)
            work = re.search(r"([0-9a-f]{8}) t work", names)[1]
            output = session(raw, script % ("0xffffffff" + work, ""))
            demand(output, r"=> 0xffffffff80100000:\s+lui", r"Breakpoint 1 at", "Breakpoint 1, ", r"0xffffffff" + work,
                   r"= 0xffffffff801fff")
            if "not in executable format" in output:
                sys.exit(f"gdb was given what it cannot read:\n{output}")


def wide_registers():
    """CP0 has 64 bits, to look at and to write."""
    names = "entryhi context xcontext epc errorepc badvaddr entrylo0 entrylo1"
    script = "break main\ncontinue\nset $epc = 0x4000000087654321\np/x $epc\n"
    script += "set $errorepc = 0x9000000012345678\np/x $errorepc\nset $entryhi = 0xc00000a000004005\np/x $entryhi\n"
    script += "set $xcontext = 0xffffffff12340000\np/x $xcontext & 0xffffffff00000000\n"
    script += "".join(f"p sizeof(${name})\n" for name in names.split()) + "kill\n"
    output = session(GUESTS / "bare/hello.elf", script)
    demand(output, r"= 0x4000000087654321", r"= 0x9000000012345678", r"= 0xc00000a000004005", r"= 0x[0-9a-f]{9,}",
           *[r"= 8\b" for _ in names.split()])


def after_detaching():
    """The machine runs on as long as gdb is there."""
    output = session(GUESTS / "bare/hello.elf", """
break main
continue
detach
python
import time
time.sleep(3)
end
echo still there\\n
""")
    # gdb's own words may stand on the same line: both write to one pipe.
    demand(output, r"Breakpoint 1, main", r"put_line\(\"hello, machine\"\)", r"hello, machine", "still there")


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
    over_exceptions()
    source_lines()
    by_name()
    kernels_of_32_bits()
    wide_registers()
    after_detaching()
    delay_slot()
    below_the_monitor()
    print("gdb saw what it should")
