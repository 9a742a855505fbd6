"""The kernel: overlay, configuration, build; one folder per variant."""
import os
import re
import shutil
import subprocess

from .cache import BuildError

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CROSS = "mips64-linux-gnuabi64-"

# variant: (fragments over allnoconfig, image in the cache's guests/, objects that an earlier build had)
VARIANTS = {
    "native": (("kernel", "native", "devices"), "linux-native.elf", 790),
    "guest64": (("kernel", "guest64"), "linux-disco.elf", 620),
    "guest32": (("kernel", "guest32"), "linux32-disco.elf", 620),
    "qemu": (("kernel", "native", "devices", "qemu"), "linux-qemu.elf", 790),
}


def fragment_files(variant):
    return [os.path.join(HERE, "config", name + ".config") for name in VARIANTS[variant][0]]


def make(cache, variant, *targets, lines=None):
    compiler = CROSS + "gcc"
    if shutil.which("ccache"):
        compiler = "ccache " + compiler
    command = ["make", "-C", cache.work / "src/linux", "ARCH=mips", f"CROSS_COMPILE={CROSS}", f"CC={compiler}",
               f"O={cache.work / 'build' / variant}", f"-j{os.cpu_count()}", *targets]
    # The same bytes from every run and user.
    environment = os.environ | {"KBUILD_BUILD_USER": "disco", "KBUILD_BUILD_HOST": "disco", "LC_ALL": "C",
                                "KBUILD_BUILD_TIMESTAMP": "1997-10-05 00:00:00 UTC", "KBUILD_BUILD_VERSION": "1",
                                "KCONFIG_ALLCONFIG": str(cache.work / f"build/{variant}.fragment"),
                                "CCACHE_BASEDIR": str(cache.work), "CCACHE_NOHASHDIR": "1"}
    cache.run(f"kernel-{variant}", command, seen=lines, env=environment)


def configure(cache, variant):
    """allnoconfig with our fragments; an option that Kconfig did not take is an error, not a surprise at boot."""
    build = cache.work / "build" / variant
    build.mkdir(parents=True, exist_ok=True)
    wanted = "".join(open(path).read() for path in fragment_files(variant))
    (cache.work / f"build/{variant}.fragment").write_text(wanted)
    make(cache, variant, "allnoconfig")
    taken = (build / ".config").read_text().splitlines()
    for line in re.findall(r"^CONFIG_\w+=.*$", wanted, re.M):
        option, value = line.split("=", 1)
        if (line not in taken) if value != "n" else (f"# {option} is not set" not in taken and
                                                     any(t.startswith(option + "=") for t in taken)):
            raise BuildError(f"kernel-{variant}: Kconfig did not take {line}; something that it depends on is missing")


def apply_overlay(cache):
    cache.run("overlay", [os.path.join(HERE, "apply-overlay.sh"), cache.work / "src/linux"])


def headers(cache, sysroot):
    """The kernel's user-space headers, which busybox wants beside musl's."""
    make(cache, "headers", "headers")
    source = cache.work / "build/headers/usr/include"
    for path in source.rglob("*.h"):
        target = sysroot / "include" / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def expected_objects(cache, variant):
    count = cache.work / f"build/{variant}.objects"
    return int(count.read_text()) if count.is_file() else VARIANTS[variant][2]


def objects(cache, variant):
    return sum(name.endswith(".o") for _, _, files in os.walk(cache.work / "build" / variant) for name in files)


def build(cache, variant, progress):
    configure(cache, variant)
    total = expected_objects(cache, variant)
    start = objects(cache, variant)  # of an interrupted build

    def seen(lines):
        now = start + lines if lines < 20 else objects(cache, variant)
        progress.show(now / total, f"{now} of about {total} objects")
    make(cache, variant, "vmlinux", lines=throttled(seen))
    (cache.work / f"build/{variant}.objects").write_text(str(objects(cache, variant)))
    install(cache, variant)


def throttled(function, every=20):
    """Counting files for each line of output would cost more than the lines' own work."""
    return lambda lines: function(lines) if lines % every == 0 else None


def install(cache, variant):
    """The image without what only a debugger reads, put in place in one step."""
    final = cache.images / VARIANTS[variant][1]
    new = final.with_name(final.name + ".new")
    subprocess.run([CROSS + "objcopy", "--strip-debug", "--remove-section=.comment",
                    cache.work / "build" / variant / "vmlinux", new], check=True)
    os.replace(new, final)
