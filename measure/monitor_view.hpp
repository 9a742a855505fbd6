// How the host looks at the monitor: its counters in memory, and what its marked program counters
// mean. Everything comes from the image's symbols and from disco/counters.def and disco/phases.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/counters.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/boot/boot.hpp"
#include "measure/episodes/episodes.hpp"

namespace measure {
using namespace common;

class MonitorView {
 public:
  /// Requires: `booted` came from config::boot_monitor. A kInput error if the image does not fit
  /// this program (no counters, an unknown phase).
  static Result<MonitorView, Error> of(const machine::Booted& booted);

  struct Mark {
    VirtAddr at;
    std::uint32_t number;  // into meanings() and mark_name()
  };
  const std::vector<Mark>& marks() const { return marks_; }
  const std::vector<TrackerSetup::Meaning>& meanings() const { return meanings_; }
  std::string_view mark_name(std::uint32_t number) const;

  /// The counters as they are in memory now, in the order of counter_infos().
  std::vector<std::uint64_t> read_counters(const machine::Machine& machine) const;

  /// Rows of disco/counters.def.
  static const std::vector<CounterInfo>& counter_infos();
  /// Buckets that phases count as, by number; 0 is what comes before the first mark.
  static const std::vector<std::string>& bucket_names();
  /// Operations by number; the first are those that no mark tells (EpisodeTracker).
  static const std::vector<std::string>& operation_names();
  /// Events by number, each named like the counter that the monitor keeps of it.
  static const std::vector<std::string>& event_names();
  /// The operation that emulating this privileged instruction is (R10000 UM 14).
  static std::size_t operation_of(std::uint32_t word);

 private:
  std::vector<Mark> marks_;
  std::vector<TrackerSetup::Meaning> meanings_;
  MachineAddr counters_;                  // CPU 0's block
  std::optional<MachineAddr> directory_;  // which says where the others' are
};

}  // namespace measure
