// The names of an ELF image: name -> address, address -> name + offset. Reads hostile files without
// harm; an image without symbols has an empty table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.hpp"
#include "common/error.hpp"
#include "common/result.hpp"

namespace machine {
using namespace common;

enum class SymbolKind : std::uint8_t { kFunction, kObject, kOther };

struct Symbol {
  std::string name;
  VirtAddr at;             // sign-extended for 32-bit images
  std::uint64_t size = 0;  // bytes; 0 where the image does not say
  SymbolKind kind = SymbolKind::kOther;
};

/// A half-open range of addresses.
struct AddressRange {
  VirtAddr begin, end;
  bool contains(VirtAddr va) const { return begin <= va && va < end; }
};

/// A symbol and how far behind it an address lies.
struct SymbolOffset {
  std::string_view name;
  std::uint64_t offset = 0;
};

/// A named section that is not code: where it is in the image's memory and what the file holds of
/// it.
struct NamedSection {
  std::string name;
  VirtAddr at;
  std::vector<std::byte> bytes;
};

class SymbolTable {
 public:
  SymbolTable() = default;
  explicit SymbolTable(std::vector<Symbol> symbols, std::vector<NamedSection> sections = {});

  /// `file` names the image in errors.
  static Result<SymbolTable, Error> read(const std::string& file, std::span<const std::byte> image);

  std::optional<VirtAddr> address_of(std::string_view name) const;
  const Symbol* find(std::string_view name) const;
  /// The nearest symbol at or below `va`, where `va` lies within its size (or, for symbols without
  /// a size, before the next symbol). Functions win over labels of the same address.
  std::optional<SymbolOffset> name_of(VirtAddr va) const;
  /// From the symbol `first` to the symbol `last`; nothing if one is missing or they are out of
  /// order.
  std::optional<AddressRange> range(std::string_view first, std::string_view last) const;
  /// The whole of a function or object with a size.
  std::optional<AddressRange> range_of(std::string_view name) const;
  /// Contents of a section whose name starts with ".disco"; nullptr if there is none.
  const NamedSection* section(std::string_view name) const;

  bool empty() const { return by_address_.empty(); }
  /// Ordered by address, then functions first, then name.
  std::span<const Symbol> symbols() const { return by_address_; }

 private:
  std::vector<Symbol> by_address_;
  std::vector<std::uint32_t> by_name_;  // indices into by_address_, ordered by name
  std::vector<NamedSection> sections_;
};

}  // namespace machine
