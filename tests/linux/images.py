"""Where ./bootstrap linux has put its images; shared by the tests of Linux."""
import os
import sys
from pathlib import Path

SKIPPED = 77  # CTest's SKIP_RETURN_CODE


def folder():
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "disco" / "guests"


def need(*names):
    """The images' paths; ends the test as skipped where one has not been built."""
    paths = [folder() / name for name in names]
    for path in paths:
        if not path.is_file():
            variant = {"linux-qemu.elf": " native qemu", "linux32-disco.elf": " guest32"}.get(path.name, "")
            print(f"skipped: {path} is not there; run ./bootstrap linux{variant} (ten minutes and more, once)")
            sys.exit(SKIPPED)
    return paths


def disk_entries(path):
    """(name, bytes) of every regular file in a cpio archive of the "newc" format."""
    data, at = path.read_bytes(), 0
    while at + 110 <= len(data):
        if data[at:at + 6] != b"070701":
            raise ValueError(f"{path}: no cpio header at {at}")
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = data[at + 110:at + 109 + name_size].decode()
        start = (at + 110 + name_size + 3) & ~3
        if name == "TRAILER!!!":
            return
        if mode & 0o170000 == 0o100000:
            yield name, data[start:start + size]
        at = (start + size + 3) & ~3
