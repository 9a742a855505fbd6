// A log-linear histogram of cycle counts: exact below 4096, within 1/128 above. Only ever added to;
// a phase is the difference of two readings.
#pragma once

#include <cstdint>
#include <vector>

namespace measure {

class Histogram {
 public:
  void add(std::uint64_t value);
  void add(const Histogram& more);
  /// Requires: `earlier` is an older reading of this histogram.
  Histogram since(const Histogram& earlier) const;

  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }  // of the values themselves, not of bins
  double mean() const;
  /// The smallest value that at least `share` (0 .. 1) of all values do not exceed, as the lower
  /// edge of its bin; 0 if empty.
  std::uint64_t quantile(double share) const;
  std::uint64_t least() const { return quantile(0); }
  std::uint64_t greatest() const { return quantile(1); }

  struct Bin {
    std::uint64_t low;    // values from here
    std::uint64_t width;  // how many different ones
    std::uint64_t count;
  };
  /// Bins that are not empty, ascending.
  std::vector<Bin> bins() const;

 private:
  std::vector<std::uint64_t> counts_;  // as long as the greatest value needs
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace measure
