#include "machine/loaders/load_code.hpp"

#include "hardware/r10000/segments.hpp"
#include "machine/loaders/load_libelf.hpp"

namespace machine {

Result<std::vector<CodeSection>, Error> read_code(const std::string& name,
                                                  std::span<const std::byte> file) {
  auto elf = ElfFile::open(name, file);
  if (!elf) return Failure{elf.error()};
  std::size_t names = 0;
  const bool named = elf_getshdrstrndx(elf->get(), &names) == 0;
  std::vector<CodeSection> code;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf->get(), section)) != nullptr;) {
    GElf_Shdr header{};
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const bool holds_code =
        header.sh_type == SHT_PROGBITS && (header.sh_flags & SHF_EXECINSTR) != 0;
    if (!holds_code || header.sh_offset > file.size() ||
        header.sh_size > file.size() - header.sh_offset) {
      continue;
    }
    const char* const text = named ? elf_strptr(elf->get(), names, header.sh_name) : nullptr;
    const std::uint64_t at =
        elf->is_32bit() ? hardware::sign_extended_word(header.sh_addr) : header.sh_addr;
    code.push_back({text != nullptr ? text : "", VirtAddr{at},
                    file.subspan(header.sh_offset, header.sh_size)});
  }
  if (!code.empty()) return code;
  return Failure{Error{ErrorCode::kInput, name, "has no sections with instructions",
                       "link it without stripping its section table"}};
}

}  // namespace machine
