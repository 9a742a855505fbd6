#include "machine/devices/disk/write_cache.hpp"

#include <algorithm>

#include "common/check.hpp"

namespace machine {

WriteCache::WriteCache(std::uint32_t capacity) : capacity_{capacity} {
  held_.reserve(capacity);
  free_.reserve(capacity);
  for (std::uint32_t n = capacity; n > 0; --n) free_.push_back(n - 1);
  buffers_.resize(capacity * kSectorBytes);
}

std::vector<WriteCache::Held>::const_iterator WriteCache::first_from(std::uint64_t sector) const {
  return std::lower_bound(held_.begin(), held_.end(), sector,
                          [](const Held& h, std::uint64_t s) { return h.sector < s; });
}

const std::byte* WriteCache::find(std::uint64_t sector) const {
  const auto at = first_from(sector);
  if (at == held_.end() || at->sector != sector) return nullptr;
  return buffers_.data() + at->buffer * kSectorBytes;
}

std::uint32_t WriteCache::room_for(std::uint64_t sector, std::uint64_t count) const {
  const auto here = first_from(sector + count) - first_from(sector);
  return static_cast<std::uint32_t>(count - static_cast<std::uint64_t>(here));
}

void WriteCache::write(std::uint64_t sector, std::span<const std::byte> data) {
  for (; !data.empty(); data = data.subspan(kSectorBytes), ++sector) {
    auto at = first_from(sector);
    if (at == held_.end() || at->sector != sector) {
      CHECK(!free_.empty());
      at = held_.insert(at, {sector, free_.back()});
      free_.pop_back();
    }
    std::copy_n(data.begin(), kSectorBytes, buffer(at->buffer).begin());
  }
}

void WriteCache::forget(std::uint64_t sector, std::uint64_t count) {
  const auto from = first_from(sector), to = first_from(sector + count);
  for (auto at = from; at != to; ++at) free_.push_back(at->buffer);
  held_.erase(from, to);
}

void WriteCache::drop(std::uint64_t sector, std::uint64_t count) { forget(sector, count); }

WriteCache::Run WriteCache::run_from(std::uint64_t from) const {
  CHECK(!held_.empty());
  auto at = first_from(from);
  if (at == held_.end()) at = held_.begin();
  Run run{at->sector, 0};
  for (; at != held_.end() && at->sector == run.sector + run.count; ++at) ++run.count;
  return run;
}

void WriteCache::destage(const Run& run, DiskMedium& medium) {
  for (std::uint64_t n = 0; n < run.count; ++n) {
    const std::byte* const data = find(run.sector + n);
    CHECK(data != nullptr);
    medium.write(run.sector + n, {data, kSectorBytes});
  }
  forget(run.sector, run.count);
}

void WriteCache::lose_power(std::uint64_t seed, DiskMedium& medium) {
  for (const Held& held : held_) {
    seed += 0x9e3779b97f4a7c15;  // SplitMix64
    std::uint64_t z = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    if ((z >> 63) != 0) medium.write(held.sector, buffer(held.buffer));
  }
  if (!held_.empty()) forget(0, held_.back().sector + 1);
}

// In the order of sectors: which buffer holds what is nobody's business.
void WriteCache::visit(StateVisitor& v, std::uint64_t end) {
  const StateSection section{v, "write_cache"};
  auto size = static_cast<std::uint64_t>(held_.size());
  v.word("size", size);
  if (v.is_restoring()) {
    if (!held_.empty()) forget(0, held_.back().sector + 1);
    size = std::min<std::uint64_t>(size, capacity());
  }
  for (std::uint64_t n = 0; n < size; ++n) {
    Held slot;
    if (!v.is_restoring()) slot = held_[n];
    v.word("sector", slot.sector);
    if (v.is_restoring()) slot.buffer = free_.back();
    v.bytes("data", buffer(slot.buffer));
    if (!v.is_restoring()) continue;
    // A damaged state must not make the order false.
    if (slot.sector >= end || (!held_.empty() && held_.back().sector >= slot.sector)) continue;
    held_.push_back(slot);
    free_.pop_back();
  }
}

}  // namespace machine
