#!/usr/bin/env python3
"""Do files work: on one processor and many, across reboots, the same to the bit on every run; and does the tool that makes images agree?

usage: files_test.py BUILD SOURCE
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build, fail_with

QUESTIONS = 10
SCRIPT = """# what a shell can do
echo one two three > /words
echo four >> words
cat /words | wc
cat words /words | wc > /count
wc < /words

no-such-program here
hello a | cat | cat | wc
spin 1000 | | wc
ls sub # a comment
exit 7
echo not any more
"""
ANSWER = """2 4 19
2 4 19
sh: no program /bin/no-such-program
2 5 27
sh: cannot understand: spin 1000 | | wc
d 64 deep
"""


def main(folder):
    build, source = Build(sys.argv[1]), Path(sys.argv[2])
    tool = [sys.executable, source / "guest-kernels/tinyix/tools/tinyfs.py"]
    image, failures = folder / "disk.img", 0

    def demand(condition, what, result):
        nonlocal failures
        print(f"{'ok' if condition else 'FAILED'}: {what}")
        if not condition:
            fail_with(what, result)
            failures += 1

    def tinyfs(*words):
        return subprocess.run([*tool, *map(str, words)], capture_output=True, text=True)

    def boot(append, cpus, *options, access="write"):
        return build.boot("tinyix-native.elf", "--initrd", build.guests / "initrd.cpio", "--append", append, "--cpus", cpus,
                          "--disk", f"{image},{access}", *options)

    # An image from a directory: the same bytes twice, and what the tool reads back is what went in.
    tree = folder / "tree"
    (tree / "sub" / "deep").mkdir(parents=True)
    (tree / "sub" / "deep" / "large").write_bytes(bytes(i * i >> 8 & 0xff for i in range(300_000)))
    (tree / "hello").write_text("hello\n")
    demand(tinyfs("make", image, "4M", tree).returncode == 0, "an image is made", None)
    first = image.read_bytes()
    tinyfs("make", image, "4M", tree)
    demand(image.read_bytes() == first, "twice the same", None)
    checked = tinyfs("check", image)
    demand(checked.stdout == "consistent\n", "and consistent", checked)
    read = subprocess.run([*tool, "cat", image, "sub/deep/large"], capture_output=True)
    demand(read.stdout == (tree / "sub/deep/large").read_bytes(), "its file is read back", read)
    damaged = bytearray(first)
    damaged[-1], damaged[int.from_bytes(first[28:32], "big") * 4096 + 60] = 1, 0xff  # a block that nobody uses
    (folder / "damaged.img").write_bytes(damaged)
    wrong = tinyfs("check", folder / "damaged.img")
    demand(wrong.returncode == 1 and "in use by nobody" in wrong.stdout, "a damaged image is found", wrong)

    for cpus in (1, 2, 4):
        for program in ("fstests", "fstests32"):
            tinyfs("make", image, "4M")
            digests = []
            for _ in range(2 if cpus == 4 else 1):
                result = boot(f"init=/bin/{program} verbose slice-us=1000", cpus, "--json")
                passed = result.stderr.count("PASS ")
                demand(result.returncode == 0 and passed >= QUESTIONS, f"{program} on {cpus} processors", result)
                digests.append(json.loads(result.stdout)["digest"])
                checked = tinyfs("check", image)
                demand(checked.stdout == "consistent\n", "leaves a consistent image", checked)
                tinyfs("make", image, "4M")
            demand(len(set(digests)) == 1, f"in the same state every time: {digests}", result)

    # Processors that take turns every hundred cycles, at a disk that is there at once.
    for quantum in (100, 1700):
        tinyfs("make", image, "4M")
        close = boot("init=/bin/fstests slice-us=300 -- many_processes blocks_belong_to_one_file", 8, "--set",
                     f"machine.quantum={quantum}cycles", access="write,instant")
        demand(close.returncode == 0 and close.stdout.count("PASS ") == 2, f"eight processors, quantum {quantum}", close)
        checked = tinyfs("check", image)
        demand(checked.stdout == "consistent\n", "leave a consistent image", checked)

    # Whoever starts a request and goes idle is not stuck, however the others' turns lie.
    for cpus, quantum in ((2, 500), (4, 1013)):
        tinyfs("make", image, "4M")
        close = boot("init=/bin/fstests", cpus, "--set", f"machine.quantum={quantum}cycles")
        demand(close.returncode == 0 and close.stdout.count("PASS ") >= QUESTIONS, f"{cpus} processors, quantum {quantum}", close)

    # Written on four processors, read after a reboot on one, by another drive.
    tinyfs("make", image, "4M")
    written = boot("init=/bin/fsload -- write 6 5", 4)
    demand(written.returncode == 0 and written.stdout.count("durable ") == 30, "30 files are written", written)
    one = boot("init=/bin/fsload32 -- expect 6 5", 1, access="read-only,instant")
    demand(one.returncode == 0 and one.stdout.count("right ") == 30, "and are right after a reboot", one)
    four = boot("init=/bin/fsload -- expect 6 5", 4)
    demand(four.stdout == one.stdout, "with the same checksum on four processors", four)
    # A shell's pipelines and redirections, from a script on the disk.
    (tree / "script").write_text(SCRIPT)
    tinyfs("make", image, "4M", tree)
    for cpus in (1, 4):
        shell = boot("init=/bin/sh -- /script", cpus)
        demand(shell.returncode == 7 and shell.stdout == ANSWER, f"a shell's script on {cpus} processors", shell)
    count = tinyfs("cat", image, "count")
    demand(count.stdout == "4 8 38\n", "left its result on the disk", count)
    raw = folder / "raw.img"
    raw.write_bytes(bytes(1 << 20))
    none = build.boot("tinyix-native.elf", "--initrd", build.guests / "initrd.cpio", "--append", "init=/bin/fstests -- failures",
                      "--disk", raw)
    demand("the disk has no file system of this kernel" in none.stdout, "a disk without a file system is named", none)
    return 1 if failures else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tinyix-files-") as scratch:
        sys.exit(main(Path(scratch)))
