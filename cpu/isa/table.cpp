#include "cpu/isa/table.hpp"

#include <algorithm>

namespace cpu {

std::string mnemonic_of(Insn insn) {
  std::string_view name = row_of(insn).name;
  if (name.ends_with('_')) name.remove_suffix(1);  // a C++ keyword
  std::string text{name};
  std::replace(text.begin(), text.end(), '_', '.');
  return text;
}

}  // namespace cpu
