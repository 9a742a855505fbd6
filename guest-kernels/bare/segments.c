// What an address is, by mode and by KX, SX, UX and ERL: mapped and with which refill vector,
// unmapped and at which physical address, or an address error (R10000 UM 16.2, tables and figures
// of the three modes; the vectors: UM 17.3).
#include "probe.h"

enum { kUserText = 0x10000000, kRam = 64 << 20 };
extern void load_and_break(uint64_t);
extern const char segments_begin[];

enum what { kError, kMapped, kUnmapped };
enum { kKx = 1, kSx = 2, kUx = 4, kErl = 8 };

/// Addresses that a mode has while Status has `set` and not `clear`. `vector`: the bit that makes
/// refills XTLB.
struct segment {
  const char* name;
  char mode;
  unsigned set, clear;
  uint64_t first, last;
  enum what what;
  unsigned vector;
};
#define T2 UINT64_C(0x7fffffff)
#define T16 UINT64_C(0xfffffffffff)
static const struct segment segments[] = {
    {"useg", 'U', 0, kUx, 0, T2, kMapped, kUx},
    {"xuseg", 'U', kUx, 0, 0, T16, kMapped, kUx},
    {"suseg", 'S', 0, kSx, 0, T2, kMapped, kUx},
    {"xsuseg, UX = 0", 'S', kSx, kUx, 0, T2, kMapped, kUx},
    {"xsuseg", 'S', kSx | kUx, 0, 0, T16, kMapped, kUx},
    {"xsseg", 'S', kSx, 0, UINT64_C(0x4000000000000000), UINT64_C(0x4000000000000000) + T16,
     kMapped, kSx},
    {"sseg", 'S', 0, 0, UINT64_C(0xffffffffc0000000), UINT64_C(0xffffffffdfffffff), kMapped, kKx},
    {"kuseg", 'K', 0, kErl | kKx, 0, T2, kMapped, kUx},
    {"xkuseg, UX = 0", 'K', kKx, kErl | kUx, 0, T2, kMapped, kUx},
    {"xkuseg", 'K', kKx | kUx, kErl, 0, T16, kMapped, kUx},
    {"kuseg under ERL", 'K', kErl, 0, 0, T2, kUnmapped, 0},
    {"xksseg", 'K', kKx | kSx, 0, UINT64_C(0x4000000000000000), UINT64_C(0x4000000000000000) + T16,
     kMapped, kSx},
    {"xkphys, uncached", 'K', kKx, 0, UINT64_C(0x9000000000000000), UINT64_C(0x900000ffffffffff),
     kUnmapped, 0},
    {"xkphys, uncached, attribute 3", 'K', kKx, 0, UINT64_C(0x9600000000000000),
     UINT64_C(0x960000ffffffffff), kUnmapped, 0},
    {"xkphys, cached", 'K', kKx, 0, UINT64_C(0x9800000000000000), UINT64_C(0x980000ffffffffff),
     kUnmapped, 0},
    {"xkphys, shared", 'K', kKx, 0, UINT64_C(0xa800000000000000), UINT64_C(0xa80000ffffffffff),
     kUnmapped, 0},
    {"xkphys, accelerated", 'K', kKx, 0, UINT64_C(0xb800000000000000), UINT64_C(0xb80000ffffffffff),
     kUnmapped, 0},
    {"xkphys, accelerated, attribute 2", 'K', kKx, 0, UINT64_C(0xbc00000000000000),
     UINT64_C(0xbc0000ffffffffff), kUnmapped, 0},
    {"xkseg", 'K', kKx, 0, UINT64_C(0xc000000000000000), UINT64_C(0xc000000000000000) + T16,
     kMapped, kKx},
    {"kseg0", 'K', 0, 0, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff9fffffff), kUnmapped, 0},
    {"kseg1", 'K', 0, 0, UINT64_C(0xffffffffa0000000), UINT64_C(0xffffffffbfffffff), kUnmapped, 0},
    {"ksseg", 'K', 0, 0, UINT64_C(0xffffffffc0000000), UINT64_C(0xffffffffdfffffff), kMapped, kKx},
    {"kseg3", 'K', 0, 0, UINT64_C(0xffffffffe0000000), UINT64_C(0xffffffffffffffff), kMapped, kKx},
};
enum { kSegments = sizeof segments / sizeof segments[0] };

// Between the four windows of an uncached algorithm and beyond those of the others nothing is.
static const uint64_t nowhere[] = {
    UINT64_C(0x9100000000000000), UINT64_C(0x9000010000000000), UINT64_C(0x9a00000000000000),
    UINT64_C(0xa000010000000000), UINT64_C(0xbfffffffffffff00), UINT64_C(0x0000000180000000),
    UINT64_C(0x0000000080000000), UINT64_C(0x00000000c0000000), UINT64_C(0x7fffffff00000000),
    UINT64_C(0xfffffffe80000000), UINT64_C(0x1000000000000000), UINT64_C(0x4000100000000000),
};

static const struct segment* segment_of(char mode, unsigned bits, uint64_t va) {
  if (mode == 'U' && (bits & kUx) == 0)
    va &= 0xffffffff;  // data references of 32-bit programs (UM 16.2)
  for (unsigned i = 0; i < kSegments; ++i) {
    const struct segment* const s = &segments[i];
    if (s->mode == mode && (bits & s->set) == s->set && (bits & s->clear) == 0 && va >= s->first &&
        va <= s->last)
      return s;
  }
  return 0;
}

static uint64_t probed;

static void probe(char mode, unsigned bits, uint64_t va) {
  const uint64_t status = (bits & kKx ? STATUS_KX : 0) | (bits & kSx ? STATUS_SX : 0) |
                          (bits & kUx ? STATUS_UX : 0) | (bits & kErl ? STATUS_ERL : 0) |
                          (mode == 'U'   ? STATUS_KSU_USER
                           : mode == 'S' ? STATUS_KSU_SUPERVISOR
                                         : 0);
  const uint64_t text = (uint64_t)(uintptr_t)load_and_break;
  if (mode == 'K')
    call_with_status(text, status, va);
  else
    run_with_status(kUserText + (text & 0xfff), status, va);
  ++probed;
  const struct segment* const s = segment_of(mode, bits, va);
  const char* const name = s != 0 ? s->name : "no segment";
  switch (s != 0 ? s->what : kError) {
    case kError:
      check(exception_code() == EXC_ADEL && last_exception.bad_vaddr == va, name,
            "an address error");
      break;
    case kMapped:
      check(exception_code() == EXC_TLBL && last_exception.bad_vaddr == va, name,
            "mapped: a refill");
      check(last_exception.vector == ((bits & s->vector) != 0 ? kVectorXtlb : kVectorUtlb), name,
            "its vector");
      break;
    case kUnmapped: {
      const uint64_t pa = (va - s->first) & UINT64_C(0xffffffffff);
      const int is_ram = pa < kRam && (uint32_t)last_exception.t0 == *(volatile uint32_t*)KSEG1(pa);
      check(is_ram ? exception_code() == EXC_BP
                   : pa >= kRam && (exception_code() == EXC_DBE || exception_code() == EXC_BP),
            name, "unmapped: memory or nothing, at the right address");
    }
  }
}

static void probe_around(char mode, unsigned bits, uint64_t edge) {
  static const int64_t by[] = {-0x2004, -4, 0, 4, 0x123450};
  for (unsigned i = 0; i < sizeof by / sizeof by[0]; ++i) probe(mode, bits, edge + (uint64_t)by[i]);
}

int main(void) {
  if (platform() != kPlatformDisco) pass("segments (none here)");
  clear_tlb();
  const uint64_t text = entry_lo(PHYSICAL(segments_begin), ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G);
  write_tlb(9, kUserText, 0, 4096, text, text);
  for (unsigned bits = 0; bits < 16; ++bits) {
    for (const char* mode = "USK"; *mode != 0; ++mode) {
      if ((bits & kErl) != 0 && *mode != 'K') continue;  // ERL is kernel mode
      for (unsigned i = 0; i < kSegments; ++i) {
        probe_around(*mode, bits, segments[i].first);
        probe_around(*mode, bits, segments[i].last + 1);
        probe(*mode, bits,
              (segments[i].first + (segments[i].last - segments[i].first) / 2) & ~UINT64_C(3));
      }
      for (unsigned i = 0; i < sizeof nowhere / sizeof nowhere[0]; ++i)
        probe(*mode, bits, nowhere[i]);
    }
  }
  put_decimal(probed);
  put_line(" references");
  report("segments");
}
