"""Debian's sources: the kernel from the binary package that holds them, musl and busybox from source packages."""
import os
import re
import shutil
import subprocess
import time

from .apt_sources import derive
from .cache import BuildError, SourcesError, fingerprint

KERNEL_PACKAGE = "linux-source-6.1"
SOURCE_PACKAGES = ("musl", "busybox")


class Apt:
    """apt-get with the machine's sources, deb-src added, and lists and archives of its own."""

    def __init__(self, cache, etc_apt="/etc/apt"):
        self.cache, self.folder = cache, cache.work / "apt"
        self.sources = derive(etc_apt)
        if not self.sources:
            raise SourcesError(f"{etc_apt} names no package source that is switched on; add your Debian mirror to "
                               f"{etc_apt}/sources.list")
        self.key = fingerprint(*(f"{name}\n{text}" for name, text in self.sources.items()))

    def write(self):
        for folder in ("sources.list.d", "lists/partial", "archives/archives/partial"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        for old in (self.folder / "sources.list.d").iterdir():
            old.unlink()
        (self.folder / "sources.list").write_text("")
        for name, text in self.sources.items():
            (self.folder / name).write_text(text)

    def options(self):
        pairs = {"Dir::Etc::sourcelist": self.folder / "sources.list",
                 "Dir::Etc::sourceparts": self.folder / "sources.list.d",
                 "Dir::State::lists": self.folder / "lists", "Dir::Cache": self.folder / "archives"}
        if os.geteuid() == 0:
            pairs["APT::Sandbox::User"] = "root"  # the folder is the user's, apt's own user cannot write it
        return [word for name, value in pairs.items() for word in ("-o", f"{name}={value}")]

    def update(self):
        self.write()
        command = ["apt-get", "-q", *self.options(), "update"]
        try:
            self.cache.run("index", command)
        except BuildError:
            pass  # a third party's source without source packages is no matter: what is needed is looked for below
        missing = [name for name in (KERNEL_PACKAGE, *SOURCE_PACKAGES) if not self.version(name)]
        if missing:
            raise SourcesError(f"the package sources of this machine have no {', '.join(missing)}: it needs Debian "
                               f"12's (see {self.cache.log('index')})")

    def version(self, package):
        """The newest version of a binary or source package, or None."""
        source = package in SOURCE_PACKAGES
        show = ["showsrc", package] if source else ["show", "--no-all-versions", package]
        text = subprocess.run(["apt-cache", *self.options(), *show], capture_output=True, text=True).stdout
        versions = re.findall(r"^Version: (\S+)$", text, re.M)
        newest = None
        for version in versions:
            if newest is None or subprocess.run(["dpkg", "--compare-versions", version, "gt", newest]).returncode == 0:
                newest = version
        return newest

    def versions(self):
        return {name: self.version(name) for name in (KERNEL_PACKAGE, *SOURCE_PACKAGES)}

    def commands(self, versions):
        return [["download", f"{KERNEL_PACKAGE}={versions[KERNEL_PACKAGE]}"],
                ["source", "--download-only", *(f"{name}={versions[name]}" for name in SOURCE_PACKAGES)]]

    def total_bytes(self, versions):
        total = 0
        for words in self.commands(versions):
            done = subprocess.run(["apt-get", *self.options(), "--print-uris", *words], capture_output=True, text=True,
                                  cwd=self.folder)
            total += sum(int(size) for size in re.findall(r"^'[^']+' \S+ (\d+)", done.stdout, re.M))
        return total

    def download(self, into, versions, progress):
        """apt goes on with files that are there in part, and checks every file's hash."""
        total = max(self.total_bytes(versions), 1)
        for words in self.commands(versions):
            process = subprocess.Popen(["apt-get", "-q", *self.options(), *words], cwd=into, stdin=subprocess.DEVNULL,
                                       stdout=open(self.cache.log("download"), "a"), stderr=subprocess.STDOUT)
            while process.poll() is None:
                time.sleep(0.2)
                here = sum(path.stat().st_size for path in into.iterdir() if path.is_file())
                progress.show(here / total, f"{here >> 20} of {total >> 20} MB")
            if process.returncode != 0:
                raise SourcesError(f"download: apt-get {words[0]} failed; see {self.cache.log('download')}; run the "
                                   "command again to go on")


def unpack_kernel(cache, download, progress):
    """The tree, complete or not there at all."""
    new = cache.fresh("src/linux.new")
    package, = download.glob(f"{KERNEL_PACKAGE}_*.deb")
    archive = new / "archive.tar.xz"
    with open(archive, "wb") as out:
        first = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
        second = subprocess.run(["tar", "-xO", f"./usr/src/{KERNEL_PACKAGE}.tar.xz"], stdin=first.stdout, stdout=out)
        if first.wait() != 0 or second.returncode != 0:
            raise BuildError(f"unpack: {package} cannot be unpacked; delete it and run the command again")
    size = archive.stat().st_size

    def feed(pipe):
        with open(archive, "rb") as file:
            while block := file.read(1 << 20):
                pipe.write(block)
                progress.show(file.tell() / size, f"{file.tell() >> 20} of {size >> 20} MB")
    cache.run("unpack", ["tar", "-xJ", "--strip-components=1", "-C", new], feed=feed)
    archive.unlink()
    place(new, cache.work / "src/linux", cache)


def unpack_source(cache, download, name):
    description, = download.glob(f"{name}_*.dsc")
    new = cache.fresh(f"src/{name}.new")
    new.rmdir()  # dpkg-source makes it
    cache.run("unpack", ["dpkg-source", "--no-check", "-x", description, new])
    place(new, cache.work / "src" / name, cache)


def place(new, final, cache):
    """Puts a complete tree where an older one may be; a large one takes a while to delete, so it is moved first."""
    if final.exists():
        final.rename(cache.fresh("old") / "tree")
    new.rename(final)
    shutil.rmtree(cache.work / "old", ignore_errors=True)
