// Virtual machines in experiments: how they are written, what they inherit, what is refused.
#include <nlohmann/json.hpp>

#include "config/experiment.hpp"
#include "config/locations.hpp"
#include "config/prepare.hpp"
#include "config/setup.hpp"
#include "config/system_facts.hpp"
#include "tests/support/catch.hpp"

using namespace config;

namespace {

Experiment load(const std::string& body, const LoadOptions& options = {}) {
  auto loaded = load_lua("t.lua", "experiment \"t\" {\n" + body + "\n}", options);
  INFO(body << "\n" << (loaded ? "" : render(loaded.error().all.front(), "")));
  REQUIRE(loaded);
  return *loaded;
}

/// The first message, without the place.
std::string mistake(const std::string& body, const LoadOptions& options = {}) {
  const auto loaded = load_lua("t.lua", "experiment \"t\" {\n" + body + "\n}", options);
  INFO(body);
  REQUIRE_FALSE(loaded);
  return render(loaded.error().all.front(), "");
}

}  // namespace

TEST_CASE("Virtual machines: a list of them becomes keys, by name", "[config]") {
  const Experiment e = load(R"(
    monitor = disco { vm = { memory = "16MB" } }, workload = "chase",
    vms = {
      vm "web" { count = 8, memory = "8MB", workload = "stride", args = { 1, "2M" }, every = "5ms",
                 cpus = { "0-2", 5 }, placement = "round-robin" },
      vm "batch" { workload = workload "spin" { args = { 9 } }, start = "100ms", stop = "2s",
                   restarts = 3 },
      vm "plain" {},
    })");
  const Setup setup = setup_of(e.points.at(0).values);
  REQUIRE(setup.vms.size() == 3);
  const VmSetup &batch = setup.vms[0], &plain = setup.vms[1], &web = setup.vms[2];
  CHECK(batch.name == "batch");
  CHECK(batch.program == "spin");
  CHECK(batch.arguments == std::vector<std::string>{"9"});
  CHECK(batch.start == 100'000'000);
  CHECK(batch.stop == 2'000'000'000);
  CHECK(batch.restarts == 3);
  CHECK(plain.name == "plain");
  CHECK(plain.count == 1);
  CHECK_FALSE(plain.program);
  CHECK_FALSE(plain.memory);
  CHECK(web.name == "web");
  CHECK(web.count == 8);
  CHECK(web.memory == 8u << 20);
  CHECK(web.arguments == std::vector<std::string>{"1", "2M"});
  CHECK(web.cpus == std::vector<std::uint32_t>{0, 1, 2, 5});
  CHECK(web.placement == "round-robin");
  CHECK(facts_of(e.points[0].values).virtual_machines == 10);
  CHECK(facts_of(e.points[0].values).memory == 16u << 20);
}

TEST_CASE("Virtual machines: what they do not say is the experiment's", "[config]") {
  const Experiment e = load(R"(
    machine = flash { mem = { per_node = "128MB" } },
    monitor = disco { vm = { memory = "16MB" } },
    workload = workload "chase" { args = { "64K", 10 } },
    vms = { vm "a" {}, vm "b" { count = 2, workload = "spin", append = "x=1" } })");
  const auto prepared = prepare(e.points[0].values, Locations{{DISCO_BUILD}});
  if (!prepared) FAIL(prepared.error().message());
  REQUIRE(prepared->kernels.size() == 2);
  CHECK(prepared->kernels[0].image.bootargs == "init=/bin/chase -- 64K 10");
  CHECK(prepared->kernels[1].image.bootargs == "x=1 init=/bin/spin");
  const auto images = images_of(*prepared);
  REQUIRE(images.size() == 2);
  CHECK(images[0].name == "a");
  CHECK(images[0].memory == 16u << 20);
  CHECK(images[1].name_of(1) == "b.1");
  // The kernel and the monitor are read several times and told once.
  std::size_t kernels = 0;
  for (const InputFile& file : prepared->inputs) kernels += file.role == "kernel" ? 1 : 0;
  CHECK(kernels == 1);
}

TEST_CASE("Virtual machines: a sweep varies them and --set overrides them", "[config]") {
  const char* const body = R"(
    monitor = disco {},
    vms = { vm "a" { workload = "chase", args = { 1 } } },
    sweep = {
      { name = "vms", path = "vms.a.count", values = { 1, 2, 4 } },
      { name = "more", values = { case "no" {}, case "yes" { vms = { vm "b" { count = 3 } } } } },
    })";
  const Experiment e = load(body);
  REQUIRE(e.points.size() == 6);
  CHECK(setup_of(e.points[5].values).vms.at(0).count == 4);
  CHECK(setup_of(e.points[5].values).vms.at(1).count == 3);
  CHECK(setup_of(e.points[4].values).vms.size() == 1);
  LoadOptions options;
  options.overrides = {"vms.a.memory=4MB", "vms.a.workload=spin", "vms.b.start=1ms"};
  const Experiment set = load(body, options);
  CHECK(setup_of(set.points[0].values).vms.at(0).memory == 4u << 20);
  CHECK(setup_of(set.points[0].values).vms.at(0).program == "spin");
  CHECK(setup_of(set.points[0].values).vms.at(0).arguments->empty());
  options.overrides = {"vms.aa.memory=4MB"};
  CHECK_THAT(mistake(body, options),
             Catch::Contains("no such virtual machine (did you mean \"a\"?)"));
}

TEST_CASE("Virtual machines: a resolved experiment is the same experiment", "[config]") {
  const Experiment e = load(R"(
    monitor = disco {}, vms = { vm "a" { count = 2, cpus = "1-3", args = {} }, vm "b" {} })");
  const auto again = load_resolved("config.resolved.json", e.resolved().dump(), {});
  if (!again) FAIL(render(again.error().all.front(), ""));
  CHECK(again->hash() == e.hash());
  CHECK(again->points[0].values == e.points[0].values);
  CHECK(e.resolved().dump().find("\"1-3\"") != std::string::npos);
}

TEST_CASE("Virtual machines: mistakes are told by key", "[config]") {
  const std::string with = "monitor = disco {}, vms = ";
  CHECK_THAT(mistake(with + "{ vm \"a\" { memroy = \"8MB\" } }"),
             Catch::Contains("vms.a.memroy: unknown key (did you mean \"memory\"?)"));
  CHECK_THAT(mistake(with + "{ vm \"a\" {}, vm \"a\" {} }"),
             Catch::Contains("a second virtual machine \"a\""));
  CHECK_THAT(mistake(with + "{ vm \"a b\" {} }"), Catch::Contains("is not a name"));
  CHECK_THAT(mistake(with + "{ { count = 2 } }"), Catch::Contains("expected vm \"name\" { ... }"));
  CHECK_THAT(mistake(with + "{ vm \"a\" }"), Catch::Contains("did you mean vm \"name\" { ... }?"));
  CHECK_THAT(mistake(with + "{ vm \"a\" { 1, 2 } }"), Catch::Contains("expected a table"));
  CHECK_THAT(mistake(with + "{ vm \"a\" { cpus = \"3-1\" } }"), Catch::Contains("empty"));
  CHECK_THAT(mistake(with + "{ vm \"a\" { cpus = { \"x\" } } }"),
             Catch::Contains("neither a number nor a range"));
  CHECK_THAT(mistake(with + "{ vm \"a\" { cpus = 1024 } }"), Catch::Contains("out of range"));
  CHECK_THAT(mistake(with + "{ vm \"a\" { start = 5 } }"), Catch::Contains("needs a unit"));
  CHECK_THAT(mistake(with + "{ vm \"a\" { workload = workload \"x\" { arg = 1 } } }"),
             Catch::Contains("unknown key (known here: program, args, files)"));
  CHECK_THAT(mistake("machine = vm \"a\" {}"), Catch::Contains("belongs to vms"));
  const Experiment native = load("vms = { vm \"a\" {} }");
  REQUIRE(native.warnings.size() == 1);
  CHECK_THAT(native.warnings[0], Catch::Contains("vms.a.count means nothing"));
}
