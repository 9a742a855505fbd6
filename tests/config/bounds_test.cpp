// Every bound of every key that configures a run: what a file, an option or --set may say, the
// machine, its loader and the monitor accept, and one beyond is refused where it is read.
#include <map>

#include "config/check_start.hpp"
#include "config/schema/schema.hpp"
#include "machine/check.hpp"
#include "machine/parameters.hpp"
#include "tests/support/catch.hpp"

using namespace config;

namespace {

bool is_number(const ParameterRow& row) {
  return row.kind == ValueKind::kInteger || row.kind == ValueKind::kQuantity;
}
bool is_of_disks(const ParameterRow& row) { return row.path.find('*') != std::string_view::npos; }

std::string path_of(const ParameterRow& row) {
  std::string path{row.path};
  if (const std::size_t star = path.find('*'); star != std::string::npos)
    path.replace(star, 1, "a");
  return path;
}

/// A machine with room for every guest and every table of the monitor.
Values with(const ParameterRow& row, std::uint64_t value) {
  Values values = default_values();
  values["workload.program"] = "hello";
  if (row.path.starts_with("monitor.")) {
    values["monitor.kind"] = "disco";
    values["machine.mem.per_node"] = 1 << 30;
    values["monitor.vm.memory"] = 64 << 20;
  }
  if (row.path == "monitor.device_cpu") values["machine.cpus_per_node"] = 16;
  values[path_of(row)] = value;
  return values;
}

Result<Nothing, Error> starts(const Values& values) {
  const auto prepared = prepare(values, Locations{{DISCO_BUILD}});
  if (!prepared) return Failure{prepared.error()};
  return check_start(*prepared);
}

Refusal refusal(const ParameterRow& row, std::uint64_t value) {
  const auto read = check_text(row, write_value(row, SortedJson(value)));
  REQUIRE_FALSE(read);
  return read.error();
}

}  // namespace

TEST_CASE("Bounds: every key that configures a run sets a field, whose default is its own",
          "[config]") {
  unsigned fields = 0;
  for (const ParameterRow& row : schema()) {
    INFO(row.path);
    CHECK(bool{row.set} == (row.scope == Scope::kPoint));
    CHECK(bool{row.set} == bool{row.get});
    if (!row.set || is_of_disks(row)) continue;
    CHECK(row.get(setup_of(default_values()), 0) == default_of(row));
    CHECK(row.get(Setup{}, 0) == default_of(row));
    ++fields;
  }
  CHECK(fields > 40);
}

TEST_CASE("Bounds: a value at the bound of its key is accepted by every stage", "[config]") {
  for (const ParameterRow& row : schema()) {
    if (!is_number(row) || !row.set) continue;
    for (const std::uint64_t bound : {row.low, row.high}) {
      INFO(row.path << " = " << bound);
      const auto read = check_text(row, write_value(row, SortedJson(bound)));
      REQUIRE(read);
      CHECK(*read == bound);
      const Values values = with(row, bound);
      const Setup setup = setup_of(values);
      CHECK(row.get(setup, 0) == bound);
      CHECK(check_machine(setup.machine, false));
      if (is_of_disks(row)) continue;  // there is no image
      const auto started = starts(values);
      // Two megabytes are a machine, virtual or not, but none for this kernel.
      const bool is_memory = row.path == "monitor.vm.memory" || row.path == "machine.mem.per_node";
      const bool is_small =
          !started && is_memory && bound == row.low && started.error().code == ErrorCode::kInput;
      INFO((started ? "" : started.error().message()));
      CHECK((started || is_small));
    }
  }
}

TEST_CASE("Bounds: one beyond is refused where it is read, with both bounds", "[config]") {
  unsigned refused = 0;
  for (const ParameterRow& row : schema()) {
    if (!is_number(row)) continue;
    INFO(row.path);
    const auto check = [&](std::uint64_t value) {
      const Refusal no = refusal(row, value);
      CHECK(no.why == Refusal::Why::kRange);
      CHECK(no.clause == write_value(row, SortedJson(value)) + " is out of range (" +
                             write_value(row, SortedJson(row.low)) + " .. " +
                             write_value(row, SortedJson(row.high)) + ")");
      ++refused;
    };
    check(row.high + 1);
    if (row.low > 0) check(row.low - 1);
  }
  CHECK(refused > 50);
}

TEST_CASE("Bounds: where a key is narrower than its parameter, it is known why", "[config]") {
  // Of what an experiment may not do: repeats count on from the seed, and images stay as they are.
  const std::map<std::string_view, std::string_view> known = {
      {"seed", ""}, {"machine.disks.*.access", "snapshot|read-only"}};
  for (const machine::Parameter& p : machine::parameters()) {
    if (!p.is_key()) continue;
    INFO(p.key);
    const ParameterRow* const row = find_row(p.key);
    REQUIRE(row != nullptr);
    const bool is_number = row->kind == ValueKind::kInteger || row->kind == ValueKind::kQuantity;
    const bool same =
        is_number ? row->low == p.least && row->high == p.most : row->choices == p.choices;
    CHECK(same == (known.count(p.key) == 0));
    CHECK(row->unit == p.unit);
    CHECK(row->what == p.what);
    if (!same && !is_number) CHECK(row->choices == known.at(p.key));
  }
}
