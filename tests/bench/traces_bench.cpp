// traces/, per reference (items/s). The trace is that of a program that strides, with its misses.
//   traces/write/zstd3     records to a file
//   traces/read            a file to records
//   traces/replay          a file through mmu::Tlb
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "measure/traces/replay.hpp"
#include "tests/traces/fake_machine.hpp"
#include "traces/reader.hpp"

using namespace common;

namespace {

constexpr std::uint64_t kInstructions = 2'000'000;

std::string file_name() { return "/tmp/disco-traces-bench-" + std::to_string(::getpid()) + ".dtz"; }

/// Returns the number of references.
std::uint64_t write_trace(const std::string& path) {
  test::FakeMachine machine{{.regular = true}};
  auto writer = traces::Writer::create(path, traces::TraceHeader{});
  if (!writer) return 0;
  traces::Recorder recorder{**writer, machine, 1};
  machine.observe(&recorder);
  machine.run(kInstructions);
  const auto closed = (*writer)->close(recorder.totals());
  return closed ? machine.references() : 0;
}

void write(benchmark::State& state) {
  std::uint64_t references = 0;
  for (auto _ : state) {
    references += write_trace(file_name());
    std::remove(file_name().c_str());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(references));
}

void read(benchmark::State& state) {
  const std::uint64_t references = write_trace(file_name());
  const auto reader = traces::Reader::open(file_name());
  traces::RecordSink nobody;
  for (auto _ : state) {
    if (!(*reader)->read_all(nobody)) state.SkipWithError("cannot be read");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(references) *
                          static_cast<std::int64_t>(state.iterations()));
  std::remove(file_name().c_str());
}

void replay(benchmark::State& state) {
  const std::uint64_t references = write_trace(file_name());
  const auto reader = traces::Reader::open(file_name());
  for (auto _ : state) {
    const auto report = measure::replay_trace(**reader, {});
    if (!report || report->diverged()) state.SkipWithError("diverged");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(references) *
                          static_cast<std::int64_t>(state.iterations()));
  std::remove(file_name().c_str());
}

BENCHMARK(write)->Name("traces/write/zstd3")->Unit(benchmark::kMillisecond);
BENCHMARK(read)->Name("traces/read")->Unit(benchmark::kMillisecond);
BENCHMARK(replay)->Name("traces/replay")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
