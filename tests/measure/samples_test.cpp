#include <nlohmann/json.hpp>

#include "measure/samples.hpp"

#include "measure/memory_view.hpp"
#include "tests/support/catch.hpp"

using namespace measure;

namespace {

constexpr std::uint64_t kHz = 100'000'000;

Tally tally_at(std::uint64_t cycle) {
  return {{"clock.instructions", cycle / 2},
          {"cpu.cycles.user", cycle - 5},
          {"cpu.refills.mode.user", 3},
          {"cpu.refills.mode.kernel", 4},
          {"machine.memory.stall.local.load.user", 10},
          {"machine.memory.stall.localish", 100},
          {"machine.memory.stall.local.store.kernel", 20}};
}

}  // namespace

TEST_CASE("Samples: a period that was asked for is kept", "[cli]") {
  Samples samples{2'000, kHz};  // 200 cycles
  CHECK(samples.period() == 200);
  for (int i = 1; i <= 300; ++i) {
    REQUIRE(samples.next() == Cycles{200U * static_cast<unsigned>(i)});
    samples.take(samples.next().count(), tally_at(samples.next().count()));
  }
  samples.take_last(60'007, tally_at(60'007));
  const Json json = samples.json();
  CHECK(json.at("rows").size() == 301);
  CHECK(json.at("columns") == Json{"instructions", "cycles.user", "refills", "local.stall"});
  CHECK(json.at("rows")[0] == Json{200, 100, 195, 7, 30});
  CHECK(json.at("rows")[300] == Json{60'007, 30'003, 60'002, 7, 30});
}

TEST_CASE("Samples: an automatic period doubles, and what stays is evenly spaced", "[cli]") {
  Samples samples{0, kHz};
  const std::uint64_t first = samples.period();
  while (samples.next() < Cycles{1'000'000}) {
    samples.take(samples.next().count(), tally_at(samples.next().count()));
  }
  const Json rows = samples.json().at("rows");
  CHECK(rows.size() >= 90);
  CHECK(rows.size() < 200);
  CHECK(samples.period() % first == 0);
  CHECK(samples.period() > first);
  for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i][0] == (i + 1) * samples.period());
  CHECK(samples.csv().starts_with("cycle,seconds,instructions,cycles.user,refills,local.stall\n"));
}

TEST_CASE("Samples: the last one replaces one of the same cycle", "[cli]") {
  Samples samples{1'000, kHz};
  samples.take(100, tally_at(100));
  samples.take_last(100, tally_at(102));
  CHECK(samples.json().at("rows").size() == 1);
  CHECK(samples.json().at("rows")[0][1] == 51);
}

TEST_CASE("Memory view: pages between two readings, and what is made of them", "[cli]") {
  const std::vector<PageCount> before = {{MachineAddr{0x1000}, 0, 5, 1},
                                         {MachineAddr{0x2000}, 1, 9, 9}};
  const std::vector<PageCount> after = {{MachineAddr{0x1000}, 0, 5, 1},
                                        {MachineAddr{0x1000}, 1, 2, 0},
                                        {MachineAddr{0x2000}, 1, 10, 12},
                                        {MachineAddr{0x100003000}, 0, 0, 7}};
  const auto pages = pages_since(after, before);
  REQUIRE(pages.size() == 3);
  CHECK(pages[0].node == 1);
  CHECK(pages[1].reads == 1);
  CHECK(pages[1].writes == 3);
  CHECK(pages[2].writes == 7);

  const std::vector<Tally> by_cpu = {{{"machine.memory.references.local.load.user", 3},
                                      {"machine.memory.references.local.store.user", 1},
                                      {"machine.memory.stall.local.load.user", 400},
                                      {"machine.memory.stall.queued.user", 17},
                                      {"machine.memory.references.uncached.kernel", 2}},
                                     {{"machine.memory.stall.local.load.user", 5}}};
  const machine::SymbolTable symbols{
      {{"table", VirtAddr{0xffffffff80002100}, 64, machine::SymbolKind::kObject}}};
  const Json memory = memory_json(pages, by_cpu, 1, symbols);
  CHECK(memory.at("heat") == Json{{0, 7}, {6, 0}});
  CHECK(memory.at("pages")[0].at("page") == "0x0100003000");
  CHECK(memory.at("pages")[0].at("home") == 1);
  CHECK(memory.at("pages")[1].at("owner") == "table");
  CHECK(memory.at("pages")[1].at("nodes") == Json::array({{1, 1, 3}}));
  CHECK(memory.at("modes").at("user").at("local") == Json{4, 405});
  CHECK(memory.at("modes").at("user").at("queued") == Json{0, 17});
  CHECK(memory.at("modes").at("kernel").at("uncached") == Json{2, 0});
  CHECK(memory.at("cpus")[1].at("local") == Json{0, 5});
  CHECK(memory_json({}, {{{"clock.cycles", 1}}}, 1, symbols).is_null());
}
