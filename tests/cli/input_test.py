#!/usr/bin/env python3
"""What a user can hand over that is no input: the answer is a sentence and a documented exit code,
soon, and never a signal, an abort or "please report this".

usage: input_test.py DISCO [unittest arguments]
"""
import fcntl
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DISCO = Path(sys.argv[1]).resolve()
HELLO = DISCO.parent / "guests" / "bare" / "hello.elf"
IS_SANITIZED = b"__asan_init" in DISCO.read_bytes()

SMALL = 'experiment "small" { workload = "hello", limit = "100Kinsn", monitor = none() }\n'


class Input(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="disco-input-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def refused(self, code, *args, says="", memory=None):
        limits = (lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))) if memory else None
        done = subprocess.run([str(DISCO), *map(str, args)], cwd=self.dir, text=True, errors="replace", stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, preexec_fn=limits)
        everything = f"{args}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        self.assertEqual(done.returncode, code, everything)
        self.assertNotIn("report this", done.stderr, everything)
        self.assertNotIn("bad_alloc", done.stderr, everything)
        self.assertRegex(done.stderr, "error:|warning:", everything)
        self.assertIn(says, done.stderr, everything)
        self.assertTrue(all(c >= " " or c in "\n\t" for c in done.stderr), everything)
        return done.stderr

    def sparse(self, name):
        path = self.dir / name
        with open(path, "wb") as file:
            file.truncate(20 << 30)
        return path

    def pipe(self, name="pipe"):
        path = self.dir / name
        os.mkfifo(path)
        return path

    def test_files_without_an_end(self):
        pipe, big = self.pipe(), self.sparse("big.img")
        for path, says in [("/dev/zero", "is a device"), ("/dev/full", "is a device"), ("/dev/random", "is a device"), (pipe, "is a pipe"),
                           (big, "is longer than 1 GB"), ("/proc/self/mem", "cannot be read"), ("/", "is a directory")]:
            self.refused(104, "boot", path, says=says)
            self.refused(104, "boot", HELLO, "--initrd", path, says=says)
            self.refused(104, "boot", HELLO, "--rom", path, says=says)
            self.refused(4, "disasm", path, says=says)
        for path in ["/dev/zero", pipe, "/"]:
            self.refused(4, "trace", "check", path, says="not a regular file")
            self.refused(104, "boot", HELLO, "--disk", path, says="is not a file")
            self.refused(4, "cc", path, says="is not a regular file")
            self.refused(4, "debug", path)

    def test_an_environment_is_names_and_values(self):
        for word in ["A", "=x"]:
            self.refused(102, "boot", "tinyix", "--program", "hello", "--env", word, says="is no NAME=VALUE")

    def test_experiments_without_an_end(self):
        self.pipe("pipe.lua"), self.sparse("big.lua"), self.sparse("big.json"), (self.dir / "folder.lua").mkdir()
        os.symlink("/dev/zero", self.dir / "zero.lua")
        for verb in ["check", "run"]:
            self.refused(4, verb, "./pipe.lua")
            self.refused(4, verb, "big.lua", says="is longer than 1 MB")
            self.refused(4, verb, "big.json", says="is longer than 16 MB")
            self.refused(4, verb, "./zero.lua")
            self.refused(4, verb, "/proc/self/mem")
            self.refused(4, verb, "./folder.lua")

    def test_nested_json(self):
        self.run_small()
        run = (self.dir / "runs" / "latest").resolve()
        for name in ["config.resolved.json", "manifest.json", "p00-all/r0/results.json"]:
            path = run / name
            whole = json.loads(path.read_text())
            for key in list(whole)[:6]:
                for levels in [1000, 100_000]:
                    path.write_text(json.dumps({**whole, key: "HERE"}).replace('"HERE"', "[" * levels + "]" * levels))
                    for verb in [["report"], ["explain", "miss"], ["compare", run]]:
                        self.refused(4, *verb, run, says="nested more than 64 levels deep")
                    if name.startswith("config"):
                        self.refused(3, "check", path, says="nested more than 64 levels deep")
            path.write_text(json.dumps(whole))

    def run_small(self):
        (self.dir / "small.lua").write_text(SMALL)
        subprocess.run([str(DISCO), "run", "small.lua"], cwd=self.dir, capture_output=True, timeout=300)
        self.assertTrue((self.dir / "runs" / "latest" / "manifest.json").exists())

    @unittest.skipIf(IS_SANITIZED, "a sanitizer needs address space of its own")
    def test_memory_that_the_host_has_not(self):
        for nodes, memory in [(64, "1GB"), (64, "4032MB"), (16, "1GB"), (1, "2GB")]:
            says = self.refused(104, "boot", HELLO, "--nodes", nodes, "--memory", memory, memory=900 << 20)
            self.assertIn(f"memory for {nodes} nodes" if nodes > 1 else "memory", says)
        (self.dir / "wide.lua").write_text('experiment "wide" { workload = "hello", monitor = none(), machine = flash { nodes = 64, mem = { per_node = "1GB" } } }')
        self.refused(4, "run", "wide.lua", says="memory for 64 nodes of 1024 MB", memory=900 << 20)
        kernel = self.dir / "kernel"
        with open(kernel, "wb") as file:
            file.truncate(800 << 20)
        self.refused(104, "boot", kernel, says="memory", memory=600 << 20)

    def test_images_have_one_writer(self):
        image, hard, soft = self.dir / "i.img", self.dir / "hard.img", self.dir / "soft.img"
        image.write_bytes(bytes(4096))
        os.link(image, hard)
        soft.symlink_to(image)
        for first, second in [(image, image), (image, hard), (image, soft), (soft, hard)]:
            for one, other in [("write", "write"), ("write", "read-only"), ("read-only", "write")]:
                self.refused(104, "boot", HELLO, "--disk", f"{first},{one}", "--disk", f"{second},{other}", says="another disk or another run")
        with open(image, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # as a run does that reads it
            self.refused(104, "boot", HELLO, "--disk", f"{hard},write", says="another disk or another run")
            fcntl.flock(file, fcntl.LOCK_EX)  # and one that writes it
            self.refused(104, "boot", HELLO, "--disk", hard, says="is being written")
        both = subprocess.run([str(DISCO), "boot", str(HELLO), "--disk", str(image), "--disk", f"{hard},read-only"], capture_output=True, timeout=60)
        self.assertEqual(both.returncode, 0, both.stderr)

    def test_numbers(self):
        for text in ["-1", "99999999999999999999", "010", "0x10", "+1", " 1", "1e3", "", "-18446744073709551615"]:
            for option in ["--seed", "--nodes", "--cpus", "--tlb", "--machines", "--gdb"]:
                self.refused(102, "boot", HELLO, f"{option}={text}", says=option)
            self.refused(2, "run", "x.lua", f"--jobs={text}", says="--jobs")
            self.refused(2, "check", "x.lua", f"--seed={text}", says="--seed")
            for option in ["--seed", "--from", "--to", "--entries", "--l2tlb", "--refill-cycles"]:
                self.refused(2, "replay", "x.dtz", f"{option}={text}", says=option)
            for option in ["--from", "--to", "--lines"]:
                self.refused(2, "trace", "view", "x.dtz", f"{option}={text}", says=option)

    def test_messages_are_one_line_of_bounded_length(self):
        says = self.refused(104, "boot", "a\nb\x1b[2Jc.elf", says="a\\nb\\x1b[2Jc.elf")
        self.assertEqual(says.count("\n"), 1)
        says = self.refused(104, "boot", "/" + "x" * 100_000)
        self.assertLess(len(says), 3000)
        (self.dir / "long.lua").write_text('experiment "x" { question = "' + "y" * 200_000 + '", fnord = 1 }\n')
        self.assertLess(len(self.refused(3, "check", "long.lua", says="fnord: unknown key")), 3000)
        (self.dir / "token.lua").write_text("local x = " + "z" * 200_000 + " 1\n")
        self.assertLess(len(self.refused(3, "check", "token.lua")), 3000)
        (self.dir / "key.lua").write_text('experiment "x" { ' + "w" * 200_000 + " = 1 }\n")
        self.assertLess(len(self.refused(3, "check", "key.lua", says="unknown key")), 5000)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
