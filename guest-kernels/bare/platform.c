// Which board this is and what its boot loader passed: a device tree (UHI: a0 = -2) on the machine,
// an argument vector of 32-bit pointers (a0 = argc) on malta.
#include "bare.h"
#include "runtime.h"

// Flattened device tree, version 17: big-endian words, as this processor's.
struct fdt_header {
  uint32_t magic, total_size, structure, strings;
};
enum { kFdtMagic = 0xd00dfeed, kFdtBeginNode = 1, kFdtEndNode = 2, kFdtProperty = 3, kFdtNop = 4 };

enum platform platform(void) {
  return boot_a0 == (uint64_t)INT64_C(-2) ? kPlatformDisco : kPlatformMalta;
}

const void* device_tree(void) {
  if (platform() != kPlatformDisco) return NULL;
  const struct fdt_header* tree = KSEG0(PHYSICAL(boot_a1));
  return tree->magic == kFdtMagic ? tree : NULL;
}

// The first property called `name`, wherever it is: good enough for names that occur once.
static const char* find_property(const struct fdt_header* tree, const char* name) {
  const uint32_t* token = (const uint32_t*)((const char*)tree + tree->structure);
  const char* strings = (const char*)tree + tree->strings;
  for (;;) {
    switch (*token++) {
      case kFdtBeginNode: token += strlen((const char*)token) / 4 + 1; break;
      case kFdtProperty:
        if (strcmp(strings + token[1], name) == 0) return (const char*)(token + 2);
        token += 2 + (token[0] + 3) / 4;
        break;
      case kFdtEndNode:
      case kFdtNop: break;
      default: return NULL;
    }
  }
}

const char* boot_arguments(void) {
  if (platform() == kPlatformMalta) {
    const int32_t* argv = (const int32_t*)(uintptr_t)boot_a1;
    return boot_a0 >= 2 ? (const char*)(intptr_t)argv[1] : "";
  }
  const void* tree = device_tree();
  const char* found = tree ? find_property(tree, "bootargs") : NULL;
  return found ? found : "";
}

uint32_t property_u32(const char* name, uint32_t otherwise) {
  const void* tree = device_tree();
  const char* found = tree ? find_property(tree, name) : NULL;
  return found ? *(const uint32_t*)found : otherwise;
}
