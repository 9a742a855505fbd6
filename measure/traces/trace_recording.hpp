// Records what a machine does into a trace file, from now until finish(). Recording changes nothing
// of the run: same instructions, same cycles, same digest.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine.hpp"
#include "measure/monitor_view.hpp"
#include "traces/format/text.hpp"
#include "traces/recorder.hpp"
#include "traces/writer.hpp"

namespace measure {
using namespace common;

struct TraceSetup {
  std::string producer;      // program and version
  traces::TextLines others;  // for the header: config-hash, experiment ...
  traces::WriterOptions writer;
  /// What a mark is called in the trace; nothing: by its id.
  std::function<std::uint32_t(const MarkEvent&)> mark_number = {};
  /// The monitor of the machine, which says what its CPUs run; null: there is none.
  const MonitorView* monitor = nullptr;
};

class TraceRecording final : public traces::StateSource {
 public:
  /// Observes all CPUs from here on. Writes the machine's present state. `others` go into the
  /// header (config-hash, experiment ...). The machine outlives this and must be between
  /// instructions. kInput errors of the file.
  static Result<std::unique_ptr<TraceRecording>, Error> start(machine::Machine& machine,
                                                              const std::string& path,
                                                              const TraceSetup& setup);
  /// Observes no more, and switches reference events off again.
  ~TraceRecording() override;

  /// What was taken so far.
  const traces::LiveMisses& live() const { return recorder_->live(); }
  /// Whether the file cannot be written: there is no sense in going on, and finish() says why.
  bool has_failed() const { return writer_->has_failed(); }
  std::uint64_t bytes_written() const { return writer_->bytes_written(); }
  std::uint64_t instructions() const { return writer_->instructions(); }

  /// Closes the file; it has its final name then.
  Result<Nothing, Error> finish();

  traces::TlbState tlb(CpuId cpu) override;
  traces::StateRecord context(CpuId cpu) override;

  /// Of marks at which the monitor changes what a CPU runs.
  static constexpr std::uint32_t kVcpuMark = 1 << 20;

 private:
  explicit TraceRecording(machine::Machine& machine) : machine_{machine} {}
  void follow_vcpus(const MonitorView& monitor);

  machine::Machine& machine_;
  std::unique_ptr<traces::Writer> writer_;
  std::unique_ptr<traces::Recorder> recorder_;
};

}  // namespace measure
