#!/usr/bin/env python3
"""disco cc as people type it: the compiler's flags, several sources, archives; which file and which step failed.

usage: cc_test.py DISCO [unittest arguments]
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DISCO = Path(sys.argv[1]).resolve()
MAIN = "int other(void);\nint main(void) { return other(); }\n"


class Cc(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.dir = Path(self._folder.name)

    def file(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def disco(self, *words, code=0):
        done = subprocess.run([DISCO, *map(str, words)], cwd=self.dir, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def runs(self, program, *words, code=0, options=()):
        arguments = ["--args", *words] if words else []
        return self.disco("-q", "boot", "tinyix", "--program", f"./{program}", *options, *arguments, code=code).stdout

    def test_the_file_that_does_not_compile_is_named(self):
        self.file("main.c", MAIN)
        self.file("bad.c", "int other(void) { return 8 }\n")
        for words in (["main.c", "bad.c"], ["bad.c", "main.c"], ["-c", "main.c", "bad.c"]):
            done = self.disco("cc", *words, code=4)
            self.assertIn("bad.c: does not compile", done.stderr)
            self.assertNotIn("main.c: does not", done.stderr)
            self.assertFalse((self.dir / "a.out").exists())

    def test_the_step_that_fails_is_named(self):
        self.file("main.c", MAIN)
        done = self.disco("cc", "main.c", "-o", "x", code=4)
        self.assertIn("x: cannot be linked", done.stderr)
        self.assertIn("`other'", done.stderr)
        self.file("bad.S", " notaninstruction $1\n")
        self.assertIn("bad.S: does not assemble", self.disco("cc", "main.c", "bad.S", code=4).stderr)
        self.assertIn("nothing.c: there is no such file", self.disco("cc", "main.c", "nothing.c", code=4).stderr)

    def test_an_output_that_cannot_be_written_is_told_as_such(self):
        self.file("main.c", "int main(void) { return 0; }\n")
        (self.dir / "folder").mkdir()
        for output in ("nowhere/x", "folder", "/dev/full"):
            for step in ([], ["-c"]):
                done = self.disco("cc", "main.c", *step, "-o", output, code=4)
                self.assertIn(f"{output}: cannot be written", done.stderr)

    def test_a_source_is_not_overwritten(self):
        self.file("main.c", MAIN)
        self.assertIn("is a source and the output", self.disco("cc", "main.c", "-o", "main.c", code=2).stderr)
        self.assertEqual((self.dir / "main.c").read_text(), MAIN)

    def test_flags_of_compilers(self):
        self.file("inc/own.h", "#define OWN 1\n")
        self.file("pre.h", "#define PRE 2\n")
        self.file("main.c", '#include <math.h>\n#include <own.h>\nextern int two(void);\n'
                  'int main(int c, char** v) { (void)v; return (int)sqrt(c * 16.0) + OWN + PRE + X + Y + two() + __OPTIMIZE__ + (__STDC_VERSION__ == 199901L); }\n')
        self.file("two.c", "int two(void) { return 2; }\n")
        self.disco("cc", "-c", "two.c", "-O1")
        subprocess.run(["mips64-linux-gnuabi64-ar", "rcs", "libtwo.a", "two.o"], cwd=self.dir, check=True)
        common = ["-I", "inc", "-DX=10", "-D", "Y=20", "-std=c99", "-Wall", "-Wextra", "-g", "-funroll-loops", "-include", "pre.h", "-UZ"]
        for level in (["-O3"], ["-O", "3"], ["-O2"], ["-O"], ["--optimise", "s"], []):
            for end in (["-L.", "-ltwo", "-lm"], ["-L", ".", "-l", "two", "-l", "m"], ["libtwo.a", "-pthread"], ["two.o", "-Wl,--no-undefined"],
                        ["two.c"]):
                self.disco("cc", *common, *level, "-Iinc", "main.c", *end, "-oprog")
                self.assertEqual(self.runs("prog", code=4 + 1 + 2 + 10 + 20 + 2 + 1 + 1), "")

    def test_single_steps(self):
        self.file("a.c", "#define NAME value\nint NAME(void) { return 1; }\n")
        self.file("b.c", "int main(void) { return 0; }\n")
        self.assertIn("int value(void)", self.disco("cc", "-E", "a.c").stdout)
        self.disco("cc", "-S", "a.c", "-o", "out.s")
        self.assertIn("value:", (self.dir / "out.s").read_text())
        self.disco("cc", "-c", "a.c", "b.c")
        self.assertTrue((self.dir / "a.o").exists() and (self.dir / "b.o").exists())
        self.assertIn("several sources", self.disco("cc", "-c", "a.c", "b.c", "-o", "x.o", code=2).stderr)
        self.disco("cc", "a.o", "b.o", "-o", "linked")
        self.runs("linked")
        (self.dir / "a.txt").write_text("int main(void) { return 5; }\n")
        self.disco("cc", "-x", "c", "a.txt", "-o", "fromtext")
        self.runs("fromtext", code=5)

    def test_what_cannot_be_had_is_refused(self):
        self.file("a.c", "int main(void) { return 0; }\n")
        for flag in ("-shared", "-fopenmp", "-fsanitize=address"):
            self.assertIn(f"{flag}: is not possible", self.disco("cc", flag, "a.c", code=2).stderr)
        self.assertIn("has no value", self.disco("cc", "a.c", "-o", code=2).stderr)
        self.assertIn("missing sources", self.disco("cc", "-O2", "-Wall", code=2).stderr)

    def test_cxx_without_exceptions(self):
        self.file("a.cpp", 'extern "C" int puts(const char*);\nstruct A { A() { puts("A"); } ~A() { puts("~A"); } };\nA a;\n'
                  'template <class T> T twice(T x) { return x + x; }\nint main() { puts("main"); return twice(3); }\n')
        for abi in ("n64", "o32"):
            self.disco("cc", "--abi", abi, "a.cpp", "-o", "a")
            self.assertEqual(self.runs("a", code=6), "A\nmain\n~A\n")
        self.file("b.cpp", "int main() { throw 1; }\n")
        self.assertIn("b.cpp: does not compile", self.disco("cc", "b.cpp", code=4).stderr)

    def test_arguments_and_environment_arrive(self):
        self.file("a.c", '#include <stdio.h>\n#include <stdlib.h>\nint main(int c, char** v) {\n'
                  'for (int i = 1; i < c; ++i) printf("[%s]", v[i]);\nprintf(" %s\\n", getenv("NAME") ? getenv("NAME") : "none"); return 0; }\n')
        self.disco("cc", "a.c", "-o", "a")
        words = ["two words", "", 'a "quote"', "back\\slash", "\\", '\\"', "end\\\\", "x  y\\"]
        wanted = "".join(f"[{word}]" for word in words)
        self.assertEqual(self.runs("a", *words), wanted + " none\n")
        self.assertEqual(self.runs("a", "x", options=["--env", "NAME=some value", "--env", "B="]), "[x] some value\n")
        done = self.disco("-q", "boot", "tinyix", "--program", "./a", "--args", "first", "--", "-v", "", "--json", "--", "x")
        self.assertEqual(done.stdout, "[first][-v][][--json][--][x] none\n")
        monitored = self.runs("a", *words, options=["--monitor", "--env", 'NAME="'])
        self.assertEqual(monitored, wanted + ' "\n')
        self.file("e.lua", 'experiment "e" { machine = flash {}, workload = workload "./a" { args = { "two words", "" } } }\n')
        run = json.loads(self.disco("run", "e.lua", "--json").stdout)["run"]
        console = next(Path(self.dir, run).glob("p*/r0/console.log")).read_text()
        self.assertIn("[two words][] none\n", console)

    def test_json_has_the_commands(self):
        self.file("a.c", "int main(void) { return 0; }\n")
        answer = json.loads(self.disco("cc", "--json", "a.c", "-o", "out").stdout)
        self.assertEqual([answer["schema"], answer["outputs"], len(answer["commands"])], ["disco-cc 2", ["out"], 2])
        self.assertIn("-c", answer["commands"][0])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
