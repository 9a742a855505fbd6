#!/usr/bin/env python3
"""Builds Linux for the machine, from Debian's packages, in the user's cache: ./bootstrap linux [VARIANT ...].

Variants: native, guest64, guest32 (below the monitor), qemu (native for qemu-system-mips64, to compare); native and guest64
by default. May be killed at any time and started again: what is done is not done again.
Exit codes: 1 if it cannot be built, 2 for a wrong command, 3 if the sources cannot be had from here.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the checkout stays as it is

from builder import kernel, sources, userland  # noqa: E402
from builder.cache import BuildError, Cache, SourcesError, fingerprint  # noqa: E402
from builder.progress import Progress, duration  # noqa: E402

HERE = Path(__file__).resolve().parent
MEGABYTES = 2600
# Seconds on a machine of two cores; only the ratios matter.
WEIGHTS = {"index": 11, "download": 12, "unpack": 50, "libgcc": 2, "headers": 12, "musl": 50, "busybox": 45, "programs": 2,
           "initramfs": 1, "rootdisk": 1}
KERNEL_WEIGHT = 330


class Terminated(BaseException):
    """SIGTERM, which must end make and its compilers too."""


def terminated(*_):
    raise Terminated


class Build:
    def __init__(self, variants):
        self.variants = variants
        self.cache = Cache.of_user()
        self.progress = Progress(WEIGHTS | {f"kernel {name}": KERNEL_WEIGHT for name in variants})
        compiler = subprocess.run([kernel.CROSS + "gcc", "--version"], capture_output=True, text=True).stdout
        self.compiler = compiler.splitlines()[0] if compiler else ""

    def step(self, name, key, work):
        stamp = name.replace(" ", "-")
        self.progress.begin(name)
        if self.cache.is_done(stamp, key):
            self.progress.end("done before")
            return
        self.cache.forget(stamp)
        self.cache.log(stamp).write_text("")
        work()
        self.cache.done(stamp, key)
        self.progress.end()

    def fetch(self):
        apt = sources.Apt(self.cache)
        self.step("index", apt.key, apt.update)
        # What was fetched once stays: another version only comes with `--update`.
        chosen = self.cache.work / "versions.json"
        if not chosen.is_file():
            chosen.write_text(json.dumps(apt.versions()))
        versions = json.loads(chosen.read_text())
        self.versions = json.dumps(versions, sort_keys=True)
        download = self.cache.work / "download"
        download.mkdir(exist_ok=True)
        self.step("download", self.versions, lambda: apt.download(download, versions, self.progress))
        self.step("unpack", self.versions, lambda: self.unpack(download))

    def unpack(self, download):
        for name in sources.SOURCE_PACKAGES:
            sources.unpack_source(self.cache, download, name)
        sources.unpack_kernel(self.cache, download, self.progress)

    def user_programs(self):
        """The key of each step holds those of the steps that it stands on."""
        key = fingerprint(self.compiler, self.versions, HERE / "userland", *map(Path, userland.RUNTIME),
                          HERE / "builder/userland.py")
        cache = self.cache
        self.step("libgcc", key, lambda: userland.build_libgcc(cache))
        self.step("musl", key, lambda: userland.build_musl(cache, self.progress))
        self.step("headers", key, lambda: kernel.headers(cache, userland.sysroot(cache)))
        key = fingerprint(key, HERE / "config/busybox.config")
        self.step("busybox", key, lambda: userland.build_busybox(cache, key, self.progress))
        key = fingerprint(key, HERE / "initramfs", HERE / "builder/userland.py")
        self.step("programs", key, lambda: userland.build_programs(cache))
        self.step("initramfs", key, lambda: userland.build_initramfs(cache))
        self.step("rootdisk", key, lambda: userland.build_root_disk(cache))

    def kernels(self):
        for variant in self.variants:
            tree = fingerprint(self.compiler, self.versions)
            key = fingerprint(tree, HERE / "overlay", HERE / "apply-overlay.sh",
                              *map(Path, kernel.fragment_files(variant)))
            self.step(f"kernel {variant}", key, lambda: self.kernel(variant, tree))

    def kernel(self, variant, tree):
        """Kbuild notices changes of the overlay and of the configuration, but not that of the whole tree."""
        self.cache.resumed(f"build/{variant}", tree)
        kernel.apply_overlay(self.cache)
        kernel.build(self.cache, variant, self.progress)

    def run(self):
        started = time.monotonic()
        if not self.compiler:
            raise BuildError(f"{kernel.CROSS}gcc is not installed; ./bootstrap linux installs it")
        self.cache.lock()
        if not (self.cache.work / "src/linux").is_dir():
            self.cache.need_space(MEGABYTES)
        self.fetch()
        self.user_programs()
        self.kernels()
        self.progress.say(f"linux: {duration(time.monotonic() - started)}; images in {self.cache.images}")


def main(arguments):
    variants = arguments or ["native", "guest64"]
    for name in variants:
        if name not in kernel.VARIANTS:
            print(f"linux: no variant {name}; there are {', '.join(kernel.VARIANTS)}", file=sys.stderr)
            return 2
    os.umask(0o022)
    signal.signal(signal.SIGTERM, terminated)
    try:
        Build(variants).run()
    except BuildError as error:
        print(f"\nlinux: {error}", file=sys.stderr)
        return 3 if isinstance(error, SourcesError) else 1
    except (KeyboardInterrupt, Terminated) as reason:
        print("\nlinux: interrupted; the same command goes on from here", file=sys.stderr)
        return 143 if isinstance(reason, Terminated) else 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
