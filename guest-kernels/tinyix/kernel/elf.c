// See elf.h. The image may lie at any address (cpio aligns to four bytes), so fields are copied
// out.
#include "elf.h"

#include "machine.h"
#include "runtime.h"

enum {
  kClass = 4,
  kEncoding = 5,
  kClass32 = 1,
  kClass64 = 2,
  kBigEndian = 2,
  kTypeExecutable = 2,
  kMachineMips = 8
};
enum { kLoad = 1, kWritable = 2 };

struct header {  // the common part is at the same offsets in both classes
  uint64_t entry, phoff;
  uint16_t phentsize, phnum;
};

static uint64_t field(const uint8_t* p, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | p[i];
  return value;
}

static int read_header(const uint8_t* image, size_t size, struct header* h, int* is_64bit) {
  if (size < 64 || memcmp(image, "\177ELF", 4) != 0 || image[kEncoding] != kBigEndian) return 0;
  if (image[kClass] != kClass32 && image[kClass] != kClass64) return 0;
  if (field(image + 16, 2) != kTypeExecutable || field(image + 18, 2) != kMachineMips) return 0;
  *is_64bit = image[kClass] == kClass64;
  if (*is_64bit)
    *h = (struct header){field(image + 24, 8), field(image + 32, 8), (uint16_t)field(image + 54, 2),
                         (uint16_t)field(image + 56, 2)};
  else
    *h = (struct header){field(image + 24, 4), field(image + 28, 4), (uint16_t)field(image + 42, 2),
                         (uint16_t)field(image + 44, 2)};
  const unsigned entry_size = *is_64bit ? 56 : 32;
  return h->phentsize == entry_size && h->phoff < size &&
         (uint64_t)h->phnum * entry_size <= size - h->phoff;
}

// One program header; `offset` is the data's place in the image.
static uint32_t read_segment(const uint8_t* p, int is_64bit, struct segment* s, uint64_t* offset) {
  uint32_t flags;
  if (is_64bit) {
    flags = (uint32_t)field(p + 4, 4);
    *offset = field(p + 8, 8);
    s->address = field(p + 16, 8);
    s->data_size = field(p + 32, 8);
    s->memory_size = field(p + 40, 8);
  } else {
    flags = (uint32_t)field(p + 24, 4);
    *offset = field(p + 4, 4);
    s->address = field(p + 8, 4);
    s->data_size = field(p + 16, 4);
    s->memory_size = field(p + 20, 4);
  }
  s->writable = (flags & kWritable) != 0;
  return (uint32_t)field(p, 4);
}

int elf_read(const uint8_t* image, size_t size, uint64_t low, uint64_t high,
             struct program* program) {
  struct header h;
  if (!read_header(image, size, &h, &program->is_64bit)) return 0;
  program->entry = h.entry;
  program->count = 0;
  uint64_t free_from = low;
  for (unsigned i = 0; i < h.phnum; ++i) {
    struct segment s;
    uint64_t offset;
    if (read_segment(image + h.phoff + i * h.phentsize, program->is_64bit, &s, &offset) != kLoad)
      continue;
    if (s.memory_size == 0) continue;
    if (program->count == kMaxSegments) return 0;
    if (s.address < free_from || s.address >= high || s.memory_size > high - s.address) return 0;
    if (s.data_size > s.memory_size || offset > size || s.data_size > size - offset) return 0;
    s.data = image + offset;
    program->segments[program->count++] = s;
    free_from = (s.address + s.memory_size + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
  }
  return program->count > 0 && h.entry % 4 == 0 && h.entry >= low && h.entry < high;
}
