#!/usr/bin/env python3
"""Linux's shell at the console: a script through a pipe, and a person at a terminal.

usage: console_test.py DISCO
"""
import os
import pty
import select
import subprocess
import sys
import termios
import time
import unittest

from images import need

DISCO = sys.argv.pop(1)
COMMAND = [DISCO, "boot", "linux", "--memory", "128MB", "--limit", "10min", "--input", "-"]
PROMPT = b"disco# "


class Terminal:
    """A person at a pseudo-terminal: waits for what is shown, then types."""

    def __init__(self, command):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave, self.shown = slave, b""
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL)

    def wait_for(self, text, seconds=120):
        end = time.monotonic() + seconds
        while text not in self.shown:
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"{text} was not shown in {seconds} s, but {self.shown[-500:]}")
            self.shown += os.read(self.master, 4096)
        self.shown = self.shown.split(text, 1)[1]

    def type(self, text):
        os.write(self.master, text)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class Console(unittest.TestCase):
    def test_a_script_through_a_pipe(self):
        script = "echo answer=$((6*7))\nsleep 100 &\nsleep 1; jobs\nkill %1; wait; echo over\nuname -m\nexit 3\n"
        done = subprocess.run(COMMAND, input=script.encode(), capture_output=True)
        console = done.stdout.decode()
        self.assertEqual(done.returncode, 3, console + done.stderr.decode())
        for text in ("\nanswer=42", "Running", "\nover", "\nmips64"):
            self.assertIn(text, console.replace("\r", ""))

    def test_a_script_need_not_end_in_exit(self):
        for more in [], ["--console", "virtio", "--append", "console=hvc0"]:
            for script, code, said in (b"sleep 2; echo slept\nsh -c 'exit 5'", 5, "\nslept\n"), (b"cat\nwords\n", 0, "\nwords\nwords\n"):
                done = subprocess.run(COMMAND + more, input=script, capture_output=True)
                console = done.stdout.decode().replace("\r", "")
                self.assertEqual(done.returncode, code, console + done.stderr.decode())
                self.assertIn(said, console)

    def test_a_person_at_a_terminal(self):
        person = Terminal(COMMAND)
        self.addCleanup(person.close)
        person.wait_for(PROMPT)
        person.type(b"sleep 1000 & cat\n")
        person.wait_for(b"& cat\r")
        person.type(b"typed\n")
        person.wait_for(b"typed\r")  # the echo, or if the shell had the terminal still, cat
        person.type(b"\x04")         # end of input
        person.wait_for(PROMPT)
        started = time.monotonic()
        person.type(b"sleep 2; jobs\n")
        person.wait_for(b"Running")
        self.assertGreater(time.monotonic() - started, 1.5, "an idle machine keeps a person's time")
        person.type(b"exit 4\n")
        self.assertEqual(person.process.wait(timeout=60), 4)
        self.assertEqual(termios.tcgetattr(person.slave), person.before)


if __name__ == "__main__":
    need("linux-native.elf", "linux.cpio")
    unittest.main()
