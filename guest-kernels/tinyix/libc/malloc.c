// First fit over a list of free blocks in order of address; neighbours merge. Memory comes from
// sbrk() and is not given back.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// In front of every block. `size` counts units of a header, itself included.
union header {
  struct {
    union header* next;  // while free
    size_t size;
  } block;
  char align[16];
};

enum { kUnit = sizeof(union header), kLeastGrowth = 4096 };

static union header* first_free;

static void insert(union header* block) {
  union header** link = &first_free;
  while (*link && *link < block) link = &(*link)->block.next;
  union header* const next = *link;
  *link = block;
  block->block.next = next;
  if (next && block + block->block.size == next) {
    block->block.size += next->block.size;
    block->block.next = next->block.next;
  }
  if (link != &first_free) {
    union header* const before = (union header*)link;  // `next` is a header's first member
    if (before + before->block.size == block) {
      before->block.size += block->block.size;
      before->block.next = block->block.next;
    }
  }
}

static int grow(size_t units) {
  if (units < kLeastGrowth / kUnit) units = kLeastGrowth / kUnit;
  // The first call finds the heap page aligned; every later one at a multiple of a unit.
  union header* const block = sbrk((intptr_t)(units * kUnit));
  if (block == (void*)-1) return 0;
  block->block.size = units;
  insert(block);
  return 1;
}

void* malloc(size_t size) {
  if (size == 0 || size > SIZE_MAX / 2) return NULL;
  const size_t units = (size + kUnit - 1) / kUnit + 1;
  do {
    for (union header** link = &first_free; *link; link = &(*link)->block.next) {
      union header* block = *link;
      if (block->block.size < units) continue;
      if (block->block.size == units) {
        *link = block->block.next;
      } else {  // the upper part, so that the list keeps the rest
        block->block.size -= units;
        block += block->block.size;
        block->block.size = units;
      }
      return block + 1;
    }
  } while (grow(units));
  return NULL;
}

void free(void* p) {
  if (p) insert((union header*)p - 1);
}

void* calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  void* const p = malloc(count * size);
  return p ? memset(p, 0, count * size) : NULL;
}

void* realloc(void* old, size_t size) {
  void* const p = malloc(size);
  if (p && old) {
    const size_t had = (((union header*)old - 1)->block.size - 1) * kUnit;
    memcpy(p, old, had < size ? had : size);
    free(old);
  }
  return p;
}
