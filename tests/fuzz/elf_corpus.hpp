// Valid ELF images: what the build made for the machine, and files written here that hold what
// those do not. With the places of all numbers in their headers.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/fuzz/mutation.hpp"

namespace fuzz {

/// Whose numbers are changed.
enum class ElfParts : std::uint8_t {
  kAll,
  kWhatLoads,  // the file's header and the segments'
};

/// `bytes` is a sound big-endian ELF file.
std::vector<Field> elf_fields(const Bytes& bytes, ElfParts parts);

std::vector<Sample> elf_corpus(ElfParts parts);

}  // namespace fuzz
