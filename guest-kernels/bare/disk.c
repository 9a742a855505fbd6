// A virtio disk from the guest's side: is it there, does it keep what it is given, and how long
// does it take? Drives slot 0 by the specification, without interrupts; its times are the RTC's.
//   sectors = size of the disk; times = 1 prints a table of access times in nanoseconds
#include "probe.h"
#include "runtime.h"
#include "virtio.h"

enum { kRtc = 0x1c002000, kPi = 0x1c3ff000, kPend = 0x00, kSlot = 0, kBlockDevice = 2 };
enum { kIn = 0, kOut = 1, kFlush = 4, kSector = 512 };

static struct virtqueue queue;
static struct {
  uint32_t type, reserved;
  uint64_t sector;
} header __attribute__((aligned(16)));
static volatile uint8_t status;
static uint8_t buffer[128 * kSector] __attribute__((aligned(128)));

static uint64_t now(void) { return *(volatile uint64_t*)KSEG1(kRtc); }

static void start(void) {
  virtio_begin("disk", kSlot, kBlockDevice, 1 << 9);  // FLUSH
  virtio_add_queue(kSlot, 0, &queue);
  virtio_start(kSlot);
}

static void describe(int n, const volatile void* at, uint32_t bytes, uint16_t flags) {
  queue.table[n].at = little64(PHYSICAL(at));
  queue.table[n].bytes = little32(bytes);
  queue.table[n].flags = little16(flags);
  queue.table[n].next = little16((uint16_t)(n + 1));
}

static uint64_t asked_at;

static uint16_t used_before;

// Makes a request without waiting for it.
static void post(uint32_t type, uint64_t sector, uint32_t sectors) {
  used_before = queue.used.index;
  header.type = little32(type);
  header.sector = little64(sector);
  status = 0xff;
  describe(0, &header, sizeof header, 1);
  int n = 1;
  if (sectors != 0) describe(n++, buffer, sectors * kSector, type == kIn ? 3 : 1);
  describe(n, &status, 1, 2);
  const uint16_t index = little16(queue.available.index);
  queue.available.ring[index % kVirtioEntries] = 0;
  queue.available.index = little16((uint16_t)(index + 1));
  asked_at = now();
  *virtio(kSlot, kNotify) = 0;
}

// Nanoseconds that the request took from `asked_at` on; its status byte is left in `status`.
static uint64_t wait(void) {
  while (queue.used.index == used_before) continue;
  const uint64_t to = now();
  check(*virtio(kSlot, kInterrupt) == 1 &&
            (*(volatile uint64_t*)KSEG1(kPi + kPend) >> kVirtioSource & 1),
        "disk", "a finished request raises its source");
  *virtio(kSlot, kAck) = 1;
  check(!(*(volatile uint64_t*)KSEG1(kPi + kPend) >> kVirtioSource & 1), "disk",
        "acknowledged, it falls");
  return to - asked_at;
}

static uint64_t ask(uint32_t type, uint64_t sector, uint32_t sectors) {
  post(type, sector, sectors);
  return wait();
}

static uint8_t pattern(uint64_t sector, unsigned n) { return (uint8_t)(sector * 37 + n * 11 + 5); }

static void fill(uint64_t sector, uint32_t sectors) {
  for (unsigned n = 0; n < sectors * kSector; ++n) buffer[n] = pattern(sector + n / kSector, n);
}
static int matches(uint64_t sector, uint32_t sectors) {
  for (unsigned n = 0; n < sectors * kSector; ++n)
    if (buffer[n] != pattern(sector + n / kSector, n)) return 0;
  return 1;
}

static void keeps_what_it_is_given(uint64_t size) {
  const uint64_t places[] = {0, 1, size / 2, size - 16};
  for (unsigned n = 0; n < 4; ++n) {
    fill(places[n], 8);
    ask(kOut, places[n], 8);
    check(status == 0, "disk", "a write succeeds");
  }
  ask(kFlush, 0, 0);
  check(status == 0, "disk", "a flush succeeds");
  for (unsigned n = 4; n > 0; --n) {
    memset(buffer, 0, 8 * kSector);
    // The write to sector 1 came after that to sector 0.
    const uint64_t from = places[n - 1];
    ask(kIn, from, from == 0 ? 1 : 8);
    check(status == 0 && matches(from, from == 0 ? 1 : 8), "disk", "a read gives what was written");
  }
  ask(kIn, size, 1);
  check(status == 1, "disk", "there is nothing behind the end");
}

// Links `word`, makes no reference for 40 milliseconds of Count, in which the request under way is
// done, and stores conditionally: whether that succeeded.
static int stays_linked(volatile uint64_t* word) {
  uint64_t ok;
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "lld %0, 0(%1)\n mfc0 $8, $9\n"
      "1: mfc0 $9, $9\n subu $9, $9, $8\n sltu $9, $9, %2\n bnez $9, 1b\n nop\n"
      "scd %0, 0(%1)\n.set pop"
      : "=&r"(ok)
      : "r"(word), "r"((uint64_t)8000000)
      : "$8", "$9", "memory");
  return (int)ok;
}

// UM 1.8: an invalidation of the linked line, here by DMA, makes the SC fail.
static void breaks_links(void) {
  static volatile uint64_t elsewhere[32] __attribute__((aligned(128)));
  post(kIn, 1, 1);
  check(!stays_linked((volatile uint64_t*)(void*)buffer), "disk",
        "what it writes breaks the link of that line");
  wait();
  check(status == 0 && matches(1, 1), "disk", "and the conditional store did not happen");
  post(kIn, 1, 1);
  check(stays_linked(&elsewhere[16]), "disk", "what it writes elsewhere does not");
  wait();
}

static void print_times(uint64_t size) {
  uint64_t x = 88172645463325252;
  for (unsigned n = 0; n < 20; ++n) {
    x = next_xorshift(x);
    const uint64_t sector = x % (size - 128), sectors = 1 + (x >> 32) % 128;
    const uint64_t took = ask(kIn, sector, (uint32_t)sectors);
    put_text("read ");
    put_decimal(sector);
    put_text(" ");
    put_decimal(sectors);
    put_text(" ");
    put_decimal(asked_at);
    put_text(" ");
    put_decimal(took);
    put_line("");
  }
}

int main(void) {
  start();
  const uint64_t size = (uint64_t)*virtio(kSlot, kConfig + 4) << 32 | *virtio(kSlot, kConfig);
  check(size == argument("sectors", size), "disk", "its size is the image's");
  if (argument("times", 0)) print_times(size);
  keeps_what_it_is_given(size);
  breaks_links();
  report("disk");
}
