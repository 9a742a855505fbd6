"""A second reader of .dtz files, written from docs/trace-format.md alone: what the document leaves out, this cannot
know. It shares nothing with the project's own reader but the two libraries that the format names (zstd, XXH3).

    for line in lines(path): ...        in the words of `disco trace view`
"""
import ctypes
import struct

ZSTD = ctypes.CDLL("libzstd.so.1")
XXHASH = ctypes.CDLL("libxxhash.so.0")
ZSTD.ZSTD_decompress.restype = ctypes.c_size_t
ZSTD.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
ZSTD.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
ZSTD.ZSTD_findFrameCompressedSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
ZSTD.ZSTD_isError.argtypes = [ctypes.c_size_t]
XXHASH.XXH3_64bits.restype = ctypes.c_uint64
XXHASH.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

HEADER, FOOTER, SEEK_TABLE = 0x184D2A50, 0x184D2A51, 0x184D2A5E
ALL = (1 << 64) - 1
VPN2 = 0xC0000FFFFFFFE000
RUN, JUMP_AGAIN, JUMP, DATA_AGAIN, DATA_NEAR, DATA, ATTEMPT, MAP, CONTEXT, TLB_WRITE, TLB_OP, EXCEPTION, ERET, CPU, DMA, \
    EXTENDED = range(16)
VECTORS = [0xFFFFFFFF80000000, 0xFFFFFFFF80000080, 0xFFFFFFFFA0000100, 0xFFFFFFFF80000180, 0xFFFFFFFFBFC00000]
MODES = ["user", "super", "kernel"]
KINDS = ["fetch", "load", "store", "ll", "sc"]
CAUSES = ["interrupt", "modified", "tlb load", "tlb store", "address error load", "address error store", "bus error fetch",
          "bus error data", "syscall", "breakpoint", "reserved instruction", "coprocessor unusable", "overflow", "trap", "14",
          "floating point"]


class Broken(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Broken(what)


class Bytes:
    """Numbers off the front of a byte string."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        check(self.at < len(self.data), "cut short")
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & ALL
            shift += 7

    def relative(self, base):
        zigzag = self.number()
        return (base + ((zigzag >> 1) ^ -(zigzag & 1))) & ALL

    def take(self, n):
        check(self.at + n <= len(self.data), "cut short")
        self.at += n
        return Bytes(self.data[self.at - n:self.at])

    def at_end(self):
        return self.at == len(self.data)


class Slot:
    address, stride, what, repeat = 0, 0, None, False

    def moved_to(self, address):
        if not self.repeat:
            self.stride = (address - self.address) & ALL
        self.address = address


class Lane:
    def __init__(self, cpu):
        self.cpu, self.mode, self.asid, self.inside, self.vm, self.vcpu = cpu, 2, 0, False, -1, -1
        self.next = self.last = self.data = self.attempt = self.epc = self.lo = self.frame = self.retired = self.cycle = 0
        self.mappings, self.jumps, self.slots = {}, {}, {}

    def slot(self):
        return self.slots.setdefault(self.last >> 2 & 1023, Slot())

    def key(self, address):
        everywhere = address >> 62 == 2 or 0xFFFFFFFF80000000 <= address < 0xFFFFFFFFC0000000
        return (None if everywhere else self.asid, address >> 12)

    def expected_hi(self):
        return self.attempt & VPN2 | self.asid


class Block:
    """The records of one block, as lines."""

    def __init__(self, first_instruction, data):
        self.first, self.instructions, self.records = first_instruction, 0, 0
        self.input, self.lanes, self.lane, self.dma_at, self.lines = Bytes(data), {}, None, 0, []

    def say(self, text, lane=None, instruction=None):
        lane = lane or self.lane
        if instruction is None:
            instruction = self.first + max(self.instructions - 1, 0)
        who = f"{instruction:10} cpu{lane.cpu} {MODES[lane.mode]:6} {lane.asid:02x}{'*' if lane.inside else ' '}"
        if lane.vm >= 0:
            who += f" vm{lane.vm}.{lane.vcpu}"
        self.lines.append(f"{who}  {text}")
        self.records += 1

    def moment(self, source, expected):
        self.lane.retired = source.relative(expected)
        self.lane.cycle = source.relative(self.lane.cycle)
        return f"cycle {self.lane.cycle} retired {self.lane.retired}"

    def refer(self, kind, log2, address):
        mapping = self.lane.mappings.get(self.lane.key(address))
        check(mapping, f"no mapping of {address:x}")
        frame, algorithm, mapped = mapping
        size = " " if log2 == 7 else str(1 << log2)
        self.say(f"{KINDS[kind]:5} {size}  {address:016x} -> {frame << 12 | address & 0xfff:010x} c{algorithm}"
                 + ("" if mapped else " unmapped"))

    def fetch(self):
        lane = self.lane
        lane.last, lane.next, lane.retired = lane.next, lane.next + 4 & ALL, lane.retired + 1
        self.instructions += 1
        self.refer(0, 2, lane.last)

    def decode(self):
        while not self.input.at_end():
            first = self.input.byte()
            code, count = first >> 4, first & 15
            if count == 15:
                count += self.input.number()
            for _ in range(count):
                self.fetch()
            self.record(code, self.input, self.lane)
        return self.lines

    def record(self, code, source, lane):
        if code == JUMP_AGAIN:
            lane.next = lane.jumps[lane.last >> 2 & 1023]
        elif code == JUMP:
            lane.next = lane.jumps[lane.last >> 2 & 1023] = source.relative(lane.next)
        elif code in (DATA_AGAIN, DATA_NEAR, DATA):
            self.data(code, source, lane)
        elif code == ATTEMPT:
            what = source.byte()
            fetch = what & 7 == 0
            lane.attempt = source.relative(lane.next if fetch else lane.slot().address)
            if not fetch:
                lane.slot().moved_to(lane.attempt)
                lane.slot().repeat = True
            size = " " if what >> 3 == 7 else str(1 << (what >> 3))
            self.say(f"{KINDS[what & 7]:5} {size}  {lane.attempt:016x} refused")
        elif code == MAP:
            flags = source.byte()
            page = lane.next >> 12 if flags & 16 else source.relative(lane.data >> 12)
            lane.frame = source.relative(lane.frame)
            lane.mappings[lane.key(page << 12)] = (lane.frame, flags & 7, flags & 8)
            self.say(f"map      {page << 12:016x} -> {lane.frame << 12:010x} c{flags & 7}"
                     + ("" if flags & 8 else " unmapped"))
        elif code == CONTEXT:
            flags = source.byte()
            lane.mode, lane.inside = flags & 3, flags & 4 != 0
            if flags & 8:
                lane.asid = source.byte()
        elif code == TLB_WRITE:
            flags, index = source.byte(), source.number()
            hi, lane.lo = source.relative(lane.expected_hi()), source.relative(lane.lo)
            lo1, mask = source.relative(lane.lo), source.number() << 13
            self.say(f"{'tlbwr' if flags & 1 else 'tlbwi'}    {index}: hi {hi:016x} lo {lane.lo:016x} {lo1:016x} "
                     f"mask {mask:07x}, " + self.moment(source, lane.retired))
        elif code == TLB_OP:
            flags = source.byte()
            value, found = source.relative(lane.expected_hi() if flags == 0 else 0), source.number()
            text = f"{['tlbp', 'tlbr', 'wired'][flags]:8} {value:x}"
            if flags == 0:
                text += f" found {found - 1}" if found else " found nothing"
            self.say(f"{text}, " + self.moment(source, lane.retired))
        elif code == EXCEPTION:
            self.exception(source, lane)
        elif code == ERET:
            flags, target = source.byte(), source.relative(lane.epc)
            self.say(f"eret     to {MODES[flags & 3]} {target:016x}, " + self.moment(source, lane.retired))
            lane.mode, lane.inside, lane.next = flags & 3, flags & 4 != 0, target
        elif code == CPU:
            self.lane = self.lanes[source.number()]
        elif code == DMA:
            flags, device = source.byte(), source.number()
            self.dma_at = source.relative(self.dma_at)
            size = source.number()
            instruction = self.first + max(self.instructions - 1, 0)
            self.records += 1
            self.lines.append(f"{instruction:10} device {device}  dma {'writes' if flags & 1 else 'reads'} "
                              f"{self.dma_at:010x}, {size} bytes")
        elif code == EXTENDED:
            sub, length = source.number(), source.number()
            self.extended(sub, source.take(length), lane)

    def data(self, code, source, lane):
        slot = lane.slot()
        if code == DATA:
            slot.what, address = source.byte(), source.relative(lane.data)
        elif code == DATA_NEAR:
            address = source.relative(slot.address)
        else:
            address = slot.address if slot.repeat else slot.address + slot.stride & ALL
        slot.moved_to(address)
        slot.repeat = False
        lane.data = address
        self.refer(slot.what & 7, slot.what >> 3, address)

    def exception(self, source, lane):
        flags, cause, pc = source.byte(), source.byte(), source.relative(lane.next)
        name = CAUSES[cause] if cause < len(CAUSES) else "watch" if cause == 23 else str(cause)
        text = f"exception {name} at {pc:016x} to {['refill', 'xrefill', 'cache error', 'general', 'reset'][flags & 7]}"
        if flags & 128:
            text += f" bad {source.relative(lane.attempt):016x}"
        text += (" in delay slot" if flags & 8 else "") + (" nested" if flags & 16 else "")
        self.say(f"{text}, " + self.moment(source, lane.retired - (pc == lane.last)))
        if not flags & 16:
            lane.epc = pc - 4 & ALL if flags & 8 else pc
        lane.mode, lane.inside, lane.next = 2, flags & 64 != 0, VECTORS[flags & 7]

    def extended(self, sub, part, lane):
        if sub == 0:
            cpu, cycle, retired, flags, asid = part.number(), part.number(), part.number(), part.byte(), part.byte()
            lane = self.lanes[cpu] = Lane(cpu)
            lane.cycle, lane.retired, lane.mode, lane.inside, lane.asid = cycle, retired, flags & 3, flags & 4 != 0, asid
            lane.vm, lane.vcpu, lane.next, lane.epc = part.number() - 1, part.number() - 1, part.number(), part.number()
            wired, _base, _lfsr = part.number(), part.number(), part.number()
            entries = 0
            while part.number():
                for _ in range(4):
                    part.number()
                entries += 1
            check(part.at_end(), "STATE is longer than it says")
            self.say(f"state    next {lane.next:016x}, {entries} TLB entries, wired {wired}, cycle {cycle} "
                     f"retired {retired}", lane, self.first)
        elif sub == 1:
            mark, pc = part.number(), part.relative(lane.next)
            self.say(f"mark     {mark} at {pc:016x}, " + self.moment(part, lane.retired))
        elif sub == 2:
            lane.vm, lane.vcpu = part.number() - 1, part.number() - 1
        elif sub == 3:
            flags, address = part.byte(), part.relative(lane.data)
            self.say(f"cache    {flags & 31}  {address:016x}" + (f" -> {part.number():010x}" if flags & 32 else ""))


def text_of(data, title):
    text = data.decode("ascii")
    body, at, last = text.rpartition("xxh3 ")
    check(at and last == f"{XXHASH.XXH3_64bits(body.encode(), len(body)):016x}\n", f"checksum of the {title}")
    lines = body.splitlines()
    check(lines[0] == f"{title} 1", f"not {title} 1 but {lines[0]}")
    return [line.split(" ", 1) for line in lines[1:]]


def frames(data):
    """(magic, bytes) of every frame; ordinary ones unpacked, with magic None."""
    at = 0
    while at < len(data):
        magic, size = struct.unpack_from("<II", data, at)
        if magic & 0xFFFFFFF0 == 0x184D2A50:
            yield at, magic, data[at + 8:at + 8 + size]
            at += 8 + size
            continue
        rest = data[at:]
        packed = ZSTD.ZSTD_findFrameCompressedSize(rest, len(rest))
        check(not ZSTD.ZSTD_isError(packed), f"no zstd frame at {at}")
        room = 1 << 26
        out = ctypes.create_string_buffer(room)
        size = ZSTD.ZSTD_decompress(out, room, rest, packed)
        check(not ZSTD.ZSTD_isError(size), f"frame at {at} does not unpack")
        yield at, None, out.raw[:size]
        at += packed


def blocks(path):
    """Header, footer, and for each block its number, offset, fields of its header, and records, all checksums held to."""
    with open(path, "rb") as file:
        data = file.read()
    header, footer, found = None, None, []
    for at, magic, content in frames(data):
        if magic == HEADER:
            header = text_of(content, "disco-trace")
        elif magic == FOOTER:
            footer = text_of(content, "disco-trace-end")
        elif magic is None:
            check(content[:4] == b"DTB1", f"no block at {at}")
            fields = struct.unpack_from("<IQQQQQQQQQQ", content, 4)
            size, length, checksum = fields[0], fields[9], fields[10]
            records = content[size:size + length]
            check(size + length == len(content), "a block of another length")
            check(XXHASH.XXH3_64bits(content[:80] + records, 80 + len(records)) == checksum, f"checksum of the block at {at}")
            found.append((at, fields, records))
    return header, footer, found


def lines(path):
    for _at, (_size, _number, first, instructions, records, *_), data in blocks(path)[2]:
        block = Block(first, data)
        yield from block.decode()
        check(block.instructions == instructions, f"{block.instructions} instructions, not {instructions}")
        check(block.records == records, f"{block.records} records, not {records}")
