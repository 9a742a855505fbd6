#!/usr/bin/env python3
"""tinyix at a terminal, where a person types, and at the end of a pipe, which ends.

usage: terminal_test.py BUILD SOURCE
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

BUILD, SOURCE = Path(sys.argv[1]), Path(sys.argv[2])
DISCO = str(BUILD / "disco")
KERNELS = {"native": ["tinyix-native.elf"], "below the monitor": ["tinyix-disco.elf", "--monitor"]}
PROMPT = b"$ "
CTRL_C, CTRL_D, CTRL_U, CTRL_W, CTRL_BRACKET, DELETE = b"\x03", b"\x04", b"\x15", b"\x17", b"\x1d", b"\x7f"


class Person:
    """Sits at a pseudo-terminal: waits for what is shown, then types."""

    def __init__(self, *words):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.shown = b""
        # A session of its own, whose terminal this is: Ctrl-] is a signal to its foreground.
        self.process = subprocess.Popen([DISCO, "boot", *words, "--limit", "5min"], stdin=self.slave, stdout=self.slave,
                                        stderr=subprocess.PIPE, preexec_fn=self.take_terminal)

    @staticmethod
    def take_terminal():
        import fcntl
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def wait_for(self, text, seconds=60):
        """What was shown before `text`."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"{text} was not shown in {seconds} s, but {self.shown[-500:]}")
            self.shown += os.read(self.master, 4096)
        before, self.shown = self.shown.split(text, 1)
        return before

    def type(self, keys):
        os.write(self.master, keys)

    def ends_with(self, test, code):
        error = self.process.communicate(timeout=60)[1].decode()
        test.assertEqual(self.process.returncode, code, error)
        test.assertEqual(termios.tcgetattr(self.slave), self.before, "the terminal is as it was")
        return error

    def close(self):
        self.process.kill()
        self.process.communicate()
        os.close(self.master)
        os.close(self.slave)


class AtATerminal(unittest.TestCase):
    def sit(self, *words):
        person = Person(*words)
        self.addCleanup(person.close)
        return person

    def test_without_arguments_there_is_a_shell(self):
        person = self.sit("tinyix")
        person.wait_for(PROMPT)
        person.type(b"echo hello | wc\n")
        self.assertEqual(person.wait_for(b"\r\n"), b"echo hello | wc", "it is echoed")
        self.assertEqual(person.wait_for(PROMPT), b"1 1 6\r\n")
        person.type(b"ls\n")
        programs = person.wait_for(PROMPT)
        for name in (BUILD / "guests/bin").iterdir():
            self.assertRegex(programs, rb"- \d+ " + re.escape(name.name.encode()) + rb"\r\n")
        person.type(CTRL_D)
        person.ends_with(self, 0)

    def test_a_line_can_be_edited(self):
        for kernel in KERNELS.values():
            person = self.sit(str(BUILD / "guests" / kernel[0]), *kernel[1:], "--initrd", str(BUILD / "guests/initrd.cpio"),
                              "--append", "init=/bin/sh")
            person.wait_for(PROMPT)
            person.type(b"echo wrong" + CTRL_U + b"ecjo" + DELETE * 2 + b"ho one  tow" + CTRL_W + b"two " + "\u00fc\u20ac".encode() + DELETE +
                        b"\x08\x08\n")
            line = person.wait_for(b"\r\n")
            self.assertIn(b"ecjo\b \b\b \b" + b"ho one", line)
            self.assertEqual(person.wait_for(PROMPT), b"one two\r\n")
            person.type(b"exit 7\n")
            person.ends_with(self, 7)

    def test_ctrl_d_is_the_end_of_file_of_what_runs(self):
        person = self.sit("tinyix")
        person.wait_for(PROMPT)
        person.type(b"cat\n")
        person.wait_for(b"cat\r\n")
        person.type(b"typed\n")
        person.wait_for(b"typed\r\ntyped\r\n")
        person.type(b"half" + CTRL_D)
        person.wait_for(b"halfhalf")
        person.type(CTRL_D)
        person.wait_for(PROMPT)
        person.type(b"wc\n")
        person.wait_for(b"wc\r\n")
        person.type(b"a b\nc" + CTRL_D + CTRL_D)
        self.assertIn(b"1 3 5\r\n", person.wait_for(PROMPT))
        person.type(CTRL_D)
        person.ends_with(self, 0)

    def test_ctrl_c_ends_what_runs_and_not_the_shell(self):
        for cpus in ("1", "4"):
            person = self.sit("tinyix", "--cpus", cpus)
            for command in (b"spin 1000000000000", b"cat", b"cat | cat | wc", b"forkstorm 100000000"):
                person.wait_for(PROMPT)
                person.type(command + b"\n")
                person.wait_for(command + b"\r\n")
                time.sleep(0.2)
                person.type(CTRL_C)
                person.wait_for(b"^C")
            person.wait_for(PROMPT)
            person.type(b"forgotten" + CTRL_C)
            person.wait_for(b"^C\r\n" + PROMPT)
            person.type(b"echo still here\n")
            person.wait_for(b"\nstill here")
            person.wait_for(PROMPT)
            person.type(b"spin 1000000000000" + b"\n")
            time.sleep(0.2)
            person.type(CTRL_C)
            person.wait_for(PROMPT)
            person.type(b"exit\n")
            person.ends_with(self, 99)  # 130, the status of what was interrupted
        
    def test_ctrl_c_ends_a_program_that_is_alone(self):
        person = self.sit("tinyix", "--program", "cat", "--input", "-")
        person.type(b"said\n")
        person.wait_for(b"said\r\n")
        person.wait_for(b"said\r\n")
        person.type(CTRL_C)
        self.assertIn("guest exit code 130", person.ends_with(self, 99))

    def test_ctrl_c_ends_the_run_of_a_guest_that_does_not_listen(self):
        person = self.sit("tinyix", "--program", "spin", "--args", "1000000000000", "--input", "-")
        time.sleep(1)
        person.type(CTRL_C)
        person.ends_with(self, 130)

    def test_ctrl_bracket_ends_the_run(self):
        person = self.sit("tinyix")
        person.wait_for(PROMPT)
        person.type(CTRL_BRACKET)
        self.assertIn("Ctrl-] ends the run", person.ends_with(self, 130))

    def test_an_idle_machine_keeps_a_persons_time(self):
        person = self.sit("tinyix", "--json")
        person.process.stdout
        # With --json the console is on stderr, which is not the terminal here.
        time.sleep(3)
        person.type(b"exit\n")
        error = person.process.communicate(timeout=60)[1].decode()
        self.assertEqual(person.process.returncode, 0, error)
        while b"host_seconds" not in person.shown:
            person.shown += os.read(person.master, 65536)
        seconds = float(re.search(rb'"simulated_seconds": ([0-9.e-]+)', person.shown)[1])
        host = float(re.search(rb'"host_seconds": ([0-9.e-]+)', person.shown)[1])
        self.assertGreater(seconds, 0.5)
        self.assertLess(seconds, host + 0.5)


class AtAPipe(unittest.TestCase):
    def boot(self, typed, *words, code=0):
        done = subprocess.run([DISCO, "boot", *words, "--limit", "5min"], input=typed, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout

    def shell(self, kernel, typed, *words, code=0, append="init=/bin/sh"):
        return self.boot(typed, str(BUILD / "guests" / kernel[0]), *kernel[1:], "--initrd", str(BUILD / "guests/initrd.cpio"), "--append",
                         append, "--input", "-", *words, code=code)

    def test_a_script_need_not_end_in_exit(self):
        for name, kernel in KERNELS.items():
            with self.subTest(name):
                self.assertEqual(self.shell(kernel, b"echo hi | wc\n"), b"1 1 3\n")
                self.assertEqual(self.shell(kernel, b"echo a line without an end"), b"a line without an end\n")
                self.assertEqual(self.shell(kernel, b""), b"")
                self.assertEqual(self.shell(kernel, b"no-such\n", code=99), b"sh: no program /bin/no-such\n")
                self.assertEqual(self.shell(kernel, b"echo one\nexit 3\necho two\n", code=3), b"one\n")

    def test_the_end_lasts(self):
        for name, kernel in KERNELS.items():
            with self.subTest(name):
                self.assertEqual(self.shell(kernel, b"cat\nwords for\ncat\n"), b"words for\ncat\n")

    def test_what_is_piped_is_what_the_program_reads(self):
        text = b"".join(b"line %d of a text with UTF-8 \xc3\xbc%s\n" % (i, b"." * (i % 90)) for i in range(400))
        long = b"x" * 50000 + b"\n" + b"y" * 3
        for name, kernel in KERNELS.items():
            for typed in (text, long, b"\n\n\n"):
                with self.subTest(name, bytes=len(typed)):
                    said = self.shell(kernel, typed, append="init=/bin/cat")
                    self.assertEqual(said, typed)

    def test_named_kernels_and_programs(self):
        self.assertEqual(self.boot(b"echo hi | wc\n", "tinyix"), b"1 1 3\n")
        self.assertEqual(self.boot(b"echo hi | wc\n", "tinyix", "--input", "-"), b"1 1 3\n")
        self.assertEqual(self.boot(b"echo hi | wc\n", "tinyix", "--monitor", "--cpus", "1"), b"1 1 3\n")
        self.assertEqual(self.boot(b"ls /bin | wc\n", "tinyix", "--program", "sh", "--input", "-").split()[0],
                         str(len(list((BUILD / "guests/bin").iterdir()))).encode())
        for wc in ("wc", "wc32"):
            self.assertEqual(self.boot(b"ab\ncd\n", "tinyix", "--program", wc, "--input", "-"), b"2 2 6\n")
            self.assertEqual(self.boot(b"ab\ncd\n" + CTRL_D, "tinyix", "--program", wc, "--input", "-"), b"2 2 6\n", "typed through a pipe")
        self.boot(b"", "tinyix", "--program", "cat", code=105)  # nothing is connected: nothing ever comes

    def test_the_same_every_time(self):
        digests = {re.search(rb'"digest": "(\w+)"', self.boot(b"ls\ncat\nwords\n", "tinyix", "--json"))[1] for _ in range(3)}
        self.assertEqual(len(digests), 1)

    def test_with_a_disk(self):
        tool = [sys.executable, SOURCE / "guest-kernels/tinyix/tools/tinyfs.py"]
        with tempfile.TemporaryDirectory(prefix="tinyix-terminal-") as folder:
            image = Path(folder, "disk.img")
            subprocess.run([*tool, "make", image, "2M"], check=True, capture_output=True)
            said = self.boot(b"echo kept > /note\nls\ncat < note\ncat /bin/no-such\n", "tinyix", "--disk", f"{image},write", code=1)
            self.assertTrue(said.startswith(b"/:\n- 5 note\n/bin:\n- "), said)
            self.assertTrue(said.endswith(b"kept\ncat: cannot open /bin/no-such\n"), said)
            self.assertEqual(subprocess.run([*tool, "cat", image, "note"], capture_output=True).stdout, b"kept\n")

    def test_programs_of_the_ram_disk_are_read_only(self):
        said = self.boot(b"ls /bin\nls nothing\necho no > /bin/sh\ncat /bin/hello | wc\nls /bin/sh\n", "tinyix", code=1)
        self.assertIn(b"ls: no directory nothing\n", said)
        size = (BUILD / "guests/bin/hello").stat().st_size
        self.assertIn(f" {size}\nls: no directory /bin/sh\n".encode(), said)


if __name__ == "__main__":
    del sys.argv[1:3]
    unittest.main()
