// As much of ELF as a loader needs. Both classes are read into one shape.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { kMaxSegments = 2 };

struct segment {
  uint64_t address, memory_size;
  const uint8_t* data;
  uint64_t data_size;
  int writable;
};

struct program {
  int is_64bit;  // n64, else o32
  uint64_t entry;
  struct segment segments[kMaxSegments];
  int count;
};

/// Reads a big-endian MIPS executable. 0 if it is none, or describes memory outside [low, high) or
/// beyond its own end, or has segments that share a page or are out of order.
int elf_read(const uint8_t* image, size_t size, uint64_t low, uint64_t high,
             struct program* program);
