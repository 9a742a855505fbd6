// The executable sections of an ELF image, for disassembly.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/address.hpp"
#include "common/error.hpp"
#include "common/result.hpp"

namespace machine {
using namespace common;

struct CodeSection {
  std::string name;
  VirtAddr at;                       // sign-extended for 32-bit images
  std::span<const std::byte> bytes;  // into the file
};

/// Sections with instructions, in the file's order. kInput error for a file that is no big-endian
/// MIPS image or has none; sections that reach beyond the file are left out.
Result<std::vector<CodeSection>, Error> read_code(const std::string& name,
                                                  std::span<const std::byte> file);

}  // namespace machine
