#include "machine/loaders/load_libelf.hpp"

namespace machine {

Result<ElfFile, Error> ElfFile::open(const std::string& name, std::span<const std::byte> file) {
  const auto refuse = [&name](const char* what, const char* remedy) {
    return Failure{Error{ErrorCode::kInput, name, what, remedy}};
  };
  static const bool is_library_usable = elf_version(EV_CURRENT) != EV_NONE;
  CHECK(is_library_usable);

  ElfFile opened;
  // libelf takes a non-const pointer, but only elf_update() writes.
  auto* const bytes = const_cast<char*>(reinterpret_cast<const char*>(file.data()));
  opened.elf_.reset(elf_memory(bytes, file.size()));
  if (!opened.elf_ || elf_kind(opened.elf_.get()) != ELF_K_ELF ||
      gelf_getehdr(opened.elf_.get(), &opened.header_) == nullptr) {
    return refuse("is not a readable ELF file", "it may be truncated: build or copy it again");
  }
  if (opened.header_.e_ident[EI_DATA] != ELFDATA2MSB || opened.header_.e_machine != EM_MIPS) {
    return refuse("is not for big-endian MIPS", "build it with a mips64-linux-gnuabi64 compiler");
  }
  return opened;
}

}  // namespace machine
