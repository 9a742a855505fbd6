#include "machine/devices/disk/disk_drive.hpp"

#include <algorithm>
#include <utility>

#include "common/check.hpp"

namespace machine {

DiskDrive::DiskDrive(const Setup& setup, DiskMedium medium, numa::Clock clock,
                     numa::EventQueue& events, DiskClient& client)
    : mechanics_{setup.timing, medium.sectors()},
      medium_{std::move(medium)},
      cache_{setup.cache_sectors},
      clock_{clock},
      events_{events},
      source_{events.add_source(*this, 1)},
      client_{client},
      caching_{setup.cache_sectors > 0} {}

bool DiskDrive::submit(const DiskRequest& request, Cycles at) {
  CHECK(request.count <= sectors() && request.sector <= sectors() - request.count);
  if (count_ == kMostRequests) return false;
  waiting_[(first_ + count_) % kMostRequests] = request;
  ++count_;
  if (activity_ == Activity::kIdle) begin(at);
  return true;
}

void DiskDrive::abandon() {
  // What the arm is doing it goes on doing; the platters do not care who asked.
  const bool serving = activity_ == Activity::kServing;
  count_ = serving ? 1 : 0;
  abandoned_ = serving;
}

// ---- what comes next

void DiskDrive::begin(Cycles at) {
  activity_ = Activity::kIdle;
  if (count_ == 0 || must_destage_before(front())) {
    if (!cache_.is_empty()) begin_destaging(at);
    return;
  }
  schedule(Activity::kServing, at, service(front(), at));
}

bool DiskDrive::goes_to_cache(const DiskRequest& request) const {
  return caching_ && request.count <= cache_.capacity();
}

bool DiskDrive::must_destage_before(const DiskRequest& request) const {
  switch (request.kind) {
    case DiskRequest::Kind::kRead: return false;
    case DiskRequest::Kind::kFlush: return !cache_.is_empty();
    case DiskRequest::Kind::kWrite: break;
  }
  if (!goes_to_cache(request)) return !caching_ && !cache_.is_empty();
  return cache_.room_for(request.sector, request.count) > cache_.free();
}

bool DiskDrive::is_cached(const DiskRequest& request) const {
  return cache_.room_for(request.sector, request.count) == 0;
}

numa::Nanoseconds DiskDrive::service(const DiskRequest& request, Cycles at) {
  const std::uint64_t bytes = request.count * kSectorBytes;
  to_cache_ = request.kind == DiskRequest::Kind::kWrite && goes_to_cache(request);
  const bool from_memory = request.count == 0 || to_cache_ ||
                           (request.kind == DiskRequest::Kind::kRead && is_cached(request));
  if (from_memory) {
    ++statistics_.cache_answers;
    return mechanics_.from_cache(bytes);
  }
  const numa::Nanoseconds overhead =
      mechanics_.timing().is_instant ? 0 : mechanics_.timing().overhead;
  return overhead + access_medium(request.sector, request.count, clock_.nanoseconds(at) + overhead);
}

numa::Nanoseconds DiskDrive::access_medium(std::uint64_t sector, std::uint64_t count,
                                           numa::Nanoseconds at) {
  const DiskMechanics::Access access = mechanics_.access(arm_, sector, count, at);
  statistics_.positioning += access.positioning;
  statistics_.rotation += access.rotation;
  statistics_.transfer += access.transfer;
  return access.total();
}

void DiskDrive::begin_destaging(Cycles at) {
  const DiskTiming& t = mechanics_.timing();
  const std::uint64_t beside =
      (arm_.cylinder * t.heads + arm_.head) * t.sectors_per_track + arm_.sector;
  run_ = cache_.run_from(beside);
  schedule(Activity::kDestaging, at,
           access_medium(run_.sector, run_.count, clock_.nanoseconds(at)));
}

void DiskDrive::schedule(Activity activity, Cycles at, numa::Nanoseconds duration) {
  activity_ = activity;
  // Through absolute time, so that roundings do not add up.
  const Cycles due = clock_.cycles(clock_.nanoseconds(at) + duration);
  events_.schedule(source_, std::max(due, at), 0);
}

// ---- what has happened

void DiskDrive::on_event(Cycles at, std::uint64_t) {
  if (activity_ == Activity::kServing) {
    complete(at);
  } else if (activity_ == Activity::kDestaging) {
    cache_.destage(run_, medium_);
    ++statistics_.destages;
    statistics_.sectors_destaged += run_.count;
    run_ = {};
  }
  begin(at);
}

void DiskDrive::complete(Cycles at) {
  const DiskRequest request = front();
  if (!std::exchange(abandoned_, false)) {
    switch (request.kind) {
      case DiskRequest::Kind::kRead:
        ++statistics_.reads;
        statistics_.sectors_read += request.count;
        break;
      case DiskRequest::Kind::kWrite:
        ++statistics_.writes;
        statistics_.sectors_written += request.count;
        break;
      case DiskRequest::Kind::kFlush: ++statistics_.flushes; break;
    }
    // The client may submit while it hears of this one, which stays in front until then.
    client_.disk_done(request, at);
  }
  to_cache_ = false;
  // Nothing was being served only in a damaged state.
  if (count_ == 0) return;
  first_ = (first_ + 1) % kMostRequests;
  --count_;
}

void DiskDrive::read(std::uint64_t sector, std::span<std::byte> out) const {
  for (; !out.empty(); out = out.subspan(kSectorBytes), ++sector) {
    const std::byte* const newest = cache_.find(sector);
    const std::byte* const from = newest != nullptr ? newest : medium_.read(sector, 1).data();
    std::copy_n(from, kSectorBytes, out.begin());
  }
}

void DiskDrive::write(std::uint64_t sector, std::span<const std::byte> in) {
  if (to_cache_) return cache_.write(sector, in);
  cache_.drop(sector, in.size() / kSectorBytes);
  medium_.write(sector, in);
}

void DiskDrive::settle() {
  while (!cache_.is_empty()) cache_.destage(cache_.run_from(0), medium_);
}

void DiskDrive::lose_power(std::uint64_t seed) { cache_.lose_power(seed, medium_); }

void DiskDrive::visit(StateVisitor& v) {
  const StateSection section{v, "drive"};
  medium_.visit(v);
  cache_.visit(v, sectors());
  v.field("first", first_);
  v.field("count", count_);
  v.field("activity", activity_);
  v.field("caching", caching_);
  v.field("to_cache", to_cache_);
  v.field("abandoned", abandoned_);
  v.word("run_sector", run_.sector);
  v.word("run_count", run_.count);
  v.word("arm_cylinder", arm_.cylinder);
  v.field("arm_head", arm_.head);
  v.field("arm_sector", arm_.sector);
  for (DiskRequest& request : waiting_) {
    v.field("kind", request.kind);
    v.word("sector", request.sector);
    v.word("count", request.count);
    v.word("tag", request.tag);
  }
  const StateSection counted{v, "statistics"};
  for (std::uint64_t DiskStatistics::*const one :
       {&DiskStatistics::reads, &DiskStatistics::writes, &DiskStatistics::flushes,
        &DiskStatistics::sectors_read, &DiskStatistics::sectors_written,
        &DiskStatistics::cache_answers, &DiskStatistics::destages,
        &DiskStatistics::sectors_destaged, &DiskStatistics::positioning, &DiskStatistics::rotation,
        &DiskStatistics::transfer}) {
    v.word("", statistics_.*one);
  }
  if (v.is_restoring()) mend();
}

// A damaged state must not break what the rest relies on.
void DiskDrive::mend() {
  first_ %= kMostRequests;
  count_ = std::min(count_, kMostRequests);
  for (DiskRequest& request : waiting_) {
    const bool fits = request.count <= sectors() && request.sector <= sectors() - request.count;
    if (!fits || request.kind > DiskRequest::Kind::kFlush) request = {};
  }
  caching_ = caching_ && cache_.capacity() > 0;
  const DiskRequest& current = front();
  to_cache_ = to_cache_ && current.kind == DiskRequest::Kind::kWrite &&
              cache_.room_for(current.sector, current.count) <= cache_.free();
  const bool held = run_.count <= cache_.size() && run_.sector <= sectors() &&
                    cache_.room_for(run_.sector, run_.count) == 0;
  if (!held) run_ = {};
  arm_.cylinder %= mechanics_.cylinders();
  arm_.head %= mechanics_.timing().heads;
  arm_.sector %= mechanics_.timing().sectors_per_track;
  if (events_.outstanding(source_) == 0 || activity_ > Activity::kDestaging) {
    events_.cancel(source_);
    activity_ = Activity::kIdle;
  } else if (activity_ == Activity::kIdle) {
    events_.cancel(source_);
  }
}

}  // namespace machine
