// visit(state): the one way into a component's state. The digest, snapshots, restore, lockstep
// comparison and the tests that flip single bits are all visitors, so what one of them sees all
// see. A component writes
//
//     void Uart::visit(StateVisitor& v) {
//       v.field("ier", ier_);
//       v.words("fifo", fifo_);
//     }
//
// and lists everything that can influence the future of the simulation, nothing that cannot (host
// pointers, caches of derived facts, statistics of the host). After a restore it rebuilds the
// latter: `if (v.is_restoring()) rebuild();`
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "common/address.hpp"
#include "common/used_pieces.hpp"

namespace common {

class StateVisitor {
 public:
  virtual ~StateVisitor() = default;

  /// Opens and closes a named section ("cpu0", "tlb"). Words of an array have empty names and are
  /// told apart by order.
  virtual void enter(std::string_view section) = 0;
  virtual void leave() = 0;

  virtual void word(std::string_view name, std::uint64_t& value) = 0;
  /// Bytes whose number is fixed by the configuration: memory, ROM. Mostly zero; visitors may skip
  /// zero pages.
  virtual void bytes(std::string_view name, std::span<std::byte> data) = 0;
  /// As bytes(), for data whose parts outside of the pieces in `used` is known to be zero. Whoever
  /// brings other values in marks where.
  virtual void sparse_bytes(std::string_view name, std::span<std::byte> data, UsedPieces& used) {
    if (is_restoring()) used.mark(0, data.size());
    bytes(name, data);
  }

  /// True while values flow into the component.
  virtual bool is_restoring() const = 0;

  /// Any integer, enumeration or bool, widened to 64 bits.
  template <class T>
  void field(std::string_view name, T& value) {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
    auto wide = static_cast<std::uint64_t>(value);
    word(name, wide);
    value = static_cast<T>(wide);
  }
  template <class Space>
  void field(std::string_view name, Address<Space>& address) {
    std::uint64_t bits = address.bits();
    word(name, bits);
    address = Address<Space>{bits};
  }
  template <class T, std::size_t N>
  void words(std::string_view name, std::array<T, N>& values) {
    enter(name);
    for (T& value : values) field("", value);
    leave();
  }
};

/// Opens a section for the life of the object.
class StateSection {
 public:
  StateSection(StateVisitor& v, std::string_view name) : v_{v} { v_.enter(name); }
  ~StateSection() { v_.leave(); }
  StateSection(const StateSection&) = delete;
  StateSection& operator=(const StateSection&) = delete;

 private:
  StateVisitor& v_;
};

}  // namespace common
