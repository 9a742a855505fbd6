// The directory of one node: an entry for each secondary line of its RAM, all kUncached at
// power-on. Host memory is reserved, not touched.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "common/check.hpp"
#include "common/state.hpp"
#include "common/used_pieces.hpp"
#include "numa/address_map.hpp"
#include "numa/coherence/directory_protocol.hpp"

namespace numa::coherence {

class Directory {
 public:
  using Entry = DirectoryEntry<NoData>;

  /// Requires: `ram` is a multiple of the line's size.
  Directory(std::uint64_t ram, unsigned line_shift)
      : ram_{ram},
        shift_{line_shift},
        entries_{static_cast<Entry*>(std::calloc(ram >> line_shift, sizeof(Entry)))},
        used_{(ram >> line_shift) * sizeof(Entry)} {
    check(entries_ != nullptr, "there is host memory for the directory");
  }

  /// The entry of the line that contains an offset in the node; nullptr where there is no RAM. From
  /// then on it counts as used.
  Entry* find(std::uint64_t offset) {
    if (offset >= kIoBegin) {
      if (offset < kIoEnd) return nullptr;
      offset -= kIoEnd - kIoBegin;
    }
    if (offset >= ram_) return nullptr;
    used_.mark((offset >> shift_) * sizeof(Entry), sizeof(Entry));
    return &entries_.get()[offset >> shift_];
  }

  std::size_t size() const { return ram_ >> shift_; }  // entries
  const Entry& entry(std::size_t index) const { return entries_.get()[index]; }
  /// The first entry from `index` on that may be in another state than at power-on; size() if there
  /// is none.
  std::size_t next_used(std::size_t index) const {
    return std::max(index,
                    static_cast<std::size_t>(used_.next(index * sizeof(Entry))) / sizeof(Entry));
  }
  /// Offset in the node of the line of entry(index).
  std::uint64_t offset_of(std::size_t index) const {
    const std::uint64_t in_ram = std::uint64_t{index} << shift_;
    return in_ram < kIoBegin ? in_ram : in_ram + (kIoEnd - kIoBegin);
  }

  void visit(StateVisitor& v) {
    v.sparse_bytes("directory", std::as_writable_bytes(std::span{entries_.get(), size()}), used_);
  }

 private:
  struct Free {
    void operator()(Entry* entries) const { std::free(entries); }
  };

  std::uint64_t ram_;
  unsigned shift_;
  std::unique_ptr<Entry, Free> entries_;
  UsedPieces used_;  // of the entries' bytes
};

}  // namespace numa::coherence
