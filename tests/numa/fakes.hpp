// What numa needs from the machine, as recordings.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/state.hpp"
#include "numa/device.hpp"
#include "numa/ports.hpp"

namespace numa::test {

struct FakeLines : InterruptLines {
  void set_line(CpuId cpu, unsigned ip, bool level) override {
    levels[{index_of(cpu), ip}] = level;
  }
  bool is_high(std::uint32_t cpu, unsigned ip) { return levels[{cpu, ip}]; }
  std::map<std::pair<std::uint32_t, unsigned>, bool> levels;
};

struct FakeControl : ProcessorControl {
  struct Launch {
    std::uint32_t cpu;
    std::uint64_t pc, sp, gp;
    bool operator==(const Launch&) const = default;
  };
  void launch(CpuId cpu, const LaunchAddress& to) override {
    launches.push_back({index_of(cpu), to.pc.bits(), to.sp.bits(), to.gp.bits()});
  }
  void doze(CpuId cpu) override { dozes.push_back(index_of(cpu)); }
  void nmi(CpuId cpu) override { nmis.push_back(index_of(cpu)); }
  void soft_reset(CpuId cpu) override { soft_resets.push_back(index_of(cpu)); }
  void alias_changed(CpuId cpu) override { alias_changes.push_back(index_of(cpu)); }
  std::vector<Launch> launches;
  std::vector<std::uint32_t> dozes, alias_changes, nmis, soft_resets;
};

/// State out as a list, and back from one.
class WordList : public StateVisitor {
 public:
  std::vector<std::uint64_t> values;
  bool restoring = false;
  std::size_t next = 0;

  void enter(std::string_view) override {}
  void leave() override {}
  void word(std::string_view, std::uint64_t& value) override {
    if (restoring) {
      value = values.at(next++);
    } else {
      values.push_back(value);
    }
  }
  void bytes(std::string_view, std::span<std::byte>) override {}
  bool is_restoring() const override { return restoring; }
};

/// Copies the state of one component into another of the same make.
template <class Component>
void copy_state(Component& from, Component& to) {
  WordList list;
  from.visit(list);
  list.restoring = true;
  to.visit(list);
}
template <class Component>
std::vector<std::uint64_t> state_of(Component& component) {
  WordList list;
  component.visit(list);
  return list.values;
}

}  // namespace numa::test
