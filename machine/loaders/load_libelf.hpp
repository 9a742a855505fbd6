// An ELF file opened with libelf and known to be MIPS, big-endian, 32 or 64 bits.
#pragma once

#include <gelf.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"

namespace machine {
using namespace common;

class ElfFile {
 public:
  /// `file` must outlive the result.
  static Result<ElfFile, Error> open(const std::string& name, std::span<const std::byte> file);

  Elf* get() const { return elf_.get(); }
  const GElf_Ehdr& header() const { return header_; }
  bool is_32bit() const { return header_.e_ident[EI_CLASS] == ELFCLASS32; }

 private:
  struct End {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  std::unique_ptr<Elf, End> elf_;
  GElf_Ehdr header_{};
};

}  // namespace machine
