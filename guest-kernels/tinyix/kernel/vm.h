// Address spaces: four regions, a two-level page table, an ASID on every processor that has run one
// of its threads.
//
// Invariants
//   1. Every directory entry points at a leaf table; where nothing is mapped, at the one that is
//   all zeros.
//   2. Every thread has a directory of its own (its process block), and all directories of a space
//   are the same.
//   3. A page-table entry is an EntryLo value: V if there is a frame, D if stores are allowed right
//   now. V without D in a
//      writable region: shared since a fork, copied at the next store.
//   4. Every V entry holds one reference to its frame.
//   5. A TLB entry tagged with the space's ASID on that processor never allows more than the
//   page-table entry does, once whoever
//      changed it has released the space's lock.
#pragma once

#include <stddef.h>

#include "machine.h"
#include "spinlock.h"

enum { kLeafEntries = PAGE_SIZE / 8, kDirectoryEntries = DIRECTORY_SIZE / 8 };
enum region_kind { kText, kData, kHeap, kStack, kRegions };
enum access { kRead, kWrite };

/// [begin, end), page aligned except the heap's end; empty if begin == end.
struct region {
  user_address begin, end;
  int writable;
};

/// A thread's directory, by VA[31:21]; 16 KB aligned.
struct directory {
  uint64_t** leaves;
  struct directory* next;  // of the same space
};

struct address_space {
  struct spinlock lock;  // for all below
  struct region regions[kRegions];
  struct directory* threads;
  uint64_t asid[kMaxCpus];  // generation << 8 | ASID; 0: none yet
  int is_taken;             // under vm.c's lock
};

/// An empty one, for a process that joins at once. There are as many as processes.
struct address_space* space_create(void);
/// `directory`, whose leaves need not be initialised, becomes one of the space's.
void space_join(struct address_space* space, struct directory* directory);
/// The reverse. Who leaves last gives all memory back.
void space_leave(struct address_space* space, struct directory* directory);
/// More than one thread uses it.
int space_is_shared(const struct address_space* space);
/// Gives all memory back. Requires: the space is not shared.
void space_clear(struct address_space* space);
/// Makes the empty `child` a copy of `parent`, sharing frames until someone stores. `parent` is the
/// running process's. 0, or -ENOMEM with the child empty again.
int64_t space_fork(struct address_space* child, struct address_space* parent);
/// The processor uses this space from now on, by this directory; no space.
void space_activate(struct address_space* space, uint64_t** leaves);
void space_deactivate(void);

enum fault_answer { kServed, kForbidden, kNoMemory };
/// Serves a TLB invalid or modified exception: a page appears, or is copied.
enum fault_answer handle_fault(struct address_space* space, user_address at, enum access access);
/// The page around `at` for the kernel to fill, whether or not the process may store there. Null if
/// memory is out. Requires: inside a region.
void* space_page(struct address_space* space, user_address at);
/// The node whose memory holds the page around `at`. -EFAULT if there is none.
int64_t space_node(struct address_space* space, user_address at);
/// Moves the end of the heap. The old end, or -ENOMEM.
int64_t space_grow_heap(struct address_space* space, int64_t by);

/// Between kernel memory and a process's. 0, or -EFAULT.
int64_t copy_in(struct address_space* space, void* to, user_address from, size_t n);
int64_t copy_out(struct address_space* space, user_address to, const void* from, size_t n);
/// A string with its zero, at most `limit` bytes. Its length, -EFAULT, or -E2BIG.
int64_t copy_in_string(struct address_space* space, char* to, user_address from, size_t limit);
