#!/usr/bin/env python3
"""Builds the C library of user programs from Debian's source packages, once for each set of inputs.

usage: build.py n64|o32 OUTPUT COMPILER-FLAG ...

newlib (package newlib-source) with the given flags, and for n64 the arithmetic of its 128-bit long double
from glibc's soft-fp (package glibc-source). The result is copied to OUTPUT: include/, libc.a, libm.a. It is kept
in the user's cache under a hash of everything that it depends on, so that a second build copies only.
"""
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEWLIB = Path("/usr/src/newlib")
GLIBC = Path("/usr/src/glibc")
PREFIX = "mips64-linux-gnuabi64-"

CONFIGURE = """
--host=mips64-elf --prefix=/usr --disable-multilib --disable-shared --disable-nls
--enable-newlib-io-c99-formats --enable-newlib-io-long-long --enable-newlib-io-pos-args --enable-newlib-mb
--enable-newlib-retargetable-locking --enable-newlib-global-stdio-streams --disable-newlib-supplied-syscalls
--enable-newlib-reent-check-verify
""".split()
# __DYNAMIC_REENT__: errno and what else is a thread's own is asked for with __getreent(). SIGNAL_PROVIDED: signals
# are the system-call layer's.
OPTIONS = """-O2 -w -D__DYNAMIC_REENT__ -DSIGNAL_PROVIDED -DHAVE_RENAME -DHAVE_FCNTL
-DHAVE_OPENDIR -DHAVE_BLKSIZE""".split()
# What newlib builds for systems with more of POSIX.
POSIX = ["regcomp", "regexec", "regerror", "regfree", "collcmp", "fnmatch"]
# What the system-call layer has instead, and what can do nothing here: it would link and then fail.
LEFT_OUT = ["getreent", "isattyr", "lock", "raise", "signal", "strtold", "system", "wcstold"]
# Programs have no small data: register gp points at the running thread's description. "0x" without a digit behind it is
# the number 0 and an x.
EDITS = {"libc/include/sys/config.h": ('__attribute__((__section__(".sdata")))', "")}
for stem in ("ol", "oll", "oul", "oull", "oimax", "oumax"):
    EDITS[f"libc/stdlib/strt{stem}.c"] = ("*s == 'X')) {", "*s == 'X') && isxdigit(s[1])) {")
    EDITS[f"libc/stdlib/wcst{stem}.c"] = ("*s == L'X')) {", "*s == L'X') && iswxdigit(s[1])) {")
SOFT_FP = """addtf3 subtf3 multf3 divtf3 negtf2 eqtf2 getf2 letf2 unordtf2 extendsftf2 extenddftf2 trunctfsf2
trunctfdf2 fixtfsi fixtfdi fixunstfsi fixunstfdi floatsitf floatditf floatunsitf floatunditf""".split()


class BuildError(Exception):
    """One sentence: what failed, where, and what to do."""


def source(folder, package):
    archives = sorted(folder.glob("*.tar.xz"))
    if not archives:
        raise BuildError(f"{folder} has no archive: install the package {package} (./bootstrap deps)")
    return archives[-1]


def compiler():
    """With ccache, if there is one: other options often mean the same for most files."""
    return [word for word in (shutil.which("ccache"), PREFIX + "gcc") if word]


def compiler_headers():
    command = [PREFIX + "gcc", "-print-file-name=include"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def key_of(abi, flags, archives):
    digest = hashlib.sha256()
    version = subprocess.run([PREFIX + "gcc", "-v"], capture_output=True, text=True, check=True).stderr
    for text in (abi, " ".join(flags), version):
        digest.update(text.encode() + b"\0")
    for path in (Path(__file__), *archives):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


def run(command, folder, log, **environment):
    with open(log, "a") as out:
        result = subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT, env={**os.environ, **environment})
    if result.returncode != 0:
        lines = Path(log).read_text(errors="replace").splitlines()
        told = [line for line in lines if " error: " in line or "Error" in line][:5] or lines[-15:]
        raise BuildError(f"`{' '.join(map(str, command))[:100]}` failed:\n" + "\n".join(told))


def unpack(archive, folder, *members):
    folder.mkdir()
    run(["tar", "-xJf", archive, "--strip-components=1", *members], folder, folder / "log")


def build_newlib(work, flags, log):
    """Leaves libc.a, libm.a and include/ below the folder that it returns."""
    tree, folder = work / "newlib", work / "build"
    unpack(source(NEWLIB, "newlib-source"), tree)
    for name, (old, new) in EDITS.items():
        path = tree / "newlib" / name
        text = path.read_text(encoding="latin-1")
        if old not in text:
            raise BuildError(f"{path.name} of newlib is not what this script knows: it has no {old}")
        path.write_text(text.replace(old, new), encoding="latin-1")
    folder.mkdir()
    text = " ".join(flags)
    run([tree / "newlib/configure", *CONFIGURE], folder, log, CC=" ".join(compiler()), AR=PREFIX + "ar",
        RANLIB=PREFIX + "ranlib", AS=PREFIX + "as", NM=PREFIX + "nm", CFLAGS=text, CCASFLAGS=text, CC_FOR_BUILD="cc",
        MAKEINFO="true")
    make = ["make", f"-j{os.cpu_count()}", "MAKEINFO=true"]
    run(make, folder, log)
    run([*make, "install", f"DESTDIR={work / 'installed'}"], folder, log)
    result = work / "installed/usr/mips64-elf"
    library = result / "lib/libc.a"
    members = subprocess.run([PREFIX + "ar", "t", library], capture_output=True, text=True, check=True).stdout.split()
    run([PREFIX + "ar", "d", library, *(m for m in members if m.removeprefix("lib_a-")[:-2] in LEFT_OUT)], folder, log)
    posix = tree / "newlib/libc/posix"
    (posix / "collate_tables.c").write_text("int __collate_load_error = 1;  // there are none\n")
    compile_into(library, [posix / f"{name}.c" for name in [*POSIX, "collate_tables"]],
                 [*flags, "-D_GNU_SOURCE", f"-I{folder}", f"-I{folder}/targ-include", f"-I{tree}/newlib/libc/include"], folder, log)
    return result


def compile_into(library, sources, flags, folder, log):
    objects = [folder / f"{path.stem}.o" for path in sources]
    for path, obj in zip(sources, objects):
        run([*compiler(), *flags, "-c", path, "-o", obj], folder, log)
    run([PREFIX + "ar", "rcsD", library, *objects], folder, log)


def add_long_double(work, library, flags, log):
    tree = work / "glibc"
    archive = source(GLIBC, "glibc-source")
    top = archive.name.removesuffix(".tar.xz")
    unpack(archive, tree, f"{top}/soft-fp", f"{top}/sysdeps/mips/mips64/sfp-machine.h", f"{top}/stdlib/longlong.h")
    # What it expects of the rest of glibc. Without __mips_hard_float it rounds to nearest and raises no flags.
    (tree / "include").mkdir()
    (tree / "include/libc-symbols.h").write_text(
        "#define strong_alias(a, b) extern __typeof(a) b __attribute__((alias(#a)));\n#define libc_hidden_proto(x)\n"
        "#define __BYTE_ORDER 4321\n#define __BIG_ENDIAN 4321\n#define __LITTLE_ENDIAN 1234\n")
    (tree / "include/fpu_control.h").write_text("")
    folder = work / "soft-fp"
    folder.mkdir()
    compile_into(library, [tree / f"soft-fp/{name}.c" for name in SOFT_FP],
                 [*flags, "-U__mips_hard_float", "-include", "libc-symbols.h", f"-I{tree}/include", f"-I{tree}/soft-fp",
                  f"-I{tree}/sysdeps/mips/mips64", f"-I{tree}/stdlib", f"-I{tree}", "-isystem", work / "installed/usr/mips64-elf/include"],
                 folder, log)


def build(abi, flags, result):
    """Into the folder `result`, which is there when everything is."""
    work = result.parent / f"{abi}-work"  # what an interrupted build left is not used
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        log = work / "log"
        all_flags = [*flags, *OPTIONS, f"-ffile-prefix-map={work}=", "-nostdinc", "-isystem", compiler_headers()]
        built = build_newlib(work, all_flags, log)
        if abi == "n64":
            add_long_double(work, built / "lib/libc.a", all_flags, log)
        done = work / "done"
        done.mkdir()
        shutil.copytree(built / "include", done / "include")
        for library in ("libc.a", "libm.a"):
            shutil.copy(built / "lib" / library, done / library)
        os.replace(done, result)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main():
    abi, output, flags = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    archives = [source(NEWLIB, "newlib-source")] + ([source(GLIBC, "glibc-source")] if abi == "n64" else [])
    base = os.environ.get("XDG_CACHE_HOME")
    cache = (Path(base) if base and os.path.isabs(base) else Path.home() / ".cache") / "disco/newlib"
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / f"{abi}-{key_of(abi, flags, archives)}"
    with open(cache / f"{abi}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another build may be at the same
        if not kept.is_dir():
            build(abi, flags, kept)
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(kept, output)


if __name__ == "__main__":
    try:
        main()
    except BuildError as error:
        sys.exit(f"build.py: the C library for {sys.argv[1]}: {error}")
