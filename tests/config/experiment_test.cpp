// From a text to an experiment: what is accepted, what it becomes, and how mistakes are told.
#include "config/experiment.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "config/locations.hpp"
#include "config/prepare.hpp"
#include "measure/metrics.hpp"
#include "tests/support/catch.hpp"

using namespace config;

namespace {

Experiment load(const std::string& body, const LoadOptions& options = {}) {
  auto loaded = load_lua("t.lua", "experiment \"t\" {\n" + body + "\n}", options);
  INFO(body << "\n" << (loaded ? "" : render(loaded.error().all.front(), "")));
  REQUIRE(loaded);
  return *loaded;
}

std::vector<Diagnostic> mistakes(const std::string& body, const LoadOptions& options = {}) {
  const auto loaded = load_lua("t.lua", "experiment \"t\" {\n" + body + "\n}", options);
  INFO(body);
  REQUIRE_FALSE(loaded);
  return loaded.error().all;
}

const char* const kSweep = R"(
  sweep = {
    { name = "system", values = { case "native" { monitor = none() }, case "disco" { monitor = disco {} } } },
    { name = "entries", path = "machine.cpu.tlb.entries", values = { 48, 64 } },
  },)";

}  // namespace

TEST_CASE("Diagnostic: the line shown has nothing that a terminal would act upon", "[config]") {
  CHECK(render({"f.lua", {1, 1, 1}, "", "wrong"}, "x = \x1b[2J\x7f") ==
        "f.lua:1:1: error: wrong\n    1 | x = ?[2J?\n      | ^");
  CHECK(render({"f\n.json", {}, "a\x1b", "no \x07"}, "") == "f?.json: error: a?: no ?");
}

TEST_CASE("Experiment: each wrong file gives its one message", "[config]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DISCO_WRONG_EXPERIMENTS)) {
    std::ifstream file{entry.path()};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const std::string prefix = "-- expect: ";
    INFO(entry.path().filename());
    REQUIRE(text.starts_with(prefix));
    const std::string expected = text.substr(prefix.size(), text.find('\n') - prefix.size());
    const auto loaded =
        load_lua(entry.path().filename().string(), text, {{}, {}, {}, measure::metric_names()});
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ErrorCode::kConfig);
    CHECK(loaded.error().all.size() == 1);
    const std::string message = render(loaded.error().all.front(), text);
    const std::string first_line = message.substr(0, message.find('\n'));
    INFO(message);
    CHECK(first_line.find(expected) != std::string::npos);
    ++files;
  }
  CHECK(files >= 20);
}

TEST_CASE("Experiment: a message shows the line and points at the key", "[config]") {
  const std::string text = "experiment \"t\" {\n  machine = flash {\n\tclok = \"1GHz\",\n  },\n}\n";
  const auto loaded = load_lua("t.lua", text, {});
  REQUIRE_FALSE(loaded);
  CHECK(render(loaded.error().all.front(), text) ==
        "t.lua:3:2: error: machine.clok: unknown key (did you mean \"clock\"?)\n"
        "    3 | \tclok = \"1GHz\",\n"
        "      | \t^^^^");
}

TEST_CASE("Experiment: all mistakes are told at once", "[config]") {
  const auto all = mistakes(
      "seed = -1,\n machine = flash { clock = 1, nodes = 'x' },\n measure = 'y',\n fnord = 1");
  CHECK(all.size() == 5);
}

TEST_CASE("Experiment: more mistakes than are told are harmless", "[config]") {
  std::string values;
  for (int i = 0; i < 80; ++i) values += "1000, ";
  const auto all =
      mistakes("sweep = { { name = \"n\", path = \"machine.cpu.tlb.entries\", values = { " +
               values + "} } },");
  CHECK(all.size() == 50);
}

TEST_CASE("Experiment: keys set by code are found where their name was written", "[config]") {
  const std::string text =
      "local cpu = r10000 {\n  tlb = { entries = 3 },\n}\nexperiment \"t\" { machine = flash { cpu "
      "= cpu } }\n";
  const auto loaded = load_lua("t.lua", text, {});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().all.front().place.line == 2);
}

TEST_CASE("Experiment: defaults are filled in and every value has an origin", "[config]") {
  const Experiment e = load("machine = flash { clock = '200MHz' }", {{"seed=9"}, {}, {}, {}});
  CHECK(e.values.at("machine.clock") == 200'000'000);
  CHECK(e.values.at("machine.cpu.tlb.entries") == 64);
  CHECK(e.origins.at("machine.clock") == "t.lua:2");
  CHECK(e.origins.at("machine.cpu.tlb.entries") == "default");
  CHECK(e.origins.at("seed") == "--set");
  CHECK(e.points.size() == 1);
  CHECK(e.points.front().name() == "all");
}

TEST_CASE("Experiment: a sweep is multiplied out, the last dimension fastest", "[config]") {
  const Experiment e = load(kSweep);
  REQUIRE(e.points.size() == 4);
  CHECK(e.points[0].name() == "system=native,entries=48");
  CHECK(e.points[1].name() == "system=native,entries=64");
  CHECK(e.points[3].name() == "system=disco,entries=64");
  CHECK(e.points[3].values.at("monitor.kind") == "disco");
  CHECK(e.points[2].values.at("machine.cpu.tlb.entries") == 48);
  CHECK(e.compare == "system");
  CHECK(e.baseline == "native");
}

TEST_CASE("Experiment: dotted keys and a case of several labels", "[config]") {
  const Experiment e = load(
      "sweep = { { name = { 'program', 'size' }, values = {\n"
      "  case { 'chase', 'far' } { ['workload.program'] = 'chase', ['workload.args'] = { 8, 'x' } "
      "} } } }");
  REQUIRE(e.points.size() == 1);
  CHECK(e.points[0].labels == Labels{{"program", "chase"}, {"size", "far"}});
  CHECK(e.points[0].values.at("workload.args") == SortedJson::array({"8", "x"}));
  CHECK(e.points[0].matches({{"size", "far"}}));
  CHECK_FALSE(e.points[0].matches({{"size", "near"}}));
}

TEST_CASE("Experiment: labels that promise a difference which is none are told", "[config]") {
  const Experiment idle = load(
      "sweep = { { name = 'e', path = 'monitor.l2tlb.entries', values = { 0, 64 } } }, monitor = "
      "none()");
  REQUIRE(idle.warnings.size() == 1);
  CHECK(idle.warnings.front().find("monitor.l2tlb.entries means nothing") != std::string::npos);
  const Experiment same = load(
      "sweep = { { name = 'e', values = { case 'a' {}, case 'b' {}, case 'c' { seed = 7 } } } }");
  REQUIRE(same.warnings.size() == 1);
  CHECK(same.warnings.front() == "e=a and e=b are one configuration");
  CHECK(load(kSweep).warnings.empty());
}

TEST_CASE("Experiment: an override wins over the sweep, and what it idles is left out",
          "[config]") {
  const Experiment pinned = load(kSweep, {{"machine.cpu.tlb.entries=128"}, {}, {}, {}});
  CHECK(pinned.points.size() == 2);
  CHECK(pinned.points[0].values.at("machine.cpu.tlb.entries") == 128);
  CHECK(pinned.notes.size() == 1);

  const char* programs =
      "sweep = { { name = 'program', values = { case 'a' { workload = { program = 'a', args = { 1 "
      "} } },"
      " case 'b' { workload = { program = 'b', args = { 2 } } } } } }";
  const Experiment own = load(programs, {{"workload=mine"}, {}, {}, {}});
  REQUIRE(own.points.size() == 1);
  CHECK(own.points[0].values.at("workload.program") == "mine");
  CHECK(own.points[0].values.at("workload.args") == SortedJson::array());
}

TEST_CASE("Experiment: --only keeps some values of a dimension", "[config]") {
  const Experiment e = load(kSweep, {{}, {}, {"system=disco"}, {}});
  CHECK(e.points.size() == 2);
  CHECK(e.baseline == "native");  // left out: nothing becomes the baseline in its place
  CHECK(e.notes.size() == 1);
  CHECK(mistakes(kSweep, {{}, {}, {"sytem=disco"}, {}})
            .front()
            .what.find("did you mean \"system\"?") != std::string::npos);
  CHECK(mistakes(kSweep, {{}, {}, {"system=fnord"}, {}}).front().what ==
        "no such value \"fnord\" (known: native, disco)");
  CHECK(mistakes(kSweep, {{}, {}, {"system=disco,fnord"}, {}}).front().what ==
        "no such value \"fnord\" (known: native, disco)");
}

TEST_CASE("Experiment: labels that contain commas are chosen by themselves", "[config]") {
  const char* body = R"(
  sweep = { { name = "a", path = "workload.args",
              values = { { "64K", 1 }, { "64K" }, { "1" }, { "64K", 1, 2 } } } })";
  const auto chosen = [&body](const char* only) {
    std::string names;
    for (const Point& point : load(body, {{}, {}, {only}, {}}).points)
      names += point.labels.front().second + ";";
    return names;
  };
  CHECK(chosen("a=64K,1") == "64K,1;");
  CHECK(chosen("a=64K") == "64K;");
  CHECK(chosen("a=1,64K") == "64K;1;");
  CHECK(chosen("a=64K,1,2,1") == "1;64K,1,2;");
}

TEST_CASE("Experiment: the first value stays the baseline when --only leaves it out", "[config]") {
  const std::string body = R"(
  sweep = { { name = "l2tlb", path = "monitor.l2tlb.entries", values = { 0, 64, 1024 } } },
  expect = { check { that = "slower", metric = "slowdown", at = { l2tlb = "1024" }, above = 1 },
             check { that = "cycles", metric = "cycles", at = { l2tlb = "1024" }, above = 1 } })";
  const Experiment e = load(body, {{}, {}, {"l2tlb=64,1024"}, {}});
  CHECK(e.baseline == "0");
  CHECK(e.not_asked == std::vector<std::string>{"slower"});
  REQUIRE(e.notes.size() == 1);
  CHECK(e.notes.front().find("the baseline l2tlb=0 is left out") == 0);
  const auto again = load_resolved("t.json", e.resolved().dump(), {});
  REQUIRE(again);
  CHECK(again->hash() == e.hash());
  CHECK(again->baseline == "0");
  CHECK(again->notes == e.notes);
  const Experiment kept = load(body, {{}, {}, {"l2tlb=0,1024"}, {}});
  CHECK(kept.expectations.size() == 2);
  CHECK(kept.notes.empty());
}

TEST_CASE("Experiment: --set never leaves a label that promises what it took away", "[config]") {
  const char* systems = R"(
  sweep = { { name = "system", values = {
    case "native" { monitor = none() },
    case "0" { monitor = disco { l2tlb = { entries = 0 } } },
    case "64" { monitor = disco { l2tlb = { entries = 64 } } },
    case "large" { monitor = disco { l2tlb = { entries = 1024 } } } } } })";
  const auto set = [](const char* text) { return std::vector<std::string>{text}; };
  const auto two = mistakes(systems, {set("monitor.l2tlb.entries=256"), {}, {}, {}});
  REQUIRE(two.size() == 1);
  CHECK(two.front().where == "--set monitor.l2tlb.entries=256");
  CHECK(two.front().what.find("the case \"0\" of system would be the same as \"64\"") == 0);
  // Alone it still says 64, and is not.
  const auto lies =
      mistakes(systems, {set("monitor.l2tlb.entries=256"), {}, {"system=native,64"}, {}});
  CHECK(lies.front().what.find("the case \"64\" of system would not be what it is called") == 0);
  // A label that promises nothing: told.
  const Experiment told =
      load(systems, {set("monitor.l2tlb.entries=256"), {}, {"system=native,large"}, {}});
  CHECK(told.points[1].values.at("monitor.l2tlb.entries") == 256);
  CHECK(told.notes == std::vector<std::string>{
                          "--set monitor.l2tlb.entries=256 replaces what system sets for large"});
  // What a case sets already is no change, and a key that no case sets is nobody's.
  CHECK(load(systems, {set("monitor.large_pages=true"), {}, {}, {}}).notes.empty());
  CHECK(
      load(systems, {set("monitor.l2tlb.entries=64"), {}, {"system=native,64"}, {}}).notes.empty());
  // One value of a dimension of its own goes with the dimension.
  const char* one = R"(sweep = { { name = "n", path = "machine.nodes", values = { 2 } } })";
  CHECK(load(one, {set("machine.nodes=4"), {}, {}, {}}).dimensions.empty());
  // The seed is a key like any other.
  const char* seeds = R"(
  sweep = { { name = "s", values = { case "a" { seed = 1 }, case "b" { seed = 2 },
                                     case "c" { monitor = disco {} } } } })";
  CHECK(mistakes(seeds, {{}, 9, {}, {}}).front().where == "--seed 9");
}

TEST_CASE("Experiment: systems whose kernels have other processors are not compared unasked",
          "[config]") {
  const std::string machine = "machine = flash { nodes = 2, cpus_per_node = 2 },";
  const std::string body = machine + kSweep;
  const auto refused = mistakes(body);
  REQUIRE(refused.size() == 1);
  CHECK(refused.front().what.find("has 4 processors and") != std::string::npos);
  CHECK(refused.front().what.find("a virtual machine, has 1") != std::string::npos);
  const Experiment declared = load(body + "report = { differs = { 'processors' } }");
  CHECK(declared.warnings.size() == 1);
  const auto again = load_resolved("t.json", declared.resolved().dump(), {});
  REQUIRE(again);
  CHECK(again->hash() == declared.hash());
  CHECK(mistakes(body + "report = { differs = { 'procesors' } }")
            .front()
            .what.find("did you mean \"processors\"?") != std::string::npos);
  // One side alone is no comparison.
  CHECK(load(body, {{}, {}, {"system=native"}, {}}).warnings.empty());
  // Beside each other in the rows: told; under an expectation: refused.
  const std::string rows = body + "report = { compare = 'entries' },";
  CHECK(load(rows).warnings.size() == 1);
  CHECK(mistakes(rows + R"(expect = { check { that = "x", metric = "cycles",
          at = { system = "disco" }, above = { system = "native" } } })")
            .size() == 1);
  // The same numbers on both sides.
  CHECK(load(machine + R"(sweep = { { name = "system", values = {
          case "native" { machine = { nodes = 1, cpus_per_node = 1 } },
          case "disco" { monitor = disco {} } } } })")
            .warnings.empty());
  // A sweep that changes nothing for the guest.
  const Experiment idle = load(R"(monitor = disco {},
    sweep = { { name = "nodes", path = "machine.nodes", values = { 1, 2, 4 } } })");
  REQUIRE(idle.warnings.size() == 1);
  CHECK(idle.warnings.front().find("the virtual machine has 1 at every value") !=
        std::string::npos);
}

TEST_CASE("Experiment: the headline is declared, checked and kept", "[config]") {
  CHECK(load(kSweep).headline == Headline{});
  const std::string declared = std::string{kSweep} + R"(report = {
    headline = { metric = "miss.mean", mean = "geometric", where = { entries = "48" } } })";
  const Experiment e = load(declared, {{}, {}, {}, measure::metric_names()});
  CHECK(e.headline == Headline{"miss.mean", "geometric", {{"entries", "48"}}});
  const auto again = load_resolved("t.json", e.resolved().dump(), {});
  REQUIRE(again);
  CHECK(again->hash() == e.hash());
  CHECK(again->headline == e.headline);
  CHECK(load("report = { headline = 'cpi' }").headline.metric == "cpi");
  CHECK(load("", {{"report.headline=cpi"}, {}, {}, {}}).headline.metric == "cpi");
  CHECK(mistakes("report = { headline = 'cpu' }", {{}, {}, {}, measure::metric_names()})
            .front()
            .what.find("did you mean \"cpi\"?") != std::string::npos);
  CHECK(mistakes(std::string{kSweep} + "report = { headline = { where = { entries = '4' } } }")
            .front()
            .what.find("has no value \"4\"") != std::string::npos);
  // A dimension that --set takes away selects nothing.
  CHECK(load(declared, {{"machine.cpu.tlb.entries=128"}, {}, {}, {}}).headline.where.empty());
}

TEST_CASE("Experiment: one wrong value does not hide the others", "[config]") {
  const auto all = mistakes(R"(monitor = none, seed = -1, measure = 0/0,
    machine = flash { nodes = function() end },
    workload = { args = { "a", flash } },
    sweep = { none, { name = "n", values = { case "x" } } }, expect = { check })");
  CHECK(all.size() == 8);
}

TEST_CASE("Experiment: what is expected of points that are left out is not asked", "[config]") {
  const std::string body = std::string{kSweep} + R"(
    expect = {
      check { that = "alone", metric = "slowdown", at = { system = "disco" }, below = 2 },
      check { that = "beside the other", metric = "slowdown", at = { system = "disco" }, above = { system = "native" } },
      check { that = "of 48", metric = "slowdown", where = { entries = "48" }, below = 2 },
    })";
  CHECK(load(body).expectations.size() == 3);
  const Experiment only = load(body, {{}, {}, {"entries=64"}, {}});
  REQUIRE(only.expectations.size() == 2);
  CHECK(only.expectations[1].that == "beside the other");
  CHECK(only.not_asked == std::vector<std::string>{"of 48"});
  const Experiment pinned = load(body, {{"machine.cpu.tlb.entries=128"}, {}, {}, {}});
  REQUIRE(pinned.expectations.size() == 2);
  CHECK(pinned.expectations[1].that == "beside the other");
  for (const Experiment* e : {&only, &pinned}) {
    const auto again = load_resolved("t.json", e->resolved().dump(), {});
    REQUIRE(again);
    CHECK(again->hash() == e->hash());
  }
}

TEST_CASE("Experiment: where the compared dimension is left out, the next one is compared",
          "[config]") {
  const std::string body =
      std::string{kSweep} + "report = { compare = 'entries', baseline = '64' },";
  CHECK(load(body).baseline == "64");
  const Experiment pinned = load(body, {{"machine.cpu.tlb.entries=128"}, {}, {}, {}});
  CHECK(pinned.compare == "system");
  CHECK(pinned.baseline == "native");
  const auto again = load_resolved("t.json", pinned.resolved().dump(), {});
  REQUIRE(again);
  CHECK(again->hash() == pinned.hash());
  CHECK(mistakes(std::string{kSweep} + "report = { compare = 'entries', baseline = '65' },")
            .front()
            .what.find("has no value \"65\"") != std::string::npos);

  // Cases that all set the same are left out too, with nothing on the command line.
  const Experiment idle = load(R"(
  sweep = {
    { name = "seed", values = { case "1" {}, case "2" {} } },
    { name = "entries", path = "machine.cpu.tlb.entries", values = { 48, 64 } },
  },
  report = { compare = "seed", baseline = "1" })");
  CHECK(idle.compare == "entries");
  REQUIRE(load_resolved("t.json", idle.resolved().dump(), {}));
}

TEST_CASE("Experiment: wrong overrides are refused like wrong keys", "[config]") {
  const auto wrong = [](const char* text) {
    return mistakes("", {{text}, {}, {}, {}}).front().what;
  };
  CHECK(wrong("machine.clok=1GHz") == "machine.clok: unknown key (did you mean \"clock\"?)");
  CHECK(wrong("machine.clock=1") == "machine.clock: \"1\" needs a unit (for example \"400MHz\")");
  CHECK(wrong("machine.clock") == "expected path=value");
  CHECK(wrong("machine=1") == "machine is a group of keys (such as machine.nodes)");
  CHECK(wrong("fnord.x=1") == "fnord.x: unknown key (\"fnord\" is none either)");
  CHECK(wrong("question=a\xff") == "is not UTF-8 or has control characters");
  CHECK(wrong("sweep.1.name=x") == "sweep.1.name: cannot be given on the command line");
  CHECK(wrong("=x") == "expected path=value");
}

TEST_CASE("Experiment: equal meaning, equal hash, other meaning, other hash", "[config]") {
  const auto hash = [](const char* body) { return load(body).hash(); };
  CHECK(hash("machine = flash { mem = { per_node = '64MB' } }") ==
        hash("machine = flash { mem = { per_node = '65536KB' } }"));
  CHECK(hash("seed = 1") == hash(""));
  CHECK(hash("seed = 2") != hash("seed = 1"));
  CHECK(hash(kSweep) != hash(""));
  const Experiment a = load("seed = 2"), b = load("", {{"seed=2"}, {}, {}, {}});
  CHECK(a.hash() == b.hash());
  CHECK(a.points[0].hash() == b.points[0].hash());
}

TEST_CASE("Experiment: the resolved form reproduces it without Lua", "[config]") {
  const Experiment e = load(std::string{kSweep} +
                                "repeats = 3, expect = { check { that = 'x', metric = 'm', at = { "
                                "system = 'disco' }, below = { system = 'native' } } }, "
                                "phases = { one = { from = 1, to = 2 }, two = { from = 3 } }, "
                                "measure = 'one', machine = flash { clock = '100MHz' }",
                            {{"workload.args=a,b"}, 7, {}, {}});
  const auto again = load_resolved("config.resolved.json", e.resolved().dump(), {});
  REQUIRE(again);
  CHECK(again->hash() == e.hash());
  CHECK(again->canonical() == e.canonical());
  CHECK(again->points.size() == e.points.size());
  CHECK(again->points[3].hash() == e.points[3].hash());
  CHECK(again->repeats == 3);
}

TEST_CASE("Experiment: a damaged resolved form is refused", "[config]") {
  const std::string text = load(kSweep).resolved().dump();
  for (std::size_t cut = 0; cut + 1 < text.size(); cut += 97) {
    CHECK_FALSE(load_resolved("c.json", text.substr(0, cut), {}));
  }
  CHECK_FALSE(load_resolved("c.json", "[]", {}));
  CHECK_FALSE(load_resolved("c.json", R"({"schema": "disco-experiment 2", "name": "x"})", {}));
}

TEST_CASE("Experiment: disks have names, in whose order they stand, and keys with defaults",
          "[config]") {
  const Experiment e =
      load(R"(
    machine = flash { disks = { swap = { image = "/s.img", cache = "0B" },
                                root = { image = "/r.img", access = "read-only" } } },
    sweep = { { name = "latency", path = "machine.disks.swap.latency", values = { "drive", "none" } } },)",
           {.overrides = {"machine.disks.root.cache=1MB", "machine.console=virtio"},
            .seed = {},
            .only = {},
            .metrics = {}});
  REQUIRE(e.points.size() == 2);
  for (const bool none : {false, true}) {
    const machine::MachineConfig machine = setup_of(e.points[none ? 1 : 0].values).machine;
    CHECK(machine.virtio_console);
    REQUIRE(machine.disks.size() == 2);
    CHECK(machine.disks[0].image == "/r.img");
    CHECK(machine.disks[0].access == machine::DiskMedium::Access::kReadOnly);
    CHECK(machine.disks[0].drive.cache_sectors == 2048);
    CHECK_FALSE(machine.disks[0].drive.timing.is_instant);
    CHECK(machine.disks[1].image == "/s.img");
    CHECK(machine.disks[1].access == machine::DiskMedium::Access::kSnapshot);
    CHECK(machine.disks[1].drive.cache_sectors == 0);
    CHECK(machine.disks[1].drive.timing.is_instant == none);
  }
  CHECK(setup_of(default_values()).machine.disks.empty());
  CHECK_FALSE(setup_of(default_values()).machine.virtio_console);
}

TEST_CASE("Experiment: a disk's image counts by its content, and mistakes about disks are told",
          "[config]") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "disco-experiment-disks";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const auto write = [&](const char* name, char fill) {
    std::ofstream{folder / name} << std::string(1024, fill);
    return (folder / name).string();
  };
  const std::string kernel = write("kernel", 'k'), program = write("program", 'p');
  const auto prepared = [&](const std::string& disk) {
    const Experiment e =
        load("guest = { kernel = '" + kernel + "', initrd = '" + kernel +
             "' },\nworkload = 'init',\nmachine = flash { disks = { a = { " + disk + " } } },");
    return prepare(e.points.front().values, Locations{{folder}});
  };
  const auto of_image = [&](const std::string& path) {
    const auto p = prepared("image = '" + path + "'");
    INFO((p ? "" : p.error().message()));
    REQUIRE(p);
    CHECK(p->setup.machine.disks.front().image == path);
    CHECK(p->inputs.back().role == "disk");
    return p->hash;
  };
  const std::string one = of_image(write("disk", '1'));
  CHECK(of_image(write("disk", '2')) != one);
  fs::create_directories(folder / "elsewhere");
  CHECK(of_image(write("elsewhere/disk", '1')) == one);
  CHECK(prepared("image = '" + program + "', cache = '1000B'")
            .error()
            .message()
            .find("multiple of 512") != std::string::npos);
  CHECK(prepared("cache = '512B'").error().message().find("no image") != std::string::npos);
  CHECK(prepared("image = '" + (folder / "none").string() + "'").error().code == ErrorCode::kInput);
  fs::remove_all(folder);
}
