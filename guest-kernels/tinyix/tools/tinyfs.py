#!/usr/bin/env python3
"""File systems of tinyix in image files: makes them, checks them, reads them. kernel/fs_format.h has the format.

usage: tinyfs.py make IMAGE SIZE [DIRECTORY]    SIZE such as 4M; holds what is in DIRECTORY. The same bytes for the same files
       tinyfs.py check IMAGE                    is it consistent?  exit code 1 and what is wrong if not
       tinyfs.py list IMAGE                     every file: size, SHA-256 and path
       tinyfs.py cat IMAGE PATH                 a file's content

What a power cut left in the log counts as done: check, list and cat look at the image as it is after the next mount.
"""
import hashlib
import struct
import sys
from pathlib import Path

BLOCK, MAGIC, VERSION = 4096, 0x7479666B, 1
DIRECT, INDIRECT, NUMBERS = 22, 4, 1024
FILE, DIRECTORY, ROOT = 1, 2, 1
INODE = struct.Struct(">HHIQ26IQ")
ENTRY = struct.Struct(">I60s")
SUPER = struct.Struct(">10I")
LOG_BLOCKS = 121


class Image:
    def __init__(self, data):
        self.data = bytearray(data)
        (magic, version, self.blocks, self.log, self.log_blocks, self.inodes, self.inode_blocks, self.bitmap,
         self.bitmap_blocks, self.first_data) = SUPER.unpack_from(self.data)
        if magic != MAGIC or version != VERSION or self.blocks * BLOCK > len(self.data):
            raise ValueError("no file system of tinyix")
        self.replay()

    def block(self, number):
        return self.data[number * BLOCK:(number + 1) * BLOCK]

    def replay(self):
        count, *numbers = struct.unpack_from(">121I", self.data, self.log * BLOCK)
        for i, number in enumerate(numbers[:count]):
            self.data[number * BLOCK:(number + 1) * BLOCK] = self.block(self.log + 1 + i)

    def inode(self, number):
        fields = INODE.unpack_from(self.data, self.inodes * BLOCK + number * INODE.size)
        return {"type": fields[0], "links": fields[1], "size": fields[3], "direct": fields[4:26], "indirect": fields[26:30]}

    def numbers(self, block):
        return struct.unpack(f">{NUMBERS}I", self.block(block)) if block else (0,) * NUMBERS

    def file_blocks(self, inode):
        """The blocks of its content, holes as 0, as far as its size goes."""
        found = list(inode["direct"])
        for block in inode["indirect"]:
            found += self.numbers(block)
        return found[:-(-inode["size"] // BLOCK)]

    def content(self, inode):
        parts = [bytes(self.block(b)) if b else bytes(BLOCK) for b in self.file_blocks(inode)]
        return b"".join(parts)[:inode["size"]]

    def entries(self, inode):
        for number, name in ENTRY.iter_unpack(self.content(inode)):
            if number:
                yield number, name.rstrip(b"\0").decode(errors="replace")

    def walk(self, number=ROOT, path=""):
        """(path, inode number, inode) of everything below."""
        inode = self.inode(number)
        yield path or "/", number, inode
        if inode["type"] == DIRECTORY:
            for child, name in sorted(self.entries(inode), key=lambda e: e[1]):
                yield from self.walk(child, f"{path}/{name}")

    def complaints(self):
        users, seen = {}, {}
        for number in range(self.first_data):
            users[number] = "the file system itself"
        for path, number, inode in self.walk():
            seen[number] = seen.get(number, 0) + 1
            if inode["type"] not in (FILE, DIRECTORY):
                yield f"{path}: inode {number} has type {inode['type']}"
            if seen[number] > 1:
                continue
            used = [b for b in inode["direct"] + inode["indirect"] if b]
            for block in inode["indirect"]:
                used += [b for b in self.numbers(block) if b]
            for block in used:
                if not self.first_data <= block < self.blocks:
                    yield f"{path}: block {block} is outside"
                elif block in users:
                    yield f"{path}: block {block} belongs to {users[block]}, too"
                users[block] = path
        for number in range(1, self.inode_blocks * (BLOCK // INODE.size)):
            inode = self.inode(number)
            if inode["links"] != seen.get(number, 0):
                yield f"inode {number}: {inode['links']} links, {seen.get(number, 0)} names"
            if inode["links"] == 0 and inode["type"]:  # removed at the next mount
                for block in inode["direct"] + inode["indirect"]:
                    users[block] = f"inode {number}"
                for indirect in inode["indirect"]:
                    users.update({block: f"inode {number}" for block in self.numbers(indirect)})
        for block in range(self.blocks):
            bit = self.data[self.bitmap * BLOCK + block // 8] >> (7 - block % 8) & 1
            if bit != (block in users):
                yield f"block {block} is {'in use by nobody' if bit else 'free, but of ' + users[block]}"


class Maker:
    def __init__(self, size):
        self.blocks = size // BLOCK
        self.inode_blocks = max(2, self.blocks // 64)
        self.bitmap_blocks = -(-self.blocks // (BLOCK * 8))
        self.log, self.inodes = 1, 1 + LOG_BLOCKS
        self.bitmap = self.inodes + self.inode_blocks
        self.first_data = self.next_block = self.bitmap + self.bitmap_blocks
        self.next_inode = ROOT
        if self.first_data + 8 > self.blocks:
            raise ValueError(f"a file system has at least {(self.first_data + 8) * BLOCK // 1024} KB")
        self.data = bytearray(self.blocks * BLOCK)

    def add_blocks(self, content):
        numbers = []
        for at in range(0, len(content), BLOCK):
            if self.next_block == self.blocks:
                raise ValueError("the files do not fit: a larger SIZE is needed")
            part = content[at:at + BLOCK]
            self.data[self.next_block * BLOCK:self.next_block * BLOCK + len(part)] = part
            numbers.append(self.next_block)
            self.next_block += 1
        return numbers

    def write_inode(self, number, kind, content):
        blocks = self.add_blocks(content)
        if len(blocks) > DIRECT + INDIRECT * NUMBERS:
            raise ValueError("a file is at most 16 MB")
        direct, rest = blocks[:DIRECT], blocks[DIRECT:]
        indirect = []
        for at in range(0, len(rest), NUMBERS):
            part = rest[at:at + NUMBERS]
            indirect += self.add_blocks(struct.pack(f">{NUMBERS}I", *part, *(0,) * (NUMBERS - len(part))))
        numbers = direct + [0] * (DIRECT - len(direct)) + indirect + [0] * (INDIRECT - len(indirect))
        INODE.pack_into(self.data, self.inodes * BLOCK + number * INODE.size, kind, 1, 0, len(content), *numbers, 0)

    def add(self, path):
        number = self.next_inode
        self.next_inode += 1
        if number >= self.inode_blocks * (BLOCK // INODE.size):
            raise ValueError("too many files: a larger SIZE is needed")
        if path is not None and path.is_file():
            self.write_inode(number, FILE, path.read_bytes())
            return number
        entries = b""
        for child in sorted(path.iterdir()) if path else []:
            if len(child.name.encode()) > 59:
                raise ValueError(f"{child}: names have at most 59 bytes")
            entries += ENTRY.pack(self.add(child), child.name.encode())
        self.write_inode(number, DIRECTORY, entries)
        return number

    def finish(self):
        SUPER.pack_into(self.data, 0, MAGIC, VERSION, self.blocks, self.log, LOG_BLOCKS, self.inodes, self.inode_blocks,
                        self.bitmap, self.bitmap_blocks, self.first_data)
        for block in range(self.next_block):
            self.data[self.bitmap * BLOCK + block // 8] |= 0x80 >> block % 8
        return bytes(self.data)


def bytes_of(text):
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1], 1)
    return int(text if unit == 1 else text[:-1]) * unit


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("make", "check", "list", "cat"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    command, image, *rest = arguments
    if command == "make":
        maker = Maker(bytes_of(rest[0]))
        maker.add(Path(rest[1]) if len(rest) > 1 else None)
        Path(image).write_bytes(maker.finish())
        return 0
    contents = Image(Path(image).read_bytes())
    if command == "check":
        wrong = list(contents.complaints())
        print("\n".join(wrong) or "consistent")
        return 1 if wrong else 0
    if command == "list":
        for path, _, inode in contents.walk():
            if inode["type"] == FILE:
                print(f"{inode['size']:9} {hashlib.sha256(contents.content(inode)).hexdigest()} {path}")
        return 0
    for path, _, inode in contents.walk():
        if path.strip("/") == rest[0].strip("/"):
            sys.stdout.buffer.write(contents.content(inode))
            return 0
    raise ValueError(f"no file {rest[0]}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ValueError, OSError, IndexError) as error:
        sys.exit(f"tinyfs.py: {error}")
