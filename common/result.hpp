// Result<T, E>: a value, or the reason there is none. std::expected is C++23 and clang 14 cannot
// compile libstdc++ 12's; this is the part of it that the project needs, under the same names.
#pragma once

#include <utility>
#include <variant>

#include "common/check.hpp"

namespace common {

template <class E>
struct Failure {
  E reason;
};
template <class E>
Failure(E) -> Failure<E>;

/// What a Result<Nothing, E> holds when all went well.
struct Nothing {};

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
  template <class F>
  Result(Failure<F> failure) : state_{std::in_place_index<1>, std::move(failure.reason)} {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  /// Requires: has_value().
  T& operator*() { return *checked(std::get_if<0>(&state_)); }
  const T& operator*() const { return *checked(std::get_if<0>(&state_)); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

  /// Requires: !has_value().
  const E& error() const { return *checked(std::get_if<1>(&state_)); }

 private:
  template <class P>
  static P* checked(P* p) {
    check(p != nullptr, "a Result is read as what it holds");
    return p;
  }
  std::variant<T, E> state_;
};

}  // namespace common
