// See device_tree.h. One walk over the structure block; a property is recognised by its name and
// the node that it is in. Cells are two wide everywhere, as the root says.
#include "device_tree.h"

#include "panic.h"
#include "runtime.h"

enum {
  kMagic = 0xd00dfeed,
  kBeginNode = 1,
  kEndNode = 2,
  kProperty = 3,
  kNop = 4,
  kEnd = 9,
  kMaxDepth = 8
};

struct header {
  uint32_t magic, total_size, structure, strings;
};

static int begins_with(const char* s, const char* prefix) {
  return strncmp(s, prefix, strlen(prefix)) == 0;
}

static uint64_t cells(const uint32_t* value, uint32_t bytes) {
  return bytes >= 8 ? (uint64_t)value[0] << 32 | value[1] : value[0];
}

// reg = (address, size) pairs.
static void read_memory(const uint32_t* value, uint32_t bytes, struct boot_facts* facts) {
  for (; bytes >= 16; bytes -= 16, value += 4) {
    if (facts->ranges == kMaxRanges)
      panic("the device tree has more than %d ranges of memory", kMaxRanges);
    const phys begin = cells(value, 8);
    facts->memory[facts->ranges++] = (struct range){begin, begin + cells(value + 2, 8)};
  }
}

static void read_cpu(const char* name, const uint32_t* value, uint32_t bytes,
                     struct boot_facts* facts) {
  const uint64_t number = cells(value, bytes);
  if (strcmp(name, "reg") == 0) facts->cpu[facts->cpus - 1].number = (uint32_t)number;
  if (strcmp(name, "numa-node-id") == 0) facts->cpu[facts->cpus - 1].node = (uint32_t)number;
  if (strcmp(name, "clock-frequency") == 0) facts->clock = number;
  if (strcmp(name, "disco,tlb-entries") == 0) facts->tlb_entries = (uint32_t)number;
}

static void begin_node(const char* name, struct boot_facts* facts) {
  if (!begins_with(name, "cpu@")) return;
  if (facts->cpus == kMaxCpus) panic("the device tree has more than %d processors", kMaxCpus);
  ++facts->cpus;
}

static void read_property(const char* node, const char* name, const uint32_t* value, uint32_t bytes,
                          struct boot_facts* facts) {
  if (begins_with(node, "memory") && strcmp(name, "reg") == 0) read_memory(value, bytes, facts);
  if (begins_with(node, "virtio") && strcmp(name, "reg") == 0 && facts->virtios < kMaxVirtios)
    facts->virtio[facts->virtios++] = cells(value, 8);
  if (begins_with(node, "cpu@")) read_cpu(name, value, bytes, facts);
  if (strcmp(node, "chosen") != 0) return;
  if (strcmp(name, "linux,initrd-start") == 0) facts->initrd_begin = cells(value, bytes);
  if (strcmp(name, "linux,initrd-end") == 0) facts->initrd_end = cells(value, bytes);
  if (strcmp(name, "bootargs") == 0) {
    if (bytes > kBootArgumentsLength)
      panic("boot arguments are longer than %d", kBootArgumentsLength);
    memcpy(facts->arguments, value, bytes);
  }
}

void device_tree_read(phys at, struct boot_facts* facts) {
  const struct header* const tree = direct(at);
  if (tree->magic != (uint32_t)kMagic) panic("no device tree at 0x%lx", at);
  *facts =
      (struct boot_facts){.tree_begin = at, .tree_end = at + tree->total_size, .tlb_entries = 64};
  const uint32_t* token = (const uint32_t*)((const char*)tree + tree->structure);
  const char* const strings = (const char*)tree + tree->strings;
  const char* nodes[kMaxDepth] = {""};
  for (int depth = 0; *token != kEnd;) {
    switch (*token++) {
      case kBeginNode:
        if (++depth == kMaxDepth) panic("the device tree is too deep");
        nodes[depth] = (const char*)token;
        token += strlen(nodes[depth]) / 4 + 1;
        begin_node(nodes[depth], facts);
        break;
      case kEndNode:
        if (--depth < 0) panic("the device tree ends twice");
        break;
      case kProperty:
        read_property(nodes[depth], strings + token[1], token + 2, token[0], facts);
        token += 2 + (token[0] + 3) / 4;
        break;
      case kNop: break;
      default: panic("the device tree is damaged");
    }
  }
}
