// Follows pointers through all pages in random order, one node per 4 KB page: beyond the TLB's
// reach nearly every step misses, and the next address is not known before.  chase [size=1M]
// [steps=100000]
#include <disco.h>

#include "workload.h"

enum { kPage = 4096, kSlot = 64 };

struct node {
  struct node* next;
  uint64_t value;
};

// Nodes of neighbouring pages lie at different offsets, so that they do not share cache sets.
static struct node* node_at(char* pages, uint64_t i) {
  return (struct node*)(void*)(pages + i * kPage + mix(i) % (kPage / kSlot) * kSlot);
}

// One cycle through all nodes (Sattolo's shuffle).
static void link_nodes(char* pages, uint64_t count) {
  uint64_t* const order = allocate(count * sizeof *order);
  for (uint64_t i = 0; i < count; ++i) order[i] = i;
  uint64_t x = 88172645463325252u;
  for (uint64_t i = count - 1; i > 0; --i) {
    x = next_random(x);
    const uint64_t j = x % i, t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  for (uint64_t i = 0; i < count; ++i) {
    struct node* const n = node_at(pages, i);
    n->next = node_at(pages, order[i]);
    n->value = mix(i);
  }
  free(order);
}

int main(int argc, char** argv) {
  const uint64_t count = argument(argc, argv, 1, 1 << 20) / kPage;
  const uint64_t steps = argument(argc, argv, 2, 100000);
  if (count < 2) {
    printf("chase: at least two pages\n");
    return 2;
  }
  char* const pages = allocate(count * kPage);
  link_nodes(pages, count);

  mark(1);
  const struct node* n = node_at(pages, 0);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < steps; ++i) {
    sum += n->value;
    n = n->next;
  }
  mark(2);
  printf("chase: %" PRIu64 " pages, %" PRIu64 " steps, checksum %016" PRIx64 "\n", count, steps,
         sum + n->value);
  return 0;
}
