// A virtio network device from the guest's side, between two machines: what one sends the other
// gets, once, in order, and when? Times are the RTC's, which all machines of a link share.
//   machine = 0 sends, 1 receives and prints: frame NUMBER BYTES SENT SEEN (nanoseconds)
#include "probe.h"
#include "runtime.h"
#include "virtio.h"

enum { kRtc = 0x1c002000, kPi = 0x1c3ff000, kPend = 0x00, kSlot = 0 };
enum { kReceive = 0, kTransmit = 1, kNetworkDevice = 1, kHasAddress = 1 << 5 };
enum { kHeader = 12, kNumberAt = 14, kTimeAt = 18, kPatternAt = 26, kMost = 1514 };
enum { kSingles = 10, kBurst = 8, kFrames = kSingles + kBurst };
enum { kPosting = 20000 };  // ns; what is done before the bell rings takes less
enum { kToForeign = 100, kToAll = 101, kAnswer = 102 };

static struct virtqueue receive, transmit;
static uint8_t in[kVirtioEntries][1600] __attribute__((aligned(128)));
static uint8_t out[kVirtioEntries][1600] __attribute__((aligned(128)));
static const uint32_t kSizes[] = {60, 61, 64, 100, 333, 512, 1000, 1499, 1513, kMost};

static uint64_t now(void) { return *(volatile uint64_t*)KSEG1(kRtc); }

static void wait_until(uint64_t time) {
  while (now() < time) continue;
}

static uint8_t pattern(uint32_t number, uint32_t n) { return (uint8_t)(number * 37 + n * 11 + 5); }

static void put_wide(uint8_t* at, unsigned bytes, uint64_t value) {
  for (unsigned n = 0; n < bytes; ++n) at[n] = (uint8_t)(value >> 8 * (bytes - 1 - n));
}
static uint64_t get_wide(const uint8_t* at, unsigned bytes) {
  uint64_t value = 0;
  for (unsigned n = 0; n < bytes; ++n) value = value << 8 | at[n];
  return value;
}

static void start(uint64_t machine) {
  virtio_begin("net", kSlot, kNetworkDevice, kHasAddress);
  const volatile uint8_t* address = (const volatile uint8_t*)virtio(kSlot, kConfig);
  check(address[0] == 2 && address[5] == machine, "net", "the address is that of the machine");
  check(*(const volatile uint16_t*)(address + 10) == 1500, "net", "the MTU is Ethernet's");
  virtio_add_queue(kSlot, kReceive, &receive);
  virtio_add_queue(kSlot, kTransmit, &transmit);
  virtio_start(kSlot);
  for (unsigned n = 0; n < kVirtioEntries; ++n)
    virtio_post(&receive, n, in[n], sizeof in[n], kDeviceWrites);
  *virtio(kSlot, kNotify) = kReceive;
}

// ---- sending

static void prepare(unsigned slot, uint64_t to, uint32_t number, uint32_t bytes) {
  uint8_t* const frame = out[slot] + kHeader;
  memset(out[slot], 0, kHeader);
  put_wide(frame, 6, to);
  put_wide(frame + 6, 6, UINT64_C(0x020000000000));
  put_wide(frame + 12, 2, 0x88b5);  // local experimental
  put_wide(frame + kNumberAt, 4, number);
  for (uint32_t n = kPatternAt; n < bytes; ++n) frame[n] = pattern(number, n);
  put_wide(frame + kTimeAt, 8, 0);
}

// The time at which it is going to be sent is in the frame.
static void post(unsigned slot, uint32_t bytes, uint64_t time) {
  put_wide(out[slot] + kHeader + kTimeAt, 8, time);
  virtio_post(&transmit, slot, out[slot], kHeader + bytes, 0);
}

// Until all that was posted has come back, in order.
static void finish_sending(unsigned first, unsigned count) {
  uint32_t bytes;
  for (unsigned n = 0; n < count; ++n) {
    int slot;
    while ((slot = virtio_take(&transmit, &bytes)) < 0) continue;
    check(slot == (int)(first + n), "net", "frames go out in order");
  }
  *virtio(kSlot, kAck) = 1;
}

static void send(uint64_t to, uint32_t number, uint32_t bytes) {
  prepare(0, to, number, bytes);
  const uint64_t time = now() + kPosting;
  post(0, bytes, time);
  wait_until(time);
  *virtio(kSlot, kNotify) = kTransmit;
  finish_sending(0, 1);
}

// ---- receiving

static uint64_t seen_at;

// The buffer with the next frame; its length is left in `bytes`.
static unsigned next_frame(uint32_t* bytes) {
  int slot;
  while ((slot = virtio_take(&receive, bytes)) < 0) continue;
  seen_at = now();
  *bytes -= kHeader;
  return (unsigned)slot;
}

static void check_frame(unsigned slot, uint32_t number, uint32_t bytes, uint32_t expected) {
  const uint8_t* const frame = in[slot] + kHeader;
  check(bytes == expected && get_wide(frame + kNumberAt, 4) == number, "net",
        "frames arrive once, in order and whole");
  int same = 1;
  for (uint32_t n = kPatternAt; n < bytes; ++n) same &= frame[n] == pattern(number, n);
  check(same, "net", "and hold what was sent");
  check(in[slot][10] == 1 && in[slot][11] == 0, "net", "each in one buffer");
}

static void repost(unsigned slot) {
  virtio_post(&receive, slot, in[slot], sizeof in[slot], kDeviceWrites);
  *virtio(kSlot, kNotify) = kReceive;
}

static void print_frame(uint32_t number, uint32_t bytes, uint64_t sent, uint64_t seen) {
  const uint64_t values[] = {number, bytes, sent, seen};
  put_text("frame");
  for (unsigned n = 0; n < 4; ++n) {
    put_text(" ");
    put_decimal(values[n]);
  }
  put_line("");
}

// ---- the two sides

static void sender(void) {
  const uint64_t other = UINT64_C(0x020000000001);
  uint32_t bytes;
  wait_until(200000);
  for (unsigned n = 0; n < kSingles; ++n) {
    send(other, n, kSizes[n]);
    wait_until(now() + 500000);
  }
  for (unsigned n = 0; n < kBurst; ++n) prepare(n, other, kSingles + n, kSizes[kSingles - 1 - n]);
  const uint64_t time = now() + kPosting;
  for (unsigned n = 0; n < kBurst; ++n) post(n, kSizes[kSingles - 1 - n], time);
  wait_until(time);
  *virtio(kSlot, kNotify) = kTransmit;
  finish_sending(0, kBurst);
  wait_until(now() + 1000000);
  send(UINT64_C(0x020000000007), kToForeign, 60);
  send(UINT64_C(0xffffffffffff), kToAll, 60);
  const unsigned slot = next_frame(&bytes);
  check_frame(slot, kAnswer, bytes, 77);
}

static void receiver(void) {
  static struct {
    uint32_t slot, bytes;
    uint64_t seen;
  } burst[kBurst];
  uint32_t bytes;
  for (unsigned n = 0; n < kSingles; ++n) {
    const unsigned slot = next_frame(&bytes);
    check(*virtio(kSlot, kInterrupt) == 1 &&
              (*(volatile uint64_t*)KSEG1(kPi + kPend) >> (kVirtioSource + kSlot) & 1),
          "net", "an arrival raises its source");
    *virtio(kSlot, kAck) = 1;
    check_frame(slot, n, bytes, kSizes[n]);
    print_frame(n, bytes, get_wide(in[slot] + kHeader + kTimeAt, 8), seen_at);
    repost(slot);
  }
  for (unsigned n = 0; n < kBurst; ++n) {
    burst[n].slot = next_frame(&bytes);
    burst[n].bytes = bytes;
    burst[n].seen = seen_at;
  }
  for (unsigned n = 0; n < kBurst; ++n) {
    const unsigned slot = burst[n].slot;
    check_frame(slot, kSingles + n, burst[n].bytes, kSizes[kSingles - 1 - n]);
    print_frame(kSingles + n, burst[n].bytes, get_wide(in[slot] + kHeader + kTimeAt, 8),
                burst[n].seen);
    repost(slot);
  }
  const unsigned slot = next_frame(&bytes);
  check_frame(slot, kToAll, bytes, 60);
  send(UINT64_C(0x020000000000), kAnswer, 77);
}

int main(void) {
  const uint64_t machine = argument("machine", 0);
  start(machine);
  machine == 0 ? sender() : receiver();
  report("net");
}
