// A fake machine recorded into a file.
#pragma once

#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/traces/fake_machine.hpp"
#include "tests/traces/temporary.hpp"
#include "traces/reader.hpp"
#include "traces/recorder.hpp"

namespace test {

struct RecordingOptions {
  FakeConfig machine;
  std::uint64_t warm_up = 2000;
  std::uint64_t instructions = 20000;
  std::uint64_t block_instructions = 3000;
};

struct Recorded {
  traces::LiveMisses live;  // of the recorded part, counted by the machine
  std::uint64_t references = 0;
};

inline traces::LiveMisses difference(const traces::LiveMisses& a, const traces::LiveMisses& b) {
  traces::LiveMisses d = a;
  for (unsigned m = 0; m < 3; ++m) {
    for (unsigned k = 0; k < 3; ++k) d.refills[m][k] -= b.refills[m][k];
  }
  d.invalids -= b.invalids;
  d.modifieds -= b.modifieds;
  return d;
}

inline Recorded record(const RecordingOptions& options, const std::string& path) {
  FakeMachine machine{options.machine};
  machine.run(options.warm_up);
  traces::TraceHeader header;
  header.producer = "a test";
  header.cpus = options.machine.cpus;
  header.clock_hz = 200'000'000;
  header.tlb_entries = options.machine.tlb.entries;
  header.random_is_lfsr = options.machine.tlb.random == mmu::RandomKind::kLfsr;
  header.others.add("config-hash", "0123abcd");
  auto writer =
      traces::Writer::create(path, header, {.block_instructions = options.block_instructions});
  REQUIRE(writer);
  const traces::LiveMisses before = machine.misses();
  traces::Recorder recorder{**writer, machine, options.machine.cpus};
  machine.observe(&recorder);
  machine.run(options.instructions);
  const auto closed = (*writer)->close(recorder.totals());
  REQUIRE(closed);
  const traces::LiveMisses live = difference(machine.misses(), before);
  CHECK(recorder.live() == live);
  return {live, machine.references()};
}

inline std::unique_ptr<traces::Reader> open(const std::string& path) {
  auto reader = traces::Reader::open(path);
  if (!reader) FAIL(reader.error().message());
  return std::move(*reader);
}

}  // namespace test
