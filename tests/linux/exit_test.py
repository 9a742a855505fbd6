#!/usr/bin/env python3
"""Do exit codes, arguments and panics leave Linux as documented?   usage: exit_test.py DISCO"""
import subprocess
import sys
import unittest

from images import need

DISCO = sys.argv.pop(1)


def boot(append):
    return subprocess.run([DISCO, "boot", "linux", "--memory", "128MB", "--limit", "2Ginsn", "--append", append],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


class Exit(unittest.TestCase):
    def test_a_programs_exit_code_is_the_machines(self):
        self.assertEqual(boot("init=/false").returncode, 1)

    def test_words_after_two_dashes_are_arguments(self):
        done = boot("quiet init=/expr -- 6 + 36")
        self.assertIn("\n42\n", done.stdout.replace("\r", ""))
        self.assertEqual(done.returncode, 0)

    def test_a_panic_is_97(self):
        done = boot("rdinit=/bin/true")
        self.assertIn("Attempted to kill init", done.stdout)
        self.assertEqual(done.returncode, 97)


if __name__ == "__main__":
    need("linux-native.elf", "linux.cpio")
    unittest.main()
