#!/usr/bin/env python3
"""gcc's own torture suite (gcc.c-torture/execute) as a judge of the processor.

usage: ctorture.py DISCO [options]

Builds every program of the suite freestanding for MIPS, runs each on the machine and compares what failed with
known_failures.txt, where every failure that is not the processor's is explained. Sources come from Debian's package
gcc-12-source, the compiler's helper functions from the same tree (Debian's own libgcc for MIPS is code for a later
processor). What was built is kept in the cache and built again when anything it depends on changed.

Exit code: 0 when exactly the known failures failed, 1 otherwise, 2 when something is missing.
"""
import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
GUEST_RUNTIME = HERE.parents[1] / "guest-kernels/runtime"  # of which printf takes its decimals
PREFIX = "mips64-linux-gnuabi64-"
PACKAGE = "gcc-12-source"

ABIS = {
    "n64": ["-march=mips4", "-mabi=64", "-msym32"],
    "n32": ["-march=mips4", "-mabi=n32"],
    "o32": ["-march=mips2", "-mabi=32", "-mfp32"],
}
CODE = ["-EB", "-mno-abicalls", "-fno-pic", "-fno-pie", "-G0", "-mhard-float", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-w"]
LINK = ["-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", "-Wl,-z,noexecstack", "-Wl,--no-warn-rwx-segments"]
NATIVE_BASE, GUEST_BASE = 0xffffffff80000000, 0xffffffffc0000000  # KSEG0, and csseg, where a guest of the monitor has its memory
CONFIGURATIONS = ["n64-O0", "n64-O2", "n32-O2", "o32-O2"]

# Functions of libgcc2.c (each compiled with -DL<name>), and of soft-fp for the 128-bit long double.
LIBGCC2 = """_muldi3 _negdi2 _lshrdi3 _ashldi3 _ashrdi3 _cmpdi2 _ucmpdi2 _clear_cache _absvsi2 _absvdi2 _addvsi3 _addvdi3
_subvsi3 _subvdi3 _mulvsi3 _mulvdi3 _negvsi2 _negvdi2 _ffssi2 _ffsdi2 _clz _clzsi2 _clzdi2 _ctzsi2 _ctzdi2 _popcount_tab
_popcountsi2 _popcountdi2 _paritysi2 _paritydi2 _powisf2 _powidf2 _powitf2 _mulhc3 _mulsc3 _muldc3 _multc3 _divsc3 _divdc3
_divtc3 _bswapsi2 _bswapdi2 _clrsbsi2 _clrsbdi2 _fixunssfsi _fixunsdfsi _fixsfdi _fixdfdi _fixunssfdi _fixunsdfdi _floatdisf
_floatdidf _floatundisf _floatundidf _divdi3 _moddi3 _divmoddi4 _udivdi3 _umoddi3 _udivmoddi4 _udiv_w_sdiv""".split()
SOFT_FP = """addtf3 divtf3 eqtf2 getf2 letf2 multf3 negtf2 subtf3 unordtf2 fixtfsi fixunstfsi floatsitf floatunsitf fixtfdi
fixunstfdi floatditf floatunditf fixtfti fixunstfti floattitf floatuntitf extendsftf2 extenddftf2 trunctfsf2 trunctfdf2""".split()


class Missing(Exception):
    """Something that the judge needs is not there; the text says what to do."""


class Broken(Exception):
    """Something of ours does not build."""


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, errors="replace", **options)


def progress(text):
    end = "\n" if not sys.stderr.isatty() else ""
    print(("\r\x1b[K" if end == "" else "") + text, end=end, file=sys.stderr, flush=True)


# ---- sources

def unpacked_sources(cache):
    """The suite and libgcc out of Debian's source package, fetched without installing it."""
    found = sorted(cache.glob("gcc-12.*"))
    if found:
        return found[-1]
    archives = sorted(pathlib.Path("/usr/src/gcc-12").glob("gcc-12*.tar.xz"))
    work = cache / "unpacking"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    if not archives:
        progress(f"fetching {PACKAGE}")
        if run(["apt-get", "download", PACKAGE], cwd=work).returncode != 0:
            raise Missing(f"the package {PACKAGE} could not be fetched: run 'apt-get update' and try again, or install it")
        if run(["dpkg", "-x", str(next(work.glob("*.deb"))), "package"], cwd=work).returncode != 0:
            raise Missing(f"the package {PACKAGE} could not be unpacked in {work}")
        archives = sorted((work / "package/usr/src/gcc-12").glob("gcc-12*.tar.xz"))
    progress(f"unpacking {archives[-1].name}")
    parts = ["*/gcc/testsuite/gcc.c-torture/execute/*", "*/gcc/testsuite/gcc.dg/torture/*", "*/libgcc/*", "*/include/*",
             "*/gcc/*.h", "*/gcc/*.def"]
    result = run(["tar", "xf", str(archives[-1]), "-C", str(work), "--wildcards", *parts])
    trees = [p for p in work.glob("gcc-12.*") if p.is_dir()]
    if result.returncode != 0 or not trees:
        raise Missing(f"{archives[-1]} could not be unpacked: {result.stderr.strip()[-200:]}")
    target = cache / trees[0].name
    trees[0].rename(target)
    shutil.rmtree(work)
    return target


def fingerprint():
    """Of everything of ours that a built program depends on, and of the compiler."""
    digest = hashlib.sha256()
    files = sorted(p for folder in ("runtime", "libgcc") for p in (HERE / folder).rglob("*") if p.is_file())
    for path in files + [HERE / "ctorture.py", *sorted(GUEST_RUNTIME.glob("decimal.*"))]:
        digest.update(path.read_bytes())
    digest.update(run([PREFIX + "gcc", "--version"]).stdout.encode())
    return digest.hexdigest()[:12]


# ---- building

class Toolchain:
    def __init__(self, abi, sources, base):
        self.sources = sources
        self.abi = abi
        self.base = base
        internal = run([PREFIX + "gcc", "-print-file-name=include"]).stdout.strip()
        self.headers = ["-nostdinc", f"-I{HERE}/runtime/include", "-isystem", internal]
        self.compiler = [PREFIX + "gcc", *CODE, *ABIS[abi], *self.headers, *(["-DGUEST"] if base == GUEST_BASE else [])]

    def compile(self, source, target, *options):
        result = run([*self.compiler, *options, "-c", str(source), "-o", str(target)])
        return result.returncode == 0, result.stderr

    def build_runtime(self, folder, jobs):
        """start.o, runtime.a and libgcc.a in `folder`."""
        if (folder / "done").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "o").mkdir(parents=True)
        ours = ["-O2", "-ffreestanding", "-fno-tree-loop-distribute-patterns", f"-I{HERE}/runtime", f"-I{GUEST_RUNTIME}"]
        work = [(source, folder / f"{source.stem}.o", ours)
                for source in [*sorted((HERE / "runtime").iterdir()), GUEST_RUNTIME / "decimal.c"] if source.suffix in (".c", ".S")]
        gcc = self.sources
        theirs = ["-O2", "-fbuilding-libgcc", "-DIN_GCC", "-DIN_LIBGCC2", f"-I{HERE}/libgcc", f"-I{gcc}/libgcc", f"-I{gcc}/include",
                  f"-I{gcc}/gcc", f"-I{gcc}/libgcc/config/mips"]
        words = [("", [])] if self.abi == "o32" else [("", []), ("word4", ["-DLIBGCC2_UNITS_PER_WORD=4"])]
        for suffix, word in words:
            work += [(gcc / "libgcc/libgcc2.c", folder / "o" / f"{name}{suffix}.o", [*theirs, *word, f"-DL{name}"])
                     for name in LIBGCC2]
        if self.abi != "o32":
            work += [(gcc / f"libgcc/soft-fp/{name}.c", folder / "o" / f"{name}.o", theirs) for name in SOFT_FP]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            results = list(pool.map(lambda w: (w[1].name, *self.compile(w[0], w[1], *w[2])), work))
        # Some functions do not exist for a word size; ours must all be there.
        wrong = [(name, message) for name, ok, message in results if not ok and (folder / "o" / name) not in [w[1] for w in work]]
        if wrong:
            raise Broken(f"the runtime for {self.abi} did not build: {wrong[0][0]}: {wrong[0][1][:400]}")
        run([PREFIX + "ar", "crs", str(folder / "libgcc.a"), *map(str, sorted((folder / "o").glob("*.o")))], check=True)
        members = [str(p) for p in sorted(folder.glob("*.o")) if p.name != "start.o"]
        run([PREFIX + "ar", "crs", str(folder / "runtime.a"), *members], check=True)
        (folder / "done").touch()

    def link(self, runtime, source, target, options):
        suite = [f"-I{self.sources}/gcc/testsuite/gcc.dg/torture", f"-I{source.parent}"]
        result = run([*self.compiler, *suite, *options, *LINK, f"-Wl,--defsym=load_base={self.base:#x}",
                      f"-Wl,-T,{HERE}/runtime/link.ld", "-o", str(target), str(runtime / "start.o"), str(source),
                      "-Wl,--start-group", str(runtime / "runtime.a"), str(runtime / "libgcc.a"), "-Wl,--end-group"])
        if result.returncode == 0:
            return None
        lines = [line for line in result.stderr.splitlines() if "rror" in line or "undefined" in line]
        return re.sub(r"\S*/", "", (lines or result.stderr.splitlines() or ["failed"])[0])[:160]


def options_of(text):
    """Options that a program asks for in its comments, where they hold for every target."""
    found = []
    for match in re.finditer(r'\{\s*dg-(?:additional-)?options\s+(?:"([^"]*)"|\{\s*"([^"]*)"\s*\})\s*(\{[^}]*\})?', text):
        if not match.group(3):
            options = match.group(1) or match.group(2) or ""
            found += [option for option in options.split() if not option.startswith("-fdump")]
    return found


def build_one(toolchain, runtime, source, folder, level):
    name = program_name(source)
    target, note = folder / f"{name}.elf", folder / f"{name}.txt"
    if target.exists() or note.exists():
        return name, None if target.exists() else note.read_text()
    text = source.read_text(errors="replace")
    if re.search(r"dg-do\s+(compile|link)", text):
        reason = "not meant to run"
    else:
        part = folder / f"{name}.part"
        reason = toolchain.link(runtime, source, part, [level, *options_of(text)])
        if reason is None:
            part.rename(target)
            return name, None
    note.write_text(reason)
    return name, reason


def program_name(source):
    return ("ieee_" if source.parent.name == "ieee" else "") + source.stem


# ---- running

def run_one(command, image):
    result = run([*command, str(image)])
    return result.returncode, (result.stdout + result.stderr).strip().splitlines()[-1:]


def known_failures():
    """{(configuration pattern, program pattern): reason}"""
    known = {}
    for line in (HERE / "known_failures.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            configurations, name, reason = line.split(None, 2)
            known[(configurations, name)] = reason
    return known


def is_known(known, configuration, name):
    return any(fnmatch.fnmatch(name, pattern) and any(fnmatch.fnmatch(configuration, c) for c in configurations.split(","))
               for configurations, pattern in known)


def judge(arguments, configuration, sources, cache):
    abi, level = configuration.split("-", 1)
    toolchain = Toolchain(abi, sources, GUEST_BASE if arguments.monitor else NATIVE_BASE)
    place = "-guest" if arguments.monitor else ""
    runtime = cache / f"runtime-{abi}{place}-{fingerprint()}"
    toolchain.build_runtime(runtime, arguments.jobs)
    folder = cache / f"{configuration}{place}-{fingerprint()}"
    folder.mkdir(parents=True, exist_ok=True)
    suite = sources / "gcc/testsuite/gcc.c-torture/execute"
    programs = [p for p in sorted(suite.glob("*.c")) + sorted(suite.glob("ieee/*.c"))
                if fnmatch.fnmatch(program_name(p), arguments.only)]
    # Nothing here would complete what the R10000's FPU leaves to software.
    command = [str(arguments.disco), "boot", "--fidelity", "functional", "--memory", "128MB", "--limit", "4Ginsn",
               "--fp-unimplemented", "complete",
               *(["--engine", arguments.engine] if arguments.engine else []),
               *(["--monitor", "--guest-memory", "64MB"] if arguments.monitor else [])]
    started, passed, failed, unbuilt = time.monotonic(), [], {}, {}

    def work(source):
        name, reason = build_one(toolchain, runtime, source, folder, f"-{level}")
        return name, reason, None if reason else run_one(command, folder / f"{name}.elf")

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for done, (name, reason, result) in enumerate(pool.map(work, programs), 1):
            if reason is not None:
                unbuilt[name] = reason
            elif result[0] == 0:
                passed.append(name)
            else:
                failed[name] = f"exit code {result[0]} {' '.join(result[1])}"[:160]
            if done % 50 == 0 or done == len(programs):
                left = (time.monotonic() - started) / done * (len(programs) - done)
                progress(f"{configuration}: {done * 100 // len(programs)}%  {len(passed)} passed, {len(failed)} failed, ETA {left:.0f} s")
    progress("")
    return {"configuration": configuration, "programs": len(programs), "built": len(passed) + len(failed),
            "passed": len(passed), "failed": failed, "not_built": unbuilt, "seconds": round(time.monotonic() - started, 1)}


def summary(result, known):
    """Prints one configuration; the number of surprises."""
    configuration = result["configuration"]
    print(f"{configuration}: {result['passed']} of {result['built']} pass ({len(result['not_built'])} of {result['programs']} "
          f"could not be built or are not meant to run), {result['seconds']} s")
    surprises = 0
    for name, how in sorted(result["failed"].items()):
        expected = is_known(known, configuration, name)
        surprises += not expected
        print(f"  {'known' if expected else 'FAILED'}  {name}: {how}")
    for (configurations, name), reason in known.items():
        applies = any(fnmatch.fnmatch(configuration, c) for c in configurations.split(","))
        if applies and name not in result["failed"] and name not in result["not_built"] and result["programs"] > 1000:
            surprises += 1
            print(f"  PASSED  {name}, which known_failures.txt says cannot: {reason}")
    sys.stdout.flush()
    return surprises


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("disco", type=pathlib.Path, help="the program disco")
    parser.add_argument("--configurations", default=",".join(CONFIGURATIONS), help="ABI-LEVEL, separated by commas; default %(default)s")
    parser.add_argument("--only", default="*", help="programs whose name matches this pattern")
    parser.add_argument("--engine", help="interpreter or jit")
    parser.add_argument("--monitor", action="store_true", help="run the programs as the monitor's guests, linked in csseg")
    parser.add_argument("--cache", type=pathlib.Path, help="default: $XDG_CACHE_HOME/disco/ctorture")
    parser.add_argument("--json", type=pathlib.Path, help="write the results here")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    cache = arguments.cache or base / "disco/ctorture"
    try:
        if shutil.which(PREFIX + "gcc") is None:
            raise Missing(f"{PREFIX}gcc is not there: run ./bootstrap deps")
        cache.mkdir(parents=True, exist_ok=True)
        sources = unpacked_sources(cache)
        known = known_failures()
        results, surprises = [], 0
        for configuration in arguments.configurations.split(","):
            results.append(judge(arguments, configuration, sources, cache))
            surprises += summary(results[-1], known)
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1))
    except (Missing, Broken) as problem:
        print(f"ctorture: {problem}", file=sys.stderr)
        return 2 if isinstance(problem, Missing) else 1
    total, passed = sum(r["built"] for r in results), sum(r["passed"] for r in results)
    print(f"{passed} of {total} pass, {surprises} surprises")
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
