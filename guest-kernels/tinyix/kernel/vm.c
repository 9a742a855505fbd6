// See vm.h.
#include "vm.h"

#include "atomic.h"
#include "cp0.h"
#include "frames.h"
#include "panic.h"
#include "process.h"
#include "runtime.h"
#include "shootdown.h"
#include "tinyix.h"
#include "tlb.h"

enum { kDirectoryShift = 21, kGap = 1 << 20 };

// Where nothing is mapped (invariant 1). Never written.
static uint64_t empty_leaf[kLeafEntries] __attribute__((aligned(PAGE_SIZE)));

static phys frame_of(uint64_t entry) { return (entry >> 6) << PAGE_SHIFT; }
static uint64_t entry_for(phys frame, int writable) {
  return (frame >> PAGE_SHIFT) << 6 | ENTRYLO_CACHED | ENTRYLO_V | (writable ? ENTRYLO_D : 0);
}

static void set_leaf(struct address_space* space, uint64_t index, uint64_t* leaf) {
  for (struct directory* d = space->threads; d; d = d->next) d->leaves[index] = leaf;
}

static void release_leaf(uint64_t* leaf) {
  for (int i = 0; i < kLeafEntries; ++i)
    if (leaf[i] & ENTRYLO_V) frame_release(frame_of(leaf[i]));
  frame_release(physical(leaf));
}

static void clear(struct address_space* space) {
  for (uint64_t i = 0; i < kDirectoryEntries; ++i) {
    uint64_t* leaf = space->threads->leaves[i];
    if (leaf == empty_leaf) continue;
    set_leaf(space, i, empty_leaf);
    release_leaf(leaf);
  }
  memset(space->regions, 0, sizeof space->regions);
  // What TLBs still hold is under ASIDs that no space has any more.
  memset(space->asid, 0, cpu_count * sizeof space->asid[0]);
}

static struct address_space spaces[kMaxProcesses];
static struct spinlock spaces_lock;

struct address_space* space_create(void) {
  acquire(&spaces_lock);
  struct address_space* space = spaces;
  while (space->is_taken) ++space;
  space->is_taken = 1;
  release(&spaces_lock);
  memset(space->regions, 0, sizeof space->regions);
  memset(space->asid, 0, cpu_count * sizeof space->asid[0]);
  return space;
}

void space_join(struct address_space* space, struct directory* directory) {
  acquire(&space->lock);
  if (space->threads) {
    memcpy(directory->leaves, space->threads->leaves, DIRECTORY_SIZE);
  } else {
    for (int i = 0; i < kDirectoryEntries; ++i) directory->leaves[i] = empty_leaf;
  }
  directory->next = space->threads;
  space->threads = directory;
  release(&space->lock);
}

void space_leave(struct address_space* space, struct directory* directory) {
  acquire(&space->lock);
  struct directory** link = &space->threads;
  const int is_last = *link == directory && !directory->next;
  if (is_last) clear(space);
  while (*link != directory) link = &(*link)->next;
  *link = directory->next;
  if (this_cpu()->space == space && current()->directory.leaves == directory->leaves)
    space_deactivate();
  release(&space->lock);
  if (is_last) space->is_taken = 0;
}

int space_is_shared(const struct address_space* space) { return space->threads->next != NULL; }

static struct region* region_at(struct address_space* space, user_address at) {
  for (struct region* r = space->regions; r < space->regions + kRegions; ++r)
    if (at >= r->begin && at < r->end) return r;
  return NULL;
}

// The entry for `at` < USER_END, making its leaf table if need be. Null if memory is out.
static uint64_t* entry_at(struct address_space* space, user_address at) {
  uint64_t* leaf = space->threads->leaves[at >> kDirectoryShift];
  if (leaf == empty_leaf) {
    leaf = frame_allocate_zeroed();
    if (!leaf) return NULL;
    set_leaf(space, at >> kDirectoryShift, leaf);
  }
  return &leaf[(at >> PAGE_SHIFT) % kLeafEntries];
}

void space_clear(struct address_space* space) {
  acquire(&space->lock);
  clear(space);
  release(&space->lock);
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

// No translation made before is used again, by any processor. With the lock held.
static void renew_asids(struct address_space* space) {
  struct cpu* const cpu = this_cpu();
  space->asid[cpu->index] = 0;
  if (cpu->space == space) space_activate(space, current()->directory.leaves);
  shoot_down(space);
}

int64_t space_fork(struct address_space* child, struct address_space* parent) {
  acquire(&parent->lock);
  memcpy(child->regions, parent->regions, sizeof child->regions);
  int64_t result = 0;
  for (uint64_t i = 0; i < kDirectoryEntries && result == 0; ++i) {
    uint64_t* const shared = parent->threads->leaves[i];
    if (shared == empty_leaf) continue;
    uint64_t* const leaf = frame_allocate_zeroed();
    if (leaf) {
      set_leaf(child, i, leaf);
      share_leaf(leaf, shared);
    } else {
      result = -TINYIX_ENOMEM;
    }
  }
  // TLBs may still let the parent store to shared frames: a fresh ASID is cheaper than finding
  // them.
  renew_asids(parent);
  release(&parent->lock);
  if (result != 0) space_clear(child);
  return result;
}

// ASIDs are given out in turn, by every processor for itself. When they are used up the TLB is
// emptied and a new generation begins: spaces of an older one get a new ASID when they run next.
void space_activate(struct address_space* space, uint64_t** leaves) {
  struct cpu* const cpu = this_cpu();
  cpu->space = space;  // before the ASID is read: see shoot_down()
  memory_barrier();
  uint64_t asid = space->asid[cpu->index];
  if (asid == 0 || (asid ^ cpu->asid_last) >> 8 != 0) {
    if ((++cpu->asid_last & 0xff) == 0) {
      tlb_drop_all();
      ++cpu->asid_last;  // ASID 0 stays the kernel's
    }
    asid = cpu->asid_last;
    space->asid[cpu->index] = asid;
  }
  WRITE_CP0(CP0_ENTRYHI, asid & 0xff);
  // PTEBase from bit 23 = the directory's address from bit 14 (vectors.S).
  WRITE_CP0(CP0_CONTEXT, (uint64_t)leaves << (23 - BLOCK_SHIFT));
}

void space_deactivate(void) {
  this_cpu()->space = NULL;
  WRITE_CP0(CP0_ENTRYHI, 0);
}

static int make_present(uint64_t* entry, int writable) {
  void* frame = frame_allocate_zeroed();
  if (!frame) return 0;
  *entry = entry_for(physical(frame), writable);
  return 1;
}

// Other processors may know what was there: they run another thread, or ran this one.
static void forget_elsewhere(struct address_space* space) {
  if (cpu_count > 1) shoot_down(space);
}

static int make_writable(struct address_space* space, uint64_t* entry) {
  const phys old = frame_of(*entry);
  if (frame_references(old) > 1) {
    void* copy = frame_allocate();
    if (!copy) return 0;
    memcpy(copy, direct(old), PAGE_SIZE);
    *entry = entry_for(physical(copy), 1);
    forget_elsewhere(space);
    frame_release(old);
  } else {
    *entry |= ENTRYLO_D;  // the other side has copied or is gone
  }
  return 1;
}

// handle_fault() with the lock held.
static enum fault_answer serve(struct address_space* space, user_address at, enum access access) {
  const struct region* region = region_at(space, at);
  if (!region || (access == kWrite && !region->writable)) return kForbidden;
  uint64_t* const entry = entry_at(space, at);
  if (!entry) return kNoMemory;
  if (!(*entry & ENTRYLO_V)) {
    if (!make_present(entry, region->writable)) return kNoMemory;
  } else if (access == kWrite && !(*entry & ENTRYLO_D)) {
    if (!make_writable(space, entry)) return kNoMemory;
  }
  // The TLB holds the pair as it was, or else this exception would have been a refill.
  const uint64_t* const pair = entry - ((at >> PAGE_SHIFT) & 1);
  tlb_renew(at, pair[0], pair[1]);
  return kServed;
}

enum fault_answer handle_fault(struct address_space* space, user_address at, enum access access) {
  acquire(&space->lock);
  const enum fault_answer answer = serve(space, at, access);
  release(&space->lock);
  return answer;
}

void* space_page(struct address_space* space, user_address at) {
  uint64_t* entry = entry_at(space, at);
  if (!entry) return NULL;
  if (!(*entry & ENTRYLO_V) && !make_present(entry, region_at(space, at)->writable)) return NULL;
  return direct(frame_of(*entry));
}

// Requires: at < USER_END.
static uint64_t* existing_entry(const struct address_space* space, user_address at) {
  return &space->threads->leaves[at >> kDirectoryShift][(at >> PAGE_SHIFT) % kLeafEntries];
}

// Frames of [begin, end), page aligned, go back: first they leave the page table, which keeps their
// numbers, then all TLBs, then they are free.
static void unmap(struct address_space* space, user_address begin, user_address end) {
  int found = 0;
  for (user_address at = begin; at < end; at += PAGE_SIZE) {
    uint64_t* const entry = existing_entry(space, at);
    if (!(*entry & ENTRYLO_V)) continue;
    *entry &= ~(uint64_t)(ENTRYLO_V | ENTRYLO_D);
    tlb_drop(at);
    found = 1;
  }
  if (!found) return;
  forget_elsewhere(space);
  for (user_address at = begin; at < end; at += PAGE_SIZE) {
    uint64_t* const entry = existing_entry(space, at);
    if (*entry == 0) continue;
    frame_release(frame_of(*entry));
    *entry = 0;
  }
}

static user_address page_up(user_address at) {
  return (at + PAGE_SIZE - 1) & ~(user_address)(PAGE_SIZE - 1);
}

int64_t space_grow_heap(struct address_space* space, int64_t by) {
  struct region* const heap = &space->regions[kHeap];
  const int64_t limit = (int64_t)(STACK_TOP - STACK_LIMIT - kGap);
  int64_t result = -TINYIX_ENOMEM;
  acquire(&space->lock);
  const user_address old = heap->end;
  if (by >= (int64_t)heap->begin - (int64_t)old && by <= limit - (int64_t)old) {
    heap->end = old + (uint64_t)by;
    if (by < 0) unmap(space, page_up(heap->end), page_up(old));
    result = (int64_t)old;
  }
  release(&space->lock);
  return result;
}

// Where the kernel finds the accessible page around `at`. Null if the address is forbidden or
// memory is out.
static char* reach(struct address_space* space, user_address at, enum access access) {
  const uint64_t needed = access == kWrite ? ENTRYLO_V | ENTRYLO_D : ENTRYLO_V;
  if (at >= USER_END) return NULL;
  if ((*existing_entry(space, at) & needed) != needed && serve(space, at, access) != kServed)
    return NULL;
  return direct(frame_of(*existing_entry(space, at)));
}

// Copies up to `n` bytes on one page, in the direction of `access`, with the lock held: the page
// cannot go away meanwhile. The number of bytes; 0: the address is forbidden or memory is out.
static size_t copy_part(struct address_space* space, user_address at, void* kernel, size_t n,
                        enum access access) {
  const size_t left = PAGE_SIZE - at % PAGE_SIZE, part = n < left ? n : left;
  acquire(&space->lock);
  char* const page = reach(space, at, access);
  if (page && access == kRead) memcpy(kernel, page + at % PAGE_SIZE, part);
  if (page && access == kWrite) memcpy(page + at % PAGE_SIZE, kernel, part);
  release(&space->lock);
  return page ? part : 0;
}

int64_t space_node(struct address_space* space, user_address at) {
  acquire(&space->lock);
  const char* const page = reach(space, at, kRead);
  release(&space->lock);
  return page ? (int64_t)node_of(physical(page)) : -TINYIX_EFAULT;
}

int64_t copy_in(struct address_space* space, void* to, user_address from, size_t n) {
  for (size_t part; n != 0; n -= part, from += part, to = (char*)to + part) {
    part = copy_part(space, from, to, n, kRead);
    if (part == 0) return -TINYIX_EFAULT;
  }
  return 0;
}

int64_t copy_out(struct address_space* space, user_address to, const void* from, size_t n) {
  char* source = (char*)(uintptr_t)from;
  for (size_t part; n != 0; n -= part, to += part, source += part) {
    part = copy_part(space, to, source, n, kWrite);
    if (part == 0) return -TINYIX_EFAULT;
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
