// MAGIC's page counters from the guest's side (docs/numa.md): are misses counted at the page's
// home, by node, reads and writes apart; do thresholds, queue, interrupt, resets and ages work? Two
// nodes or more, fidelity memory.
//   distance = what the registers should tell of another node
#include "cpus.h"
#include "probe.h"

enum {
  kFeatures = 0x000,
  kDistance = 0x400,
  kPage = 0x1000,
  kPageState = 0x1008,
  kPageReads = 0x1010,
  kPageWrites = 0x1018,
  kPageReset = 0x1020,
  kCountReset = 0x1028,
  kRemoteThreshold = 0x1030,
  kLocalThreshold = 0x1038,
  kWriteThreshold = 0x1040,
  kAgePeriod = 0x1048,
  kAges = 0x1050,
  kHotCount = 0x1080,
  kHotSize = 0x1088,
  kHotPage = 0x1090,
  kHotLost = 0x10a8,
  kPageCounts = 0x2000,
  kPend = 0x00,
  kEnable = 0x08,
  kHotSource = 1 << 1,
  kIp2 = 1 << 10,
  kLine = 128,
  kPageBytes = 4096,
};
// Nothing else is here, on any node.
#define kFree UINT64_C(0x200000)

static volatile uint64_t* at(unsigned node, uint64_t offset) { return CACHED(node, offset); }
static volatile uint64_t* uncached(unsigned node, uint64_t offset) {
  return UNCACHED(node, offset);
}
static volatile uint64_t* controller(unsigned node, uint64_t offset) {
  return uncached(node, kController + offset);
}
static void load_lines(unsigned node, uint64_t page, unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i) (void)*at(node, page + i * kLine);
}
static void store_lines(unsigned node, uint64_t page, unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i) *at(node, page + i * kLine) = i;
}

static void counting(void) {
  check(*controller(0, kFeatures) & 1, "features", "there are page counters");
  *controller(1, kPage) = UINT64_C(0x100000000) + kFree + 0xabc;
  check(*controller(1, kPage) == kFree, "page", "keeps the page's offset in the node");
  check(*controller(1, kPageState) == 1, "page", "it is RAM");
  load_lines(1, kFree, 0, 10);
  store_lines(1, kFree, 10, 5);
  check(*controller(1, kPageCounts) == (UINT64_C(10) << 32 | 5), "counts",
        "ten lines read, five written");
  load_lines(1, kFree, 0, 15);
  store_lines(1, kFree, 0, 15);  // all exclusive by now
  check(*controller(1, kPageCounts) == (UINT64_C(10) << 32 | 5), "counts", "hits are not counted");
  (void)*uncached(1, kFree + 20 * kLine);
  *uncached(1, kFree + 21 * kLine) = 1;
  check(*controller(1, kPageReads) == 10 && *controller(1, kPageWrites) == 5, "counts",
        "uncached accesses neither");
  check(*controller(1, kPageCounts + 8) == 0, "counts", "the other node did nothing");
  *controller(0, kPage) = kFree;
  check(*controller(0, kPageReads) == 0, "counts", "the same page of node 0 is another");
  *controller(1, kPageReset) = 2;
  check(*controller(1, kPageCounts) == (UINT64_C(10) << 32 | 5), "reset", "of another node");
  *controller(1, kPageReset) = 1;
  check(*controller(1, kPageCounts) == 0, "reset", "of this node");
}

static void hot_pages(void) {
  const uint64_t page = kFree + kPageBytes;
  volatile uint64_t* const pend =
      uncached(0, kInterfaces + kInterfaceBytes * *controller(0, kCpusPerNode) + kPend);
  *controller(1, kRemoteThreshold) = 8;
  load_lines(1, page, 0, 7);
  check(*controller(1, kHotCount) == 0 && !(*pend & kHotSource), "hot", "not yet");
  store_lines(1, page, 7, 1);
  check(*controller(1, kHotCount) == 1, "hot", "the eighth miss reports the page");
  check(*pend & kHotSource, "hot", "the home's processors hear of it");
  check(!(*uncached(0, kOwnInterface + kPend) & kHotSource), "hot", "others do not");
  load_lines(1, page, 8, 8);
  check(*controller(1, kHotCount) == 1, "hot", "once");
  check(*controller(1, kHotPage) == (UINT64_C(0x100000000) | page | 0 << 4 | 1 << 1 | 1), "hot",
        "page, node and reason");
  check(*controller(1, kHotCount) == 0 && !(*pend & kHotSource), "hot", "taken, it falls");
  check(*controller(1, kHotPage) == 0, "hot", "nothing more");
  *controller(1, kPage) = page;
  check(*controller(1, kPageState) == 3, "hot", "reported until it is armed");
  *controller(1, kPageReset) = ~UINT64_C(0);
  check(*controller(1, kPageState) == 1, "hot", "armed");
  *controller(1, kRemoteThreshold) = 0;
}

static void interrupt(void) {
  const uint64_t page = kFree + 2 * kPageBytes;
  *controller(0, kCountReset) = ~UINT64_C(0);  // this program's own pages are there, too
  *controller(0, kWriteThreshold) = 3;
  *uncached(0, kOwnInterface + kEnable) = kHotSource;
  check(!(READ_CP0_32(CP0_CAUSE) & kIp2), "interrupt", "quiet at first");
  store_lines(0, page, 0, 3);
  check(READ_CP0_32(CP0_CAUSE) & kIp2, "interrupt", "right behind the store that misses");
  check((*controller(0, kHotPage) & 0xfff) == (3 << 1 | 1), "interrupt", "for its writes");
  check(!(READ_CP0_32(CP0_CAUSE) & kIp2), "interrupt", "taken, it falls");
  *uncached(0, kOwnInterface + kEnable) = 0;
  *controller(0, kWriteThreshold) = 0;
}

static void overflow(void) {
  const uint64_t size = *controller(1, kHotSize), first = kFree + 16 * kPageBytes;
  *controller(1, kRemoteThreshold) = 1;
  for (uint64_t i = 0; i < size + 3; ++i) load_lines(1, first + i * kPageBytes, 0, 1);
  check(*controller(1, kHotCount) == size && *controller(1, kHotLost) == 3, "overflow",
        "is counted");
  unsigned good = 0;
  for (uint64_t i = 0; i < size; ++i)
    good += (*controller(1, kHotPage) & 0xfffff000) == first + i * kPageBytes;
  check(good == size, "overflow", "those that fitted come in order");
  load_lines(1, first + size * kPageBytes, 1, 1);
  check((*controller(1, kHotPage) & 0xfffff000) == first + size * kPageBytes, "overflow",
        "a lost page is reported at its next miss");
  *controller(1, kRemoteThreshold) = 0;
}

static void ages(void) {
  const uint64_t page = kFree + 3 * kPageBytes;
  *controller(1, kCountReset) = ~UINT64_C(0);
  load_lines(1, page, 0, 32);
  *controller(1, kPage) = page;
  check(*controller(1, kPageReads) == 32, "ages", "32 at first");
  *controller(1, kAgePeriod) = 100000;
  uint64_t age = 0, reads = 0, wrong = 0;
  while (age < 5) {
    reads = *controller(1, kPageReads);
    age = *controller(1, kAges);
    if (reads != 32u >> age && reads != 64u >> age)
      ++wrong;  // it may have come between the two loads
  }
  check(wrong == 0, "ages", "halve the counts");
  *controller(1, kAgePeriod) = 0;
  check(*controller(1, kPageReads) <= 1, "ages", "until little is left");
}

int main(void) {
  if (*controller(0, kNodes) < 2) fail("pages", "it takes two nodes");
  check(*controller(0, kDistance) == 10 && *controller(1, kDistance + 8) == 10, "distance",
        "of a node to itself");
  check(*controller(0, kDistance + 8) == argument("distance", 30), "distance",
        "as the latencies say");
  counting();
  hot_pages();
  interrupt();
  overflow();
  ages();
  report("pages");
}
