// A component's state as a list of words, taken and put back through visit().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "common/state.hpp"

namespace test {

class StateTaker : public common::StateVisitor {
 public:
  void enter(std::string_view) override {}
  void leave() override {}
  void word(std::string_view, std::uint64_t& value) override { words.push_back(value); }
  void bytes(std::string_view, std::span<std::byte> data) override {
    for (std::byte b : data) words.push_back(static_cast<std::uint64_t>(b));
  }
  bool is_restoring() const override { return false; }

  std::vector<std::uint64_t> words;
};

class StateGiver : public common::StateVisitor {
 public:
  explicit StateGiver(std::vector<std::uint64_t> words) : words_{std::move(words)} {}
  void enter(std::string_view) override {}
  void leave() override {}
  void word(std::string_view, std::uint64_t& value) override { value = next(); }
  void bytes(std::string_view, std::span<std::byte> data) override {
    for (std::byte& b : data) b = static_cast<std::byte>(next());
  }
  bool is_restoring() const override { return true; }

 private:
  std::uint64_t next() { return words_.at(at_++); }
  std::vector<std::uint64_t> words_;
  std::size_t at_ = 0;
};

template <class Component>
std::vector<std::uint64_t> take_state(Component& component) {
  StateTaker taker;
  component.visit(taker);
  return taker.words;
}

template <class Component>
void give_state(Component& component, const std::vector<std::uint64_t>& words) {
  StateGiver giver{words};
  component.visit(giver);
}

}  // namespace test
