// A protocol as a total table: every pair (state, event) has exactly one row, which acts, or
// exactly one name for why it cannot happen. A missing or doubled pair stops the compiler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace numa::coherence {

/// The most actions one row has.
inline constexpr std::size_t kMaxActions = 5;

/// `State`, `Event`, `Action` and `Why` are enumerations whose values count from 0; `Action{}` is
/// "none".
template <class State, unsigned kStates, class Event, unsigned kEvents, class Action, class Why>
struct Protocol {
  using Actions = std::array<Action, kMaxActions>;

  struct Row {
    State in{};
    Event on{};
    State to{};
    Actions actions{};
  };

  /// Each of `on` in each of `in` cannot happen.
  struct Never {
    Why why{};
    std::uint32_t in = 0;  // bit per state
    std::uint32_t on = 0;  // bit per event
  };

  struct Cell {
    bool possible = false;
    Why why{};
    State to{};
    Actions actions{};
  };

  class Table {
   public:
    constexpr const Cell& at(State in, Event on) const {
      return cells_[static_cast<unsigned>(in)][static_cast<unsigned>(on)];
    }
    /// For judges that try wrong tables.
    constexpr Cell& at(State in, Event on) {
      return cells_[static_cast<unsigned>(in)][static_cast<unsigned>(on)];
    }

   private:
    std::array<std::array<Cell, kEvents>, kStates> cells_{};
  };

  static constexpr unsigned kStateCount = kStates;
  static constexpr unsigned kEventCount = kEvents;

  static consteval std::uint32_t states(std::initializer_list<State> list) { return bits(list); }
  static consteval std::uint32_t events(std::initializer_list<Event> list) { return bits(list); }
  static consteval std::uint32_t all_states() { return (std::uint32_t{1} << kStates) - 1; }
  static consteval std::uint32_t all_events() { return (std::uint32_t{1} << kEvents) - 1; }

  template <std::size_t kRows, std::size_t kNevers>
  static consteval Table make(const std::array<Row, kRows>& rows,
                              const std::array<Never, kNevers>& nevers) {
    static_assert(kStates < 32 && kEvents < 32);
    Table table;
    std::array<std::uint32_t, kStates> filled{};
    const auto fill = [&](unsigned in, unsigned on) {
      if ((filled[in] >> on & 1) != 0)
        this_pair_has_two_rows(static_cast<State>(in), static_cast<Event>(on));
      filled[in] |= std::uint32_t{1} << on;
    };
    for (const Row& row : rows) {
      fill(static_cast<unsigned>(row.in), static_cast<unsigned>(row.on));
      table.at(row.in, row.on) = Cell{true, Why{}, row.to, row.actions};
    }
    for (const Never& never : nevers) {
      for (unsigned in = 0; in < kStates; ++in) {
        for (unsigned on = 0; on < kEvents; ++on) {
          if ((never.in >> in & 1) == 0 || (never.on >> on & 1) == 0) continue;
          fill(in, on);
          table.at(static_cast<State>(in), static_cast<Event>(on)).why = never.why;
        }
      }
    }
    for (unsigned in = 0; in < kStates; ++in) {
      for (unsigned on = 0; on < kEvents; ++on) {
        if ((filled[in] >> on & 1) == 0)
          this_pair_has_no_row(static_cast<State>(in), static_cast<Event>(on));
      }
    }
    return table;
  }

 private:
  // Not constant expressions: the compiler's message names them, with the pair.
  static void this_pair_has_two_rows(State, Event) {}
  static void this_pair_has_no_row(State, Event) {}

  template <class Value>
  static consteval std::uint32_t bits(std::initializer_list<Value> list) {
    std::uint32_t set = 0;
    for (const Value value : list) set |= std::uint32_t{1} << static_cast<unsigned>(value);
    return set;
  }
};

}  // namespace numa::coherence
