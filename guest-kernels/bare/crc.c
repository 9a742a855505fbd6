// Benchmark: table look-ups in the cache-resident case, loads on the critical path. n = passes over
// 16 KB.
#include "bare.h"

static uint32_t table[256];
static uint8_t data[16384];

static void make_table(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ (c & 1 ? 0xedb88320u : 0);
    table[i] = c;
  }
}

int main(void) {
  const uint64_t n = argument("n", 4);
  make_table();
  uint64_t x = 1;
  for (size_t i = 0; i < sizeof data; ++i) data[i] = (uint8_t)(x = next_xorshift(x));
  uint32_t crc = 0xffffffffu;
  disco_phase_mark(1);
  for (uint64_t pass = 0; pass < n; ++pass)
    for (size_t i = 0; i < sizeof data; ++i) crc = (crc >> 8) ^ table[(crc ^ data[i]) & 0xff];
  disco_phase_mark(2);
  put_text("crc ");
  put_hex(crc);
  put_line("");
  return 0;
}
