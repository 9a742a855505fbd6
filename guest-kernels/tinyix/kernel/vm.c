// See vm.h.
#include "vm.h"

#include "cp0.h"
#include "frames.h"
#include "panic.h"
#include "process.h"
#include "runtime.h"
#include "tinyix.h"
#include "tlb.h"

enum { kDirectoryShift = 21, kGap = 1 << 20 };

// Where nothing is mapped (invariant 1). Never written.
static uint64_t empty_leaf[kLeafEntries] __attribute__((aligned(PAGE_SIZE)));

static phys frame_of(uint64_t entry) { return (entry >> 6) << PAGE_SHIFT; }
static uint64_t entry_for(phys frame, int writable) {
  return (frame >> PAGE_SHIFT) << 6 | ENTRYLO_CACHED | ENTRYLO_V | (writable ? ENTRYLO_D : 0);
}

void space_create(struct address_space* space, uint64_t** directory) {
  *space = (struct address_space){.directory = directory};
  for (int i = 0; i < kDirectoryEntries; ++i) directory[i] = empty_leaf;
}

static struct region* region_at(struct address_space* space, user_address at) {
  for (struct region* r = space->regions; r < space->regions + kRegions; ++r)
    if (at >= r->begin && at < r->end) return r;
  return NULL;
}

// The entry for `at` < USER_END, making its leaf table if need be. Null if memory is out.
static uint64_t* entry_at(struct address_space* space, user_address at) {
  uint64_t** leaf = &space->directory[at >> kDirectoryShift];
  if (*leaf == empty_leaf) {
    uint64_t* fresh = frame_allocate_zeroed();
    if (!fresh) return NULL;
    *leaf = fresh;
  }
  return &(*leaf)[(at >> PAGE_SHIFT) % kLeafEntries];
}

static void release_leaf(uint64_t* leaf) {
  for (int i = 0; i < kLeafEntries; ++i)
    if (leaf[i] & ENTRYLO_V) frame_release(frame_of(leaf[i]));
  frame_release(physical(leaf));
}

void space_clear(struct address_space* space) {
  for (int i = 0; i < kDirectoryEntries; ++i) {
    uint64_t* leaf = space->directory[i];
    if (leaf == empty_leaf) continue;
    space->directory[i] = empty_leaf;
    release_leaf(leaf);
  }
  memset(space->regions, 0, sizeof space->regions);
  space->asid = 0;  // what the TLB still holds is under an ASID that no space has any more
}

// Shares one leaf table's frames: from now on neither side may store.
static void share_leaf(uint64_t* child, uint64_t* parent) {
  for (int i = 0; i < kLeafEntries; ++i) {
    if (!(parent[i] & ENTRYLO_V)) continue;
    parent[i] &= ~(uint64_t)ENTRYLO_D;
    child[i] = parent[i];
    frame_share(frame_of(parent[i]));
  }
}

int64_t space_fork(struct address_space* child, struct address_space* parent) {
  memcpy(child->regions, parent->regions, sizeof child->regions);
  int64_t result = 0;
  for (int i = 0; i < kDirectoryEntries && result == 0; ++i) {
    if (parent->directory[i] == empty_leaf) continue;
    uint64_t* leaf = frame_allocate_zeroed();
    if (leaf) {
      child->directory[i] = leaf;
      share_leaf(leaf, parent->directory[i]);
    } else {
      result = -TINYIX_ENOMEM;
    }
  }
  if (result != 0) space_clear(child);
  // The TLB may still let the parent store to shared frames: a fresh ASID is cheaper than finding
  // them.
  parent->asid = 0;
  space_activate(parent);
  return result;
}

// ASIDs are given out in turn. When they are used up the TLB is emptied and a new generation
// begins: spaces of an older one get a new ASID when they run next. With several CPUs `asid_last`,
// and an ASID for each CPU in every space, are what it takes.
void space_activate(struct address_space* space) {
  struct cpu* cpu = this_cpu();
  if (space->asid == 0 || (space->asid ^ cpu->asid_last) >> 8 != 0) {
    if ((++cpu->asid_last & 0xff) == 0) {
      tlb_drop_all();
      ++cpu->asid_last;  // ASID 0 stays the kernel's
    }
    space->asid = cpu->asid_last;
  }
  WRITE_CP0(CP0_ENTRYHI, space->asid & 0xff);
  // PTEBase from bit 23 = the directory's address from bit 14 (vectors.S).
  WRITE_CP0(CP0_CONTEXT, (uint64_t)space->directory << (23 - BLOCK_SHIFT));
}

static int make_present(uint64_t* entry, int writable) {
  void* frame = frame_allocate_zeroed();
  if (!frame) return 0;
  *entry = entry_for(physical(frame), writable);
  return 1;
}

static int make_writable(uint64_t* entry) {
  const phys old = frame_of(*entry);
  if (frame_references(old) > 1) {
    void* copy = frame_allocate();
    if (!copy) return 0;
    memcpy(copy, direct(old), PAGE_SIZE);
    *entry = entry_for(physical(copy), 1);
    frame_release(old);
  } else {
    *entry |= ENTRYLO_D;  // the other side has copied or is gone
  }
  return 1;
}

enum fault_answer handle_fault(struct address_space* space, user_address at, enum access access) {
  const struct region* region = region_at(space, at);
  if (!region || (access == kWrite && !region->writable)) return kForbidden;
  uint64_t* entry = entry_at(space, at);
  if (!entry) return kNoMemory;
  if (!(*entry & ENTRYLO_V)) {
    if (!make_present(entry, region->writable)) return kNoMemory;
  } else if (access == kWrite && !(*entry & ENTRYLO_D)) {
    if (!make_writable(entry)) return kNoMemory;
  }
  // The TLB holds the pair as it was, or else this exception would have been a refill.
  uint64_t* pair = entry - ((at >> PAGE_SHIFT) & 1);
  tlb_renew(at, pair[0], pair[1]);
  return kServed;
}

void* space_page(struct address_space* space, user_address at) {
  uint64_t* entry = entry_at(space, at);
  if (!entry) return NULL;
  if (!(*entry & ENTRYLO_V) && !make_present(entry, region_at(space, at)->writable)) return NULL;
  return direct(frame_of(*entry));
}

// Frames of [begin, end), page aligned, go back.
static void unmap(struct address_space* space, user_address begin, user_address end) {
  for (user_address at = begin; at < end; at += PAGE_SIZE) {
    uint64_t* leaf = space->directory[at >> kDirectoryShift];
    uint64_t* entry = &leaf[(at >> PAGE_SHIFT) % kLeafEntries];
    if (!(*entry & ENTRYLO_V)) continue;
    frame_release(frame_of(*entry));
    *entry = 0;
    tlb_drop(at);
  }
}

static user_address page_up(user_address at) {
  return (at + PAGE_SIZE - 1) & ~(user_address)(PAGE_SIZE - 1);
}

int64_t space_grow_heap(struct address_space* space, int64_t by) {
  struct region* heap = &space->regions[kHeap];
  const user_address old = heap->end;
  const int64_t limit = (int64_t)(STACK_TOP - STACK_LIMIT - kGap);
  if (by < (int64_t)heap->begin - (int64_t)old || by > limit - (int64_t)old) return -TINYIX_ENOMEM;
  heap->end = old + (uint64_t)by;
  if (by < 0) unmap(space, page_up(heap->end), page_up(old));
  return (int64_t)old;
}

// Kernel address of `at` after making the page accessible; `left` bytes follow on the page.
static char* reach(struct address_space* space, user_address at, enum access access, size_t* left) {
  const struct region* region = region_at(space, at);
  if (!region || (access == kWrite && !region->writable)) return NULL;
  uint64_t* entry = entry_at(space, at);
  if (!entry) return NULL;
  const uint64_t needed = access == kWrite ? ENTRYLO_V | ENTRYLO_D : ENTRYLO_V;
  if ((*entry & needed) != needed && handle_fault(space, at, access) != kServed) return NULL;
  *left = PAGE_SIZE - at % PAGE_SIZE;
  return (char*)direct(frame_of(*entry)) + at % PAGE_SIZE;
}

int64_t copy_in(struct address_space* space, void* to, user_address from, size_t n) {
  for (size_t left; n != 0;) {
    const char* page = reach(space, from, kRead, &left);
    if (!page) return -TINYIX_EFAULT;
    const size_t part = n < left ? n : left;
    memcpy(to, page, part);
    to = (char*)to + part;
    from += part;
    n -= part;
  }
  return 0;
}

int64_t copy_out(struct address_space* space, user_address to, const void* from, size_t n) {
  for (size_t left; n != 0;) {
    char* page = reach(space, to, kWrite, &left);
    if (!page) return -TINYIX_EFAULT;
    const size_t part = n < left ? n : left;
    memcpy(page, from, part);
    from = (const char*)from + part;
    to += part;
    n -= part;
  }
  return 0;
}

int64_t copy_in_string(struct address_space* space, char* to, user_address from, size_t limit) {
  for (size_t i = 0; i < limit; ++i) {
    if (copy_in(space, &to[i], from + i, 1) != 0) return -TINYIX_EFAULT;
    if (to[i] == 0) return (int64_t)i;
  }
  return -TINYIX_E2BIG;
}
