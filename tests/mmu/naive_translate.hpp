// A second translate(): R10000 UM tables 16-1 and 16-2 and figure 16-4 as rows, searched from the
// top. Status columns hold '0', '1' or '-' (any) for KX SX UX ERL.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mmu/translate.hpp"
#include "tests/mmu/naive_tlb.hpp"

namespace test {

struct SegmentRow {
  char mode;           // U, S, K
  const char* status;  // KX SX UX ERL
  std::string_view name;
  std::uint64_t first, last;
  char how;       // T: through the TLB; P: physical = va - first
  char vector;    // T: the Status bit that selects XTLB refill, K S U
  int attribute;  // P: cache algorithm; -1: Config.K0
};

inline std::vector<SegmentRow> segment_rows() {
  const std::uint64_t T2 = 0x7fffffff, T16 = 0xfffffffffff;
  std::vector<SegmentRow> rows = {
      {'U', "--0-", "useg", 0, T2, 'T', 'U', 0},
      {'U', "--1-", "xuseg", 0, T16, 'T', 'U', 0},

      {'S', "-0--", "suseg", 0, T2, 'T', 'U', 0},
      {'S', "-0--", "sseg", 0xffffffffc0000000, 0xffffffffdfffffff, 'T', 'K', 0},
      {'S', "-10-", "xsuseg", 0, T2, 'T', 'U', 0},
      {'S', "-11-", "xsuseg", 0, T16, 'T', 'U', 0},
      {'S', "-1--", "xsseg", 0x4000000000000000, 0x40000fffffffffff, 'T', 'S', 0},
      {'S', "-1--", "csseg", 0xffffffffc0000000, 0xffffffffdfffffff, 'T', 'K', 0},

      {'K', "0--0", "kuseg", 0, T2, 'T', 'U', 0},
      {'K', "0--1", "kuseg", 0, T2, 'P', ' ', 2},
      {'K', "0---", "kseg0", 0xffffffff80000000, 0xffffffff9fffffff, 'P', ' ', -1},
      {'K', "0---", "kseg1", 0xffffffffa0000000, 0xffffffffbfffffff, 'P', ' ', 2},
      {'K', "0---", "ksseg", 0xffffffffc0000000, 0xffffffffdfffffff, 'T', 'K', 0},
      {'K', "0---", "kseg3", 0xffffffffe0000000, 0xffffffffffffffff, 'T', 'K', 0},

      {'K', "1-00", "xkuseg", 0, T2, 'T', 'U', 0},
      {'K', "1-10", "xkuseg", 0, T16, 'T', 'U', 0},
      {'K', "1--1", "xkuseg", 0, T2, 'P', ' ', 2},
      {'K', "11--", "xksseg", 0x4000000000000000, 0x40000fffffffffff, 'T', 'S', 0},
      {'K', "1---", "xkseg", 0xc000000000000000, 0xc0000fffffffffff, 'T', 'K', 0},
      {'K', "1---", "ckseg0", 0xffffffff80000000, 0xffffffff9fffffff, 'P', ' ', -1},
      {'K', "1---", "ckseg1", 0xffffffffa0000000, 0xffffffffbfffffff, 'P', ' ', 2},
      {'K', "1---", "cksseg", 0xffffffffc0000000, 0xffffffffdfffffff, 'T', 'K', 0},
      {'K', "1---", "ckseg3", 0xffffffffe0000000, 0xffffffffffffffff, 'T', 'K', 0},
  };
  // xkphys: one window of 2^40 bytes per cache algorithm; four, told apart by bits 58:57, where the
  // algorithm is one of the two uncached ones.
  for (unsigned algorithm = 0; algorithm < 8; ++algorithm) {
    const std::uint64_t base = 0x8000000000000000 + algorithm * 0x0800000000000000ull;
    const unsigned windows = algorithm == 2 || algorithm == 7 ? 4 : 1;
    for (unsigned w = 0; w < windows; ++w) {
      const std::uint64_t first = base + w * 0x0200000000000000ull;
      rows.push_back({'K', "1---", "xkphys", first, first + 0xffffffffff, 'P', ' ',
                      static_cast<int>(algorithm)});
    }
  }
  return rows;
}

struct NaiveAnswer {
  char what =
      'A';  // A: address error, R: refill, X: XTLB refill, I: invalid, M: modified, =: translated
  std::uint64_t physical = 0;
  int attribute = 0;
  bool writable = false, mapped = false;
  bool operator==(const NaiveAnswer&) const = default;
};

inline bool row_applies(const SegmentRow& row, const mmu::AddressSpace& s) {
  const char mode = s.mode == common::Mode::kUser         ? 'U'
                    : s.mode == common::Mode::kSupervisor ? 'S'
                                                          : 'K';
  const bool bits[4] = {s.kx, s.sx, s.ux, s.erl};
  if (row.mode != mode) return false;
  for (int i = 0; i < 4; ++i) {
    if (row.status[i] != '-' && (row.status[i] == '1') != bits[i]) return false;
  }
  return true;
}

inline NaiveAnswer naive_translate(const std::vector<SegmentRow>& rows, const NaiveTlb& tlb,
                                   const mmu::AddressSpace& s, std::uint64_t va,
                                   mmu::Access access) {
  // The R10000's courtesy to NT: 32-bit user data references do not see the upper half.
  if (s.mode == common::Mode::kUser && !s.ux && access != mmu::Access::kFetch) va %= 1ull << 32;
  for (const SegmentRow& row : rows) {
    if (!row_applies(row, s) || va < row.first || va > row.last) continue;
    if (row.how == 'P') {
      return {'=', va - row.first, row.attribute < 0 ? s.kseg0_attribute : row.attribute, true,
              false};
    }
    const auto page = tlb.lookup(va, static_cast<unsigned>(s.asid));
    const bool wide = row.vector == 'K' ? s.kx : row.vector == 'S' ? s.sx : s.ux;
    if (!page) return {wide ? 'X' : 'R'};
    if (!page->valid) return {'I'};
    if (access == mmu::Access::kStore && !page->dirty) return {'M'};
    return {'=', page->frame + va % page->bytes, static_cast<int>(page->attribute), page->dirty,
            true};
  }
  return {'A'};
}

}  // namespace test
