#include "measure/episodes/histogram.hpp"

#include <bit>
#include <cmath>

#include "common/check.hpp"

namespace measure {
namespace {

constexpr unsigned kExactBits = 12;  // values below 4096 have bins of their own
constexpr unsigned kSubBits = 7;     // above, 128 bins in each power of two
constexpr std::uint64_t kExact = std::uint64_t{1} << kExactBits;
constexpr std::uint64_t kSub = std::uint64_t{1} << kSubBits;

std::size_t bin_of(std::uint64_t value) {
  if (value < kExact) return value;
  const unsigned octave = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t within = (value >> (octave - kSubBits)) - kSub;
  return kExact + (octave - kExactBits) * kSub + within;
}

std::uint64_t low_of(std::size_t bin) {
  if (bin < kExact) return bin;
  const std::uint64_t octave = (bin - kExact) / kSub + kExactBits;
  return (kSub + (bin - kExact) % kSub) << (octave - kSubBits);
}

std::uint64_t width_of(std::size_t bin) {
  return bin < kExact ? 1 : std::uint64_t{1} << ((bin - kExact) / kSub + kExactBits - kSubBits);
}

}  // namespace

void Histogram::add(std::uint64_t value) {
  const std::size_t bin = bin_of(value);
  if (bin >= counts_.size()) counts_.resize(bin + 1);
  ++counts_[bin];
  ++count_;
  sum_ += value;
}

void Histogram::add(const Histogram& more) {
  if (more.counts_.size() > counts_.size()) counts_.resize(more.counts_.size());
  for (std::size_t i = 0; i < more.counts_.size(); ++i) counts_[i] += more.counts_[i];
  count_ += more.count_;
  sum_ += more.sum_;
}

Histogram Histogram::since(const Histogram& earlier) const {
  CHECK(earlier.counts_.size() <= counts_.size());
  Histogram difference = *this;
  for (std::size_t i = 0; i < earlier.counts_.size(); ++i)
    difference.counts_[i] -= earlier.counts_[i];
  difference.count_ -= earlier.count_;
  difference.sum_ -= earlier.sum_;
  return difference;
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t Histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
    seen += counts_[bin];
    if (counts_[bin] != 0 && seen >= wanted) return low_of(bin);
  }
  return 0;
}

std::vector<Histogram::Bin> Histogram::bins() const {
  std::vector<Bin> list;
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
    if (counts_[bin] != 0) list.push_back({low_of(bin), width_of(bin), counts_[bin]});
  }
  return list;
}

}  // namespace measure
