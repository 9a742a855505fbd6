#!/usr/bin/env python3
"""Does the C library of user programs do what the host's does?

usage: libc_test.py BUILD SOURCE HOST-CC PART SEED
PART is one of: cases (small programs with known answers), formats (printf, of random conversions), texts, process, files, threads
(tests/guests/libc/*.c). Each for both ABIs; what is printed must be what the host's compiler and library print.
"""
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build, fail_with

CASES = {
    "calloc": ('#include <stdio.h>\n#include <stdlib.h>\n'
               'int main(void) { int* p = calloc(10, sizeof *p); printf("%d\\n", p[3]); return 0; }', "0\n"),
    "malloc and memset": ('#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n'
                          'int main(int argc, char** argv) { size_t n = 4096 * (size_t)argc; char* p = malloc(n); (void)argv;\n'
                          'if (!p) return 1; memset(p, 0, n); printf("%d\\n", p[100]); return 0; }', "0\n"),
    "conversions": ('#include <stdio.h>\nint main(void) {\n'
                    'printf("[%.*s] [%*d] [%+d] [%d] [% d]\\n", 3, "abcdef", 6, 42, 1, 2, 3);\n'
                    'printf("[%.2x] [%.8x] [%o] [%#x] [%#o]\\n", 10, 0xbeef, 8, 255, 8);\n'
                    'printf("%2$s %1$s %3$*4$d\\n", "a", "b", 7, 3); printf("%Lg\\n", (long double)0.1); return 0; }',
                    "[abc] [    42] [+1] [2] [ 3]\n[0a] [0000beef] [10] [0xff] [010]\nb a   7\n0.1\n"),
    "end of input": ('#include <stdio.h>\nint main(void) { int ends[2], c, n = 0; extern int pipe(int*), dup2(int, int), close(int);\n'
                     'extern long write(int, const void*, unsigned long);\n'
                     'pipe(ends); write(ends[1], "ab\\ncd\\n", 6); close(ends[1]); dup2(ends[0], 0);\n'
                     'while ((c = getchar()) != EOF) n++; printf("read %d %d\\n", n, feof(stdin) != 0); return 0; }',
                     "read 6 1\n"),
    "constructor": ('#include <stdio.h>\nstatic int ready;\n__attribute__((constructor)) static void init(void) { ready = 1; }\n'
                    'int main(void) { printf("constructor ran: %d\\n", ready); return !ready; }', "constructor ran: 1\n"),
    "thread-local": ('#include <stdio.h>\nstatic _Thread_local int x = 5;\n'
                     'int main(void) { x++; printf("tls %d\\n", x); return 0; }', "tls 6\n"),
    "long double": ('#include <stdio.h>\n#include <stdlib.h>\nint main(int argc, char** argv) { (void)argv;\n'
                    'long double x = argc, y = 3; x = (x + 0.5L) * y / 2 - 0.25L; printf("%.3Lf %d %d %g\\n", x, x > y, (int)x,\n'
                    '(double)strtold("2.5", 0)); return 0; }', "2.000 0 2 2.5\n"),
    "complex": ('#include <complex.h>\n#include <stdio.h>\nint main(int argc, char** argv) { (void)argv;\n'
                'double complex z = argc + 2 * I; z = z * z / (1 - I); printf("%g %g %g\\n", creal(z), cimag(z), cabs(z)); return 0; }',
                "-3.5 0.5 3.53553\n"),
    "regular expressions": ('#include <regex.h>\n#include <stdio.h>\nint main(void) { regex_t r; regmatch_t m[2];\n'
                            'printf("%d", regcomp(&r, "b([0-9]+)", REG_EXTENDED)); printf(" %d", regexec(&r, "ab123c", 2, m, 0));\n'
                            'printf(" %d %d\\n", (int)m[1].rm_so, (int)m[1].rm_eo); regfree(&r); return 0; }', "0 0 2 5\n"),
    "a deep stack": ('#include <stdio.h>\nstatic int deep(int n) { volatile char part[4096]; part[0] = (char)n;\n'
                     'return n == 0 ? 0 : deep(n - 1) + (part[0] == (char)n); }\n'
                     'int main(void) { printf("%d\\n", deep(1800)); return 0; }', "1800\n"),
}
CXX = ('extern "C" int puts(const char*);\nstruct Base { virtual ~Base() {} virtual const char* name() = 0; };\n'
       'struct A : Base { A() { puts("A"); } ~A() { puts("~A"); } const char* name() override { return "name"; } };\n'
       'A a; int main() { Base* b = new A; puts(b->name()); delete b; static A late; puts("main"); }')
MISSING = {"system": '#include <stdlib.h>\nint main(void) { return system("x"); }',
           "sinl": '#include <math.h>\nint main(int c, char** v) { (void)v; return (int)sinl(c); }',
           "popen": '#include <stdio.h>\nint main(void) { return popen("x", "r") != 0; }'}


class Bench:
    def __init__(self, build, source, host_cc, folder):
        self.build, self.source, self.host_cc, self.folder = build, source, host_cc, folder
        self.failures = self.checks = 0

    def compile(self, file, abi, level="2", *words):
        program = self.folder / f"p-{abi}-{level}"
        command = [self.build.disco, "cc", "--abi", abi, f"-O{level}", "-w", *words, file, "-o", program]
        return program, subprocess.run(command, capture_output=True, text=True)

    def host(self, file, *arguments, environment=None):
        program = self.folder / "host"
        flags = ["-O1", "-w", "-ffp-contract=off", "-D_GNU_SOURCE", "-pthread"]
        subprocess.run([self.host_cc, *flags, file, "-o", program, "-lm"], check=True)
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                              env=os.environ | (environment or {}))

    def guest(self, program, *arguments, options=()):
        words = ["--args", *map(str, arguments)] if arguments else []
        return self.build.boot("tinyix-native.elf", "--program", program, *options, *words)

    def demand(self, condition, title, result):
        self.checks += 1
        if not condition:
            self.failures += 1
            fail_with(f"FAILED: {title}", result)

    def expect(self, file, title, stdout, code, *arguments, options=(), levels=("0", "2"), words=()):
        for abi in ("n64", "o32"):
            for level in levels:
                program, made = self.compile(file, abi, level, "-D_GNU_SOURCE", *words)
                what = f"{title} ({abi}, -O{level})"
                self.demand(made.returncode == 0, what, made)
                if made.returncode == 0:
                    ran = self.guest(program, *arguments, options=options)
                    self.demand((ran.stdout, ran.returncode) == (stdout, code), difference(what, ran.stdout, stdout), ran)

    def source_file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def difference(title, got, wanted):
    for number, (a, b) in enumerate(zip(got.splitlines(), wanted.splitlines()), 1):
        if a != b:
            return f"{title}: line {number} is {a!r}, and not {b!r}"
    return title


def cases(bench, _):
    for title, (text, stdout) in CASES.items():
        bench.expect(bench.source_file("case.c", text), title, stdout, 0)
    bench.expect(bench.source_file("case.cpp", CXX), "C++", "A\nA\nname\n~A\nA\nmain\n~A\n~A\n", 0)
    for name, text in MISSING.items():  # what is missing fails when linking, by its name
        for abi in ("n64", "o32") if name != "sinl" else ("n64",):  # o32's long double is a double
            _, made = bench.compile(bench.source_file("missing.c", text), abi)
            found = made.returncode == 4 and f"`{name}'" in made.stderr and "cannot be linked" in made.stderr
            bench.demand(found, f"{name} is missing ({abi})", made)


def conversion(rng):
    """A conversion of printf and its arguments, as C."""
    kind = rng.choice("d d i u x X o c s f F e E g G a lld llu llx ld lu lx zu hd hhu jd Lf Lg ls".split())
    letter = kind[-1]
    flags = set(rng.sample("-+ 0#", rng.randrange(4)))
    if letter not in "diaAfFeEgG":
        flags -= set("+ ")
    if letter in "diucs":
        flags -= set("#")
    if letter in "cs":
        flags -= set("0")
    arguments, text = [], "%" + "".join(sorted(flags))
    for mark, most in (("", 22), (".", 17 if letter not in "c" else 0)):
        how = rng.randrange(3)
        if how == 0 or not most:
            continue
        amount = rng.randrange(most)
        text += mark + (str(amount) if how == 1 else "*")
        if how == 1 and not mark and amount == 0:
            text = text[:-1]
        if how == 2:
            arguments.append(str(amount if mark or rng.randrange(2) else -amount))
    if letter in "fFeEgGa":
        value = rng.choice([0.0, -0.0, 1.0, 0.5, 2.5, 1e10, 123456.789, 1e-5, 9.995, 1e100, rng.uniform(-1, 1), rng.gauss(0, 1e6),
                            10.0 ** rng.randrange(-250, 250)])
        if "L" in kind:
            arguments.append(f"(long double){rng.choice([0.5, -2.75, 1024.0, 3.0, -0.125])!r}")
        else:
            arguments.append(rng.choice([repr(value)] * 9 + ["1.0 / zero", "-1.0 / zero"]))
    elif letter == "c":
        arguments.append(f"'{rng.choice('aZ9 ')}'")
    elif letter == "s":
        word = "".join(rng.choice("abc d") for _ in range(rng.randrange(12)))
        arguments.append(("L" if kind == "ls" else "") + f'"{word}"')
    else:
        bits = 62 if "ll" in kind or "j" in kind else 30
        value = rng.choice([0, 1, 7, rng.getrandbits(bits), rng.getrandbits(bits // 2)])
        if letter in "di" and rng.randrange(2):
            value = -value
        cast = {"ll": "long long", "j": "intmax_t", "l": "long", "z": "size_t"}.get(kind[:-1], "int")
        arguments.append(f"({cast}){value}{'LL' if abs(value) >> 31 else ''}")
    return text + kind, arguments


def formats(bench, seed):
    rng = random.Random(seed)
    lines = ["#include <stdint.h>\n#include <stdio.h>\nstatic volatile double zero;\nint main(void) {"]
    for _ in range(1500):
        text, arguments = conversion(rng)
        other, more = conversion(rng)
        lines.append(f'printf("[{text}] [{other}] %d\\n", {", ".join(arguments + more)}, 77);')
    file = bench.source_file("formats.c", "\n".join([*lines, "return 0; }"]))
    expected = bench.host(file)
    bench.expect(file, "formats", expected.stdout, 0)


def texts(bench, seed):
    file = bench.source / "texts.c"
    bench.expect(file, "texts", bench.host(file, seed).stdout, 0, seed, options=["--fp-unimplemented", "complete"])


def process(bench, _):
    file = bench.source / "process.c"
    words = ["a b", "", 'a "quoted" word', "back\\slash", '\\"', "\\", "two  blanks\\", "tab\there", "plain", "--flag=x y"]
    expected = bench.host(file, *words, environment={"NAME": "a value", "PATH": "/"})
    bench.demand(expected.returncode == 3, "process on the host", expected)
    wanted = "".join(line + "\n" for line in expected.stdout.splitlines())
    for abi in ("n64", "o32"):
        for level in ("0", "2"):
            program, made = bench.compile(file, abi, level, "-D_GNU_SOURCE")
            ran = bench.guest(program, *words[:-1], options=["--env", "NAME=a value"])
            # What assert() and the kernel say about children that end is on the same console.
            said = "".join(line + "\n" for line in ran.stdout.splitlines()
                           if not line.startswith("tinyix: ") and "assertion" not in line)
            ours = wanted.replace("argument [--flag=x y]\n", "")
            bench.demand(made.returncode == 0 and (said, ran.returncode) == (ours, 3),
                         difference(f"process ({abi}, -O{level})", said, ours), ran)


def files(bench, seed):
    file = bench.source / "files.c"
    top = bench.folder / "top"
    top.mkdir()
    expected = bench.host(file, top, seed)
    bench.demand(expected.returncode == 0, "files on the host", expected)
    image = bench.folder / "disk.img"
    tool = bench.source.parents[2] / "guest-kernels/tinyix/tools/tinyfs.py"
    subprocess.run([sys.executable, tool, "make", image, "4M"], check=True, stdout=subprocess.DEVNULL)
    bench.expect(file, "files", expected.stdout, 0, "/", seed, options=["--disk", f"{image},write"])
    checked = subprocess.run([sys.executable, tool, "check", image], capture_output=True, text=True)
    bench.demand(checked.returncode == 0, "the disk afterwards", checked)


def threads(bench, _):
    file = bench.source / "parallel_c.c"
    for count, rounds, cpus in ((4, 30, 1), (4, 30, 4), (9, 20, 3), (16, 12, 8)):
        expected = bench.host(file, count, rounds)
        bench.demand(expected.returncode == 5, "threads on the host", expected)
        bench.expect(file, f"{count} threads on {cpus} processors", expected.stdout, 5, count, rounds,
                     options=["--cpus", cpus], levels=("0", "2") if cpus == 4 else ("2",))


def main():
    build, source, host_cc, part, seed = Build(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6]
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(build, source / "tests/guests/libc", host_cc, Path(name))
        print(f"{part}, seed {seed}")
        globals()[part](bench, int(seed))
    print(f"{bench.checks} checks, {bench.failures} failures")
    return 1 if bench.failures or bench.checks == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
