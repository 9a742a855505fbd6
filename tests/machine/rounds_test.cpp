// Turns, and the CPUs that are passed over: against the same rounds in which nobody is.
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "machine/board.hpp"
#include "machine/rounds.hpp"
#include "tests/machine/machine_program.hpp"
#include "tests/support/catch.hpp"

using namespace machine;
using namespace machine::test;

namespace {

constexpr std::uint64_t kLoopAt = 0x1000, kSegment = 0xffffffff80000000;
constexpr Cycles kQuantum{1000};

struct Heard final : numa::EventTarget {
  explicit Heard(MachineBoard& board) : board{board} {}
  void on_event(Cycles at, std::uint64_t) override {
    events.push_back(at);
    // As a device does whose interrupt wakes a CPU for good.
    if (events.size() % 8 == 0) board.soft_reset(CpuId{1});
  }
  MachineBoard& board;
  std::vector<Cycles> events;
};

/// CPU 0 of four loops and schedules events within its turns, CPU 1 does so until it sleeps, the
/// others are parked.
class Played {
 public:
  Played(unsigned seed, bool passes_over) : random_{seed}, passes_over_{passes_over} {
    config_.nodes = 2;
    config_.cpus_per_node = 2;
    board_ = std::make_unique<MachineBoard>(config_, std::vector<machine::DiskMedium>{});
    rounds_ = std::make_unique<MachineRounds>(*board_, kQuantum, 0);
    heard_ = std::make_unique<Heard>(*board_);
    source_ = board_->events().add_source(*heard_, 64);
    put({0x1000ffff, 0});  // a branch to itself
    for (const CpuId id : {CpuId{0}, CpuId{1}}) {
      board_->start_cpu(id, VirtAddr{kSegment + kLoopAt}, 0, 0, 0, 0);
    }
    board_->doze(CpuId{1});
  }

  void turn() {
    if (!passes_over_) rounds_->catch_up();
    REQUIRE(rounds_->prepare_turn());
    const CpuId id = rounds_->current();
    cpu::Cpu& cpu = board_->cpu(id);
    if (id == CpuId{0}) {
      for (auto events = random_() % 3; events > 0; --events) {
        cpu.run(std::min(rounds_->turn_end(), cpu.now() + Cycles{random_() % 400}));
        if (board_->events().outstanding(source_) < 60) {
          board_->events().schedule(source_, cpu.now() + Cycles{1 + random_() % 1500}, 0);
        }
      }
      ++turns_of_first;
    }
    cpu.run(rounds_->turn_end());
    rounds_->advance();
  }

  std::vector<Cycles> clocks() {
    rounds_->catch_up();
    std::vector<Cycles> all;
    for (std::uint32_t n = 0; n < board_->cpu_count(); ++n)
      all.push_back(board_->cpu(CpuId{n}).now());
    return all;
  }
  const std::vector<Cycles>& heard() const { return heard_->events; }
  std::uint64_t retired(std::uint32_t n) { return board_->cpu(CpuId{n}).retired(); }
  unsigned turns_of_first = 0;

 private:
  void put(std::initializer_list<std::uint32_t> words) {
    std::vector<std::byte> bytes;
    for (const std::uint32_t word : words) {
      for (unsigned shift = 32; shift > 0; shift -= 8) {
        bytes.push_back(static_cast<std::byte>(word >> (shift - 8)));
      }
    }
    REQUIRE(board_->write_memory(MachineAddr{kLoopAt}, bytes));
  }

  MachineConfig config_ = small_machine();
  std::mt19937_64 random_;
  bool passes_over_;
  std::unique_ptr<MachineBoard> board_;
  std::unique_ptr<MachineRounds> rounds_;
  std::unique_ptr<Heard> heard_;
  numa::EventQueue::Source source_{};
};

}  // namespace

TEST_CASE(
    "Rounds: CPUs that are passed over keep the clocks that their turns would have given them",
    "[config]") {
  const auto seed = GENERATE(range(1u, 9u));
  CAPTURE(seed);
  Played passing{seed, true}, asking{seed, false};
  for (int look = 0; look < 200; ++look) {
    // To the same turn of the CPU that is awake, so that clocks can be compared within a round,
    // too.
    const unsigned turns = passing.turns_of_first + 1 + static_cast<unsigned>(look) % 5;
    for (Played* played : {&passing, &asking}) {
      while (played->turns_of_first < turns) played->turn();
    }
    REQUIRE(passing.clocks() == asking.clocks());
    REQUIRE(passing.heard() == asking.heard());
    for (std::uint32_t n = 0; n < 4; ++n) REQUIRE(passing.retired(n) == asking.retired(n));
  }
  CHECK(passing.heard().size() > 200);
}
