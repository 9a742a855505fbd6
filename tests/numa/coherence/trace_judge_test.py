"""Records whole runs in fidelity memory and has the naive model of caches and directories count their references:
it must come to exactly what the machine counted.  trace_judge_test.py BUILD [--keep DIRECTORY] [--long]"""
import os
import shutil
import subprocess
import sys
import tempfile

SMALL = """l1i = { bytes = "1KB", ways = 1, line = "32B" }, l1d = { bytes = "2KB", ways = 4, line = "16B" },
      l2 = { bytes = "16KB", ways = 2, line = "64B" }"""
MIDDLE = """l1i = { bytes = "8KB", ways = 2, line = "64B" }, l1d = { bytes = "8KB", ways = 1, line = "32B" },
      l2 = { bytes = "64KB", ways = 4, line = "128B" }"""
LARGE = """l1i = { bytes = "64KB", ways = 2, line = "64B" }, l1d = { bytes = "64KB", ways = 2, line = "32B" },
      l2 = { bytes = "256KB", ways = 2, line = "128B" }"""

EXPERIMENT = """experiment "judged" {
  machine = flash { fidelity = "memory", nodes = %(nodes)d, cpus_per_node = %(cpus)d, mem = { per_node = "%(memory)s" },
    %(quantum)s
    cache = { %(caches)s } },
  monitor = none(),
  %(guest)s
}
"""


def tinyix(program, *arguments):
    quoted = ", ".join(f'"{a}"' for a in arguments)
    return f'guest = {{ kernel = "tinyix" }}, workload = workload "{program}" {{ args = {{ {quoted} }} }},'


def bare(build, program, append):
    return f'guest = {{ kernel = "{build}/guests/bare/{program}.elf", append = "{append}" }},'


def compare(build, name, trace, counts):
    judged = subprocess.run([f"{build}/tests/numa/coherence/trace_judge", trace, counts], capture_output=True,
                            text=True, timeout=1800)
    print(f"{name}\n{judged.stdout}{judged.stderr}", flush=True)
    os.remove(trace)
    return judged.returncode == 0


def judge_disk(build, directory):
    """A disk's transfers take lines away from caches."""
    image, trace, counts = (os.path.join(directory, "disk" + end) for end in (".img", ".dtz", ".json"))
    with open(image, "wb") as file:
        file.write(bytes(range(256)) * 4096)
    recorded = subprocess.run([f"{build}/tests/numa/coherence/record_boot", f"{build}/guests/bare/disk.elf", image,
                               "sectors=2048", trace, counts], capture_output=True, text=True, timeout=600)
    if recorded.returncode != 0:
        sys.exit(f"disk: {recorded.stdout}{recorded.stderr}")
    return compare(build, "disk", trace, counts)


def judge(build, directory, name, guest, nodes=1, cpus=1, memory="16MB", caches="", quantum=""):
    experiment, trace, counts = (os.path.join(directory, name + end) for end in (".lua", ".dtz", ".json"))
    with open(experiment, "w", encoding="utf-8") as file:
        file.write(EXPERIMENT % locals())
    record = subprocess.run([f"{build}/disco", "record", experiment, "--whole", "-o", trace, "--counts", counts],
                            capture_output=True, text=True, timeout=600)
    if record.returncode != 0:
        sys.exit(f"{name}: disco record ended with {record.returncode}\n{record.stdout}{record.stderr}")
    return compare(build, name, trace, counts)


def main():
    build, long = os.path.abspath(sys.argv[1]), "--long" in sys.argv
    keep = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else None
    directory = keep or tempfile.mkdtemp()
    turns = 20000 if long else 400
    good = [
        judge_disk(build, directory),
        judge(build, directory, "share-4x2-small", bare(build, "share", f"n={turns}"), 4, 2, caches=SMALL),
        judge(build, directory, "share-16x1-middle", bare(build, "share", f"n={turns // 2}"), 16, 1, caches=MIDDLE),
        judge(build, directory, "share-2x2-quantum", bare(build, "share", f"n={turns}"), 2, 2, caches=SMALL,
              quantum='memory_quantum = "37cycles",'),
        judge(build, directory, "tinyix-middle", tinyix("hello", "some", "words"), caches=MIDDLE),
        judge(build, directory, "tinyix-small", tinyix("forkstorm", "2", "16K"), caches=SMALL),
    ]
    if long:
        good += [
            judge(build, directory, "share-8x8", bare(build, "share", f"n={turns}"), 8, 8),
            judge(build, directory, "tinyix-default", tinyix("random", "1M", "20000")),
            judge(build, directory, "tinyix-large", tinyix("matrix", "96", "2"), caches=LARGE),
        ]
    if not keep:
        shutil.rmtree(directory)
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
