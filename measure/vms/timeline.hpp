// Which VCPU ran on which CPU, when: a row of segments for each CPU, as the monitor's switches
// were seen.
#pragma once

#include <cstdint>
#include <vector>

namespace measure {

class Timeline {
 public:
  /// In place of a virtual machine's number: the CPU slept, or the monitor worked for nobody.
  static constexpr std::int32_t kNobody = -1;
  /// In place of it where segments were joined: several, too short to be told apart.
  static constexpr std::int32_t kSeveral = -2;

  struct Segment {
    std::uint32_t cpu = 0;
    std::int32_t vm = kNobody;
    std::uint64_t from = 0, to = 0;  // cycles
    bool operator==(const Segment&) const = default;
  };

  explicit Timeline(std::size_t most = 1'000'000) : most_{most} {}

  /// In the order of time on each CPU. A segment of the same machine as the one before, where that
  /// ended, prolongs it.
  void ran(std::uint32_t cpu, std::int32_t vm, std::uint64_t from, std::uint64_t to);

  /// By CPU, then by time.
  std::vector<Segment> segments() const;
  /// The same in at most about `most` segments: neighbours that are shorter than they must be are
  /// joined.
  std::vector<Segment> thinned(std::size_t most) const;
  /// Segments that came when there was no room any more.
  std::uint64_t left_out() const { return left_out_; }

 private:
  std::size_t most_, held_ = 0;
  std::vector<std::vector<Segment>> rows_;  // by CPU
  std::uint64_t left_out_ = 0;
};

}  // namespace measure
