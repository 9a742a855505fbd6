"""Programs: a libgcc of our own, musl, busybox, test programs, and the initial RAM disk that holds them. 32-bit (o32)
code for MIPS IV: 64-bit programs would need libgcc's 128-bit floating point, which Debian has only as MIPS R2 code."""
import os
import re
import shutil
import subprocess

from .cache import BuildError
from .kernel import CROSS, HERE

TARGET = ["-EB", "-mabi=32", "-march=r10000", "-mfp32", "-mno-fix-r10000", "-fno-pie", "-no-pie"]
RUNTIME = [os.path.join(HERE, "..", "runtime", name) for name in ("wide.c", "bits.c")] + [
    os.path.join(HERE, "userland", "convert.c")]
COMPILER = CROSS + "gcc"
DIRECTORIES = ("bin", "dev", "proc", "sys", "tmp", "tests", "etc", "root")
BUILD_TIME = 876009600  # of every file


def sysroot(cache):
    return cache.work / "sysroot"


def wrapper(cache):
    return cache.work / "o32-gcc"


def prefix_map(cache):
    return f"-ffile-prefix-map={cache.work}=/linux"


def build_libgcc(cache):
    """libgcc.a of what compiled code calls, the compiler's specs, and a wrapper that uses both."""
    new = cache.fresh("sysroot")
    (new / "lib").mkdir()
    objects = cache.fresh("build/libgcc")
    for source in RUNTIME:
        cache.run("libgcc", [COMPILER, *TARGET, "-O2", "-ffreestanding", f"-ffile-prefix-map={HERE}=/linux", "-c",
                             source, "-o", objects / (os.path.basename(source) + ".o")])
    cache.run("libgcc", [CROSS + "ar", "rcsD", new / "lib/libgcc.a", *sorted(objects.glob("*.o"))])
    specs = open(os.path.join(HERE, "userland", "o32.specs.in")).read().replace("@SYSROOT@", str(new))
    (cache.work / "o32.specs").write_text(specs)
    launcher = "ccache " if shutil.which("ccache") else ""
    wrapper(cache).write_text(f"#!/bin/sh\nexec {launcher}{COMPILER} {' '.join(TARGET)} {prefix_map(cache)} "
                              f"-specs={cache.work / 'o32.specs'} \"$@\"\n")
    wrapper(cache).chmod(0o755)


def build_musl(cache, progress):
    build = cache.fresh("build/musl")  # a killed compiler may leave half an object: always from the start
    source = cache.work / "src/musl"
    flags = " ".join([*TARGET[:-2], prefix_map(cache)])
    launcher = "ccache " if shutil.which("ccache") else ""
    cache.run("musl", [source / "configure", "--target=mips", f"--prefix={sysroot(cache)}", "--disable-shared",
                       "--enable-wrapper=no"], cwd=build,
              env=os.environ | {"CC": f"{launcher}{COMPILER} {flags}", "CROSS_COMPILE": CROSS,
                                "LIBCC": str(sysroot(cache) / "lib/libgcc.a")})
    total = sum(1 for _ in (source / "src").rglob("*.c"))

    def seen(lines):
        progress.show(lines / total, f"{min(lines, total)} of about {total} files")
    cache.run("musl", ["make", f"-j{os.cpu_count()}"], cwd=build, seen=seen)
    cache.run("musl", ["make", "install"], cwd=build)


def busybox_config(path, wanted):
    """busybox's allnoconfig ignores a fragment, so its answers are replaced afterwards."""
    names = {line.split("=")[0] for line in wanted}
    kept = [line for line in path.read_text().splitlines()
            if (re.match(r"(?:# )?(CONFIG_\w+)", line) or [""])[0].removeprefix("# ") not in names]
    path.write_text("\n".join([*kept, *wanted]) + "\n")


def build_busybox(cache, key, progress):
    build = cache.resumed("build/busybox", key)
    fragment = open(os.path.join(HERE, "config", "busybox.config")).read()
    wanted = re.findall(r"^CONFIG_\w+=.*$", fragment, re.M)
    make = ["make", "-C", cache.work / "src/busybox", f"O={build}", f"CROSS_COMPILE={CROSS}", f"CC={wrapper(cache)}",
            f"-j{os.cpu_count()}"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "876009600", "LC_ALL": "C"}
    cache.run("busybox", [*make, "allnoconfig"], env=environment)
    busybox_config(build / ".config", wanted)
    cache.run("busybox", [*make, "oldconfig"], env=environment, feed=lambda pipe: pipe.write(b"\n" * 5000))
    taken = (build / ".config").read_text().splitlines()
    for line in wanted:
        if line not in taken:
            raise BuildError(f"busybox: its configuration did not take {line}")
    total = 420

    def seen(lines):
        progress.show(lines / total, f"about {min(lines, total)} of {total} files")
    cache.run("busybox", [*make, "busybox"], env=environment, seen=seen)
    cache.run("busybox", [*make, "busybox.links"], env=environment)


def build_programs(cache):
    programs = cache.fresh("programs")
    for name in ("leave", "memory-test"):
        cache.run("programs", [wrapper(cache), "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-s",
                               os.path.join(HERE, "initramfs/src", name + ".c"), "-o", programs / name])


def applets(busybox):
    """Applets and where they are installed, from busybox's own list."""
    return [line.strip() for line in open(busybox / "busybox.links") if line.strip()]


def build_root_disk(cache):
    """The same programs as a disk image with an ext2 file system; the same bytes from every run of one user."""
    root = cache.fresh("build/root")
    for name in DIRECTORIES:
        (root / name).mkdir()
    copies = [(os.path.join(HERE, "initramfs/init"), "init"), (cache.work / "build/busybox/busybox", "bin/busybox")]
    copies += [(path, f"bin/{path.name}") for path in sorted((cache.work / "programs").iterdir())]
    copies += [(os.path.join(HERE, "initramfs/tests", name), f"tests/{name}")
               for name in sorted(os.listdir(os.path.join(HERE, "initramfs/tests")))]
    for source, name in copies:
        shutil.copyfile(source, root / name)
        (root / name).chmod(0o755)
    for link in applets(cache.work / "build/busybox"):
        os.symlink("busybox", root / "bin" / os.path.basename(link))
    for path in [*root.rglob("*"), root]:
        os.utime(path, (BUILD_TIME, BUILD_TIME), follow_symlinks=False)
    final = cache.images / "linux.ext2"
    new = final.with_name(final.name + ".new")
    new.unlink(missing_ok=True)
    tool = shutil.which("mke2fs") or "/usr/sbin/mke2fs"
    identity = "d15c0000-0000-4000-8000-000000000001"
    cache.run("rootdisk", [tool, "-q", "-t", "ext2", "-b", "4096", "-L", "disco", "-U", identity, "-m", "0",
                           "-E", f"root_owner=0:0,hash_seed={identity}", "-d", root, new, "16M"],
              env=os.environ | {"E2FSPROGS_FAKE_TIME": str(BUILD_TIME)})
    os.replace(new, final)


def build_initramfs(cache):
    """A cpio archive, uncompressed, made by the kernel's own program; the same bytes every time."""
    build = cache.fresh("build/initramfs")
    tool = build / "gen_init_cpio"
    cache.run("initramfs", ["cc", "-O2", "-o", tool, cache.work / "src/linux/usr/gen_init_cpio.c"])
    busybox = cache.work / "build/busybox"
    lines = [f"dir /{name} 755 0 0" for name in DIRECTORIES]
    lines += ["nod /dev/console 600 0 0 c 5 1", "nod /dev/null 666 0 0 c 1 3",
              f"file /bin/busybox {busybox / 'busybox'} 755 0 0",
              f"file /init {HERE}/initramfs/init 755 0 0"]
    lines += [f"slink /bin/{os.path.basename(link)} busybox 777 0 0" for link in applets(busybox)]
    lines += [f"file /bin/{path.name} {path} 755 0 0" for path in sorted((cache.work / "programs").iterdir())]
    lines += [f"file /tests/{name} {HERE}/initramfs/tests/{name} 755 0 0"
              for name in sorted(os.listdir(os.path.join(HERE, "initramfs/tests")))]
    (build / "list").write_text("\n".join(lines) + "\n")
    final = cache.images / "linux.cpio"
    new = final.with_name(final.name + ".new")
    with open(new, "wb") as out:
        subprocess.run([tool, "-t", str(BUILD_TIME), build / "list"], stdout=out, check=True)
    os.replace(new, final)
