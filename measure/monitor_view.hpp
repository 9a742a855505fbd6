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
#include "measure/vms/monitor_directory.hpp"

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

  /// What the host does at a mark besides counting it: it asks what the CPU runs, or knows that it
  /// runs nobody from here on.
  enum class Attention : std::uint8_t { kNone, kAsk, kNobody };
  Attention attention_at(std::uint32_t number) const { return attention_.at(number); }
  /// Where the monitor says what runs; nothing if it does not.
  const std::optional<MonitorDirectory>& directory() const { return directory_; }

  /// The counters of all CPUs as they are in memory now, in the order of counter_infos().
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
  std::vector<Attention> attention_;
  MachineAddr counters_;  // of CPU 0
  std::optional<MonitorDirectory> directory_;
};

}  // namespace measure
