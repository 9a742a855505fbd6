#include "machine/loaders/load_symbols.hpp"

#include <gelf.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "hardware/r10000/segments.hpp"
#include "machine/loaders/load_libelf.hpp"

namespace machine {

namespace {

SymbolKind kind_of(unsigned char info) {
  switch (GELF_ST_TYPE(info)) {
    case STT_FUNC: return SymbolKind::kFunction;
    case STT_OBJECT: return SymbolKind::kObject;
    default: return SymbolKind::kOther;
  }
}

// An assembler's constants are numbers, not places. (A linker script's are global.)
bool is_constant(const GElf_Sym& symbol) {
  return symbol.st_shndx == SHN_ABS && symbol.st_size == 0 &&
         GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
}

bool is_interesting(const GElf_Sym& symbol) {
  const unsigned type = GELF_ST_TYPE(symbol.st_info);
  if (is_constant(symbol)) return false;
  return symbol.st_shndx != SHN_UNDEF && type != STT_SECTION && type != STT_FILE && type != STT_TLS;
}

std::uint64_t extended(const ElfFile& elf, std::uint64_t address) {
  return elf.is_32bit() ? hardware::sign_extended_word(address) : address;
}

bool lies_in(std::span<const std::byte> file, const GElf_Shdr& header) {
  return header.sh_offset <= file.size() && header.sh_size <= file.size() - header.sh_offset;
}

void read_symbols(const ElfFile& elf, Elf_Scn* section, const GElf_Shdr& header,
                  std::vector<Symbol>& symbols) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const std::uint64_t count = data->d_size / gelf_fsize(elf.get(), ELF_T_SYM, 1, EV_CURRENT);
  for (std::uint64_t i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
    if (!is_interesting(symbol)) continue;
    // Checks that the name ends within its section.
    const char* const name = elf_strptr(elf.get(), header.sh_link, symbol.st_name);
    if (name == nullptr || *name == '\0') continue;
    symbols.push_back(
        {name, VirtAddr{extended(elf, symbol.st_value)}, symbol.st_size, kind_of(symbol.st_info)});
  }
}

}  // namespace

SymbolTable::SymbolTable(std::vector<Symbol> symbols, std::vector<NamedSection> sections)
    : by_address_{std::move(symbols)}, sections_{std::move(sections)} {
  const auto key = [](const Symbol& s) { return std::tie(s.at, s.kind, s.name); };
  std::sort(by_address_.begin(), by_address_.end(),
            [&key](const Symbol& a, const Symbol& b) { return key(a) < key(b); });
  by_name_.resize(by_address_.size());
  for (std::uint32_t i = 0; i < by_name_.size(); ++i) by_name_[i] = i;
  std::sort(by_name_.begin(), by_name_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::tie(by_address_[a].name, a) < std::tie(by_address_[b].name, b);
  });
}

Result<SymbolTable, Error> SymbolTable::read(const std::string& file,
                                             std::span<const std::byte> image) {
  const auto elf = ElfFile::open(file, image);
  if (!elf) return Failure{elf.error()};
  std::vector<Symbol> symbols;
  std::vector<NamedSection> sections;
  std::size_t names = 0;
  const bool has_names = elf_getshdrstrndx(elf->get(), &names) == 0;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf->get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_NOBITS || !lies_in(image, header)) continue;
    if (header.sh_type == SHT_SYMTAB) read_symbols(*elf, section, header, symbols);
    const char* const name = has_names ? elf_strptr(elf->get(), names, header.sh_name) : nullptr;
    if (name == nullptr || !std::string_view{name}.starts_with(".disco")) continue;
    const auto bytes = image.subspan(header.sh_offset, header.sh_size);
    sections.push_back(
        {name, VirtAddr{extended(*elf, header.sh_addr)}, {bytes.begin(), bytes.end()}});
  }
  return SymbolTable{std::move(symbols), std::move(sections)};
}

const Symbol* SymbolTable::find(std::string_view name) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [this](std::uint32_t i, std::string_view n) { return by_address_[i].name < n; });
  if (found == by_name_.end() || by_address_[*found].name != name) return nullptr;
  return &by_address_[*found];
}

std::optional<VirtAddr> SymbolTable::address_of(std::string_view name) const {
  const Symbol* const symbol = find(name);
  return symbol != nullptr ? std::optional{symbol->at} : std::nullopt;
}

std::optional<SymbolOffset> SymbolTable::name_of(VirtAddr va) const {
  const auto after = std::upper_bound(by_address_.begin(), by_address_.end(), va,
                                      [](VirtAddr a, const Symbol& s) { return a < s.at; });
  // Backwards over what starts before `va`: the first address with a symbol that reaches it. A
  // symbol without a size reaches to the next address with one, so only the nearest address counts
  // for those.
  for (auto last = after; last != by_address_.begin();) {
    auto first = std::prev(last);
    while (first != by_address_.begin() && std::prev(first)->at == first->at) --first;
    for (auto symbol = first; symbol != last; ++symbol) {
      const std::uint64_t offset = va - symbol->at;
      const bool reaches = symbol->size != 0 ? offset < symbol->size : last == after;
      if (reaches) return SymbolOffset{symbol->name, offset};
    }
    last = first;
    // Symbols within another's extent are rare and few: labels in assembly functions.
    constexpr std::ptrdiff_t kNested = 64;
    if (after - last > kNested) break;
  }
  return std::nullopt;
}

std::optional<AddressRange> SymbolTable::range(std::string_view first,
                                               std::string_view last) const {
  const auto begin = address_of(first);
  const auto end = address_of(last);
  if (!begin || !end || *end <= *begin) return std::nullopt;
  return AddressRange{*begin, *end};
}

std::optional<AddressRange> SymbolTable::range_of(std::string_view name) const {
  const Symbol* const symbol = find(name);
  if (symbol == nullptr || symbol->size == 0) return std::nullopt;
  return AddressRange{symbol->at, symbol->at + symbol->size};
}

const NamedSection* SymbolTable::section(std::string_view name) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(),
                                  [name](const NamedSection& s) { return s.name == name; });
  return found != sections_.end() ? &*found : nullptr;
}

}  // namespace machine
