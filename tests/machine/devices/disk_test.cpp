// A disk drive against arithmetic by hand, a second model of its mechanics, and a model of what a
// disk remembers.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "machine/devices/disk/disk_drive.hpp"
#include "machine/devices/disk/image_mapping.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace machine;
using namespace numa;

namespace {

constexpr std::uint64_t kHz = 400'000'000;
using Kind = DiskRequest::Kind;

/// Keeps what it reads and writes what it is told to.
struct Client : DiskClient {
  DiskDrive* drive = nullptr;
  std::map<std::uint64_t, std::uint8_t> to_write;  // by tag: what fills the sectors
  std::map<std::uint64_t, std::vector<std::byte>> was_read;
  std::vector<std::pair<std::uint64_t, Cycles>> done;  // tag and when

  void disk_done(const DiskRequest& r, Cycles at) override {
    std::vector<std::byte> data(r.count * kSectorBytes);
    if (r.kind == Kind::kRead) {
      drive->read(r.sector, data);
      was_read[r.tag] = data;
    } else if (r.kind == Kind::kWrite) {
      std::fill(data.begin(), data.end(), std::byte{to_write[r.tag]});
      drive->write(r.sector, data);
    }
    done.emplace_back(r.tag, at);
  }
};

struct Rig {
  EventQueue events;
  Client client;
  DiskDrive drive;
  explicit Rig(const DiskDrive::Setup& setup, std::uint64_t sectors = 100'000)
      : drive{setup, DiskMedium::blank(sectors), Clock{kHz}, events, client} {
    client.drive = &drive;
  }
  /// Everything that is due up to a cycle.
  void run_until(Cycles at) { events.deliver(at); }
  void run_all() {
    while (events.next() != Cycles::never()) events.deliver(events.next());
  }
  Cycles time_of(const DiskRequest& r, Cycles at) {
    REQUIRE(drive.submit(r, at));
    while (client.done.empty() || client.done.back().first != r.tag) events.deliver(events.next());
    return client.done.back().second - at;
  }
};

DiskDrive::Setup without_cache() { return {.timing = {}, .cache_sectors = 0}; }

Cycles ms(double milliseconds) { return Cycles{static_cast<std::uint64_t>(milliseconds * 4e5)}; }

bool is_near(Cycles a, Cycles b) {
  const auto difference = a > b ? a - b : b - a;
  return difference <= Cycles{2};
}

}  // namespace

TEST_CASE("Disk mechanics: seek, rotation and transfer as computed by hand", "[numa][disk]") {
  // 4,002 rpm: 14.992503 ms a revolution, 72 slots of 0.208229 ms. Track skew 1.6 ms = 8 slots;
  // cylinder skew 3.64 ms = 18.
  const DiskMechanics m{DiskTiming{}, 72 * 19 * 1962};
  CHECK(m.cylinders() == 1962);
  CHECK(m.revolution() == 14'992'503);
  CHECK(m.seek(5, 5) == 0);
  CHECK(m.seek(0, 1) == 3'640'000);
  CHECK(m.seek(100, 0) == 3'240'000 + 4'000'000);
  CHECK(m.seek(0, 383) == 8'000'000 + 383 * 8'000);
  CHECK(m.seek(1961, 0) == 8'000'000 + 1961 * 8'000);
  CHECK(m.place_of(72 * 19 + 72 + 3) == DiskMechanics::Place{1, 1, 3});

  DiskMechanics::Place arm;
  auto a = m.access(arm, 10, 1, 0);  // the arm is there, and slot 10 is ten slots away
  CHECK(a.positioning == 0);
  CHECK(a.rotation == 2'082'293);
  CHECK(a.transfer == 208'229);
  a = m.access(arm, 10, 1, 2'082'293 + 208'230);  // just missed: all of a revolution but one slot
  CHECK(a.rotation == 14'992'503 - 208'230);

  // Cylinder 100 from 0: 7.24 ms. Its first sector is 100 * (18 * 8 + 18) mod 72 = 0 slots on.
  arm = {};
  a = m.access(arm, 72 * 19 * 100, 72, 0);
  CHECK(a.positioning == 7'240'000);
  CHECK(a.rotation == 14'992'503 - 7'240'000);
  CHECK(a.transfer == 14'992'503);
  CHECK(arm == DiskMechanics::Place{100, 0, 71});

  // Two tracks in one piece: the second begins when the heads have switched, 8 slots later.
  arm = {};
  a = m.access(arm, 0, 144, 0);
  CHECK(a.rotation == 0);
  CHECK(a.transfer == 2 * 14'992'503 + 1'665'834);
}

TEST_CASE("Disk mechanics: agrees with a second model in floating point", "[numa][disk]") {
  const std::uint64_t seed = 20261121;
  std::mt19937_64 random{seed};
  INFO("seed " << seed);
  for (unsigned n = 0; n < 20'000; ++n) {
    DiskTiming t;
    t.rpm = 3600 + static_cast<std::uint32_t>(random() % 12'000);
    t.heads = 1 + static_cast<std::uint32_t>(random() % 20);
    t.sectors_per_track = 8 + static_cast<std::uint32_t>(random() % 200);
    const DiskMechanics m{t, 1'000'000};
    const double turn = 60e9 / t.rpm, slot = turn / t.sectors_per_track;
    const auto skew = [&](double span) {
      return std::ceil(span / turn * t.sectors_per_track - 1e-6);
    };
    const double track_skew = skew(1.6e6), cylinder_skew = skew(3.64e6);

    const std::uint64_t from = random() % 1'000'000, to = random() % 999'999,
                        start = random() % 10'000'000'000;
    DiskMechanics::Place arm = m.place_of(from);
    const auto a = m.access(arm, to, 1, start);
    const double d = std::abs(static_cast<double>(to / t.sectors_per_track / t.heads) -
                              static_cast<double>(from / t.sectors_per_track / t.heads));
    const bool other_head = to / t.sectors_per_track != from / t.sectors_per_track;
    const double move = d == 0    ? (other_head ? 1.6e6 : 0)
                        : d < 383 ? 3.24e6 + 0.4e6 * std::sqrt(d)
                                  : 8e6 + 8e3 * d;
    CHECK(std::abs(static_cast<double>(a.positioning) - move) < 3);
    const double cylinder = static_cast<double>(to / t.sectors_per_track / t.heads);
    const double head = static_cast<double>(to / t.sectors_per_track % t.heads);
    const double skewed = static_cast<double>(to % t.sectors_per_track) +
                          track_skew * (head + cylinder * (t.heads - 1)) + cylinder_skew * cylinder;
    const double angle = std::fmod(skewed, t.sectors_per_track) * slot;
    const double whole = std::floor(turn);  // the model's revolution, in nanoseconds
    double wait = angle - std::fmod(static_cast<double>(start) + move, whole);
    if (wait < -60) wait += whole;
    const double off = std::abs(static_cast<double>(a.rotation) - wait);
    // A sector that has just begun may be caught or missed by a rounding.
    CHECK((off < 80 || std::abs(off - whole) < 200));
    CHECK(std::abs(static_cast<double>(a.transfer) - slot) < 3);
  }
}

TEST_CASE("Disk drive: a request takes overhead, seek, rotation and transfer", "[numa][disk]") {
  Rig rig{without_cache()};
  // 1.1 ms overhead; slot 36 begins at 7.496252 ms; it takes a slot.
  CHECK(is_near(rig.time_of({Kind::kRead, 36, 1, 1}, Cycles{0}), ms(7.496252 + 0.208229)));
  // From cylinder 0 to 10 at 20 ms: 1.1 + 3.24 + 0.4 * sqrt(10) = 5.604911; the sector's angle is
  // 10 * (8 * 18 + 18) mod 72 = 36 slots = 7.496252; at 25.604911 the platter is at 10.612408.
  const double wait = 7.496252 + 14.992503 - 10.612408;
  CHECK(is_near(rig.time_of({Kind::kRead, 72 * 19 * 10, 1, 2}, ms(20)),
                ms(5.604911 + wait + 0.208229)));
  // Nothing to do: a flush without a cache is the controller's overhead.
  CHECK(is_near(rig.time_of({Kind::kFlush, 0, 0, 3}, ms(100)), ms(1.1)));
}

TEST_CASE(
    "Disk drive: the write cache answers at the speed of the bus, a flush waits for the medium",
    "[numa][disk]") {
  Rig rig{{.timing = {}, .cache_sectors = 256}};
  rig.client.to_write = {{1, 0x11}, {2, 0x22}};
  // 8 sectors: 1.1 ms + 4,096 bytes at 10 MB/s.
  REQUIRE(rig.drive.submit({Kind::kWrite, 5000, 8, 1}, Cycles{0}));
  REQUIRE(rig.drive.submit({Kind::kFlush, 0, 0, 2}, Cycles{0}));
  rig.run_all();
  REQUIRE(rig.client.done.size() == 2);
  CHECK(is_near(rig.client.done[0].second, ms(1.1 + 0.4096)));
  const auto& s = rig.drive.statistics();
  CHECK(s.destages == 1);
  CHECK(s.sectors_destaged == 8);
  const Cycles medium{(s.positioning + s.rotation + s.transfer) * 2 / 5};
  CHECK(is_near(rig.client.done[1].second, rig.client.done[0].second + medium + ms(1.1)));
  // What lies in the cache need not be fetched: 4 sectors over the bus, before it is destaged.
  rig.client.to_write[3] = 0x33;
  const auto before = s.cache_answers;
  REQUIRE(rig.drive.submit({Kind::kWrite, 70'000, 4, 3}, ms(1000)));
  REQUIRE(rig.drive.submit({Kind::kRead, 70'000, 4, 4}, ms(1000)));
  rig.run_all();
  CHECK(s.cache_answers == before + 2);
  REQUIRE(rig.client.done.size() == 4);
  CHECK(is_near(rig.client.done[3].second, rig.client.done[2].second + ms(1.1 + 0.2048)));
}

TEST_CASE("Disk drive: reads give what was written last, wherever it is", "[numa][disk]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  std::mt19937 random{seed};
  const std::uint32_t cache = std::vector<std::uint32_t>{0, 16, 300}[random() % 3];
  Rig rig{{.timing = {.is_instant = random() % 2 == 0}, .cache_sectors = cache}, 1000};
  std::vector<std::uint8_t> truth(1000, 0);
  Cycles at{0};
  for (std::uint64_t tag = 1; tag < 3000; ++tag) {
    const std::uint64_t sector = random() % 990, count = 1 + random() % 10;
    const auto kind = static_cast<Kind>(random() % 3);
    if (random() % 50 == 0) rig.drive.set_write_cache(random() % 2 == 0);
    rig.client.to_write[tag] = static_cast<std::uint8_t>(random());
    REQUIRE(rig.drive.submit(
        {kind, kind == Kind::kFlush ? 0 : sector, kind == Kind::kFlush ? 0 : count, tag}, at));
    if (kind == Kind::kWrite)
      std::fill_n(truth.begin() + static_cast<std::ptrdiff_t>(sector), count,
                  rig.client.to_write[tag]);
    if (kind == Kind::kRead || random() % 4 == 0) {
      while (rig.client.done.size() < tag) rig.run_until(rig.events.next());
      at = std::max(at, rig.client.done.back().second) + Cycles{random() % 10'000'000};
      rig.run_until(at);
    }
    if (kind != Kind::kRead) continue;
    for (std::uint64_t n = 0; n < count; ++n)
      REQUIRE(rig.client.was_read[tag][n * kSectorBytes + 17] == std::byte{truth[sector + n]});
  }
  rig.run_all();
  rig.drive.settle();
  for (std::uint64_t n = 0; n < 1000; ++n)
    REQUIRE(rig.drive.medium().read(n, 1)[5] == std::byte{truth[n]});
}

TEST_CASE("Disk drive: a power cut loses any unflushed sectors and nothing that was flushed",
          "[numa][disk]") {
  std::size_t lost = 0, kept = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random{seed};
    Rig rig{{.timing = {}, .cache_sectors = 64}, 400};
    // Of each sector: what a flush has made safe, and what was acknowledged since, oldest first.
    std::map<std::uint64_t, std::uint8_t> safe;
    std::map<std::uint64_t, std::vector<std::uint8_t>> since;
    const std::uint64_t requests = 5 + random() % 40;
    Cycles at{0};
    for (std::uint64_t tag = 1; tag <= requests; ++tag) {
      const bool flush = random() % 5 == 0;
      const std::uint64_t sector = random() % 390, count = 1 + random() % 10;
      rig.client.to_write[tag] = static_cast<std::uint8_t>(1 + random() % 255);
      REQUIRE(rig.drive.submit(flush ? DiskRequest{Kind::kFlush, 0, 0, tag}
                                     : DiskRequest{Kind::kWrite, sector, count, tag},
                               at));
      // Served in order, so that what waits may count as done once the last is.
      if (tag == requests || random() % 8 == 0) {
        while (rig.client.done.size() < tag) rig.run_until(rig.events.next());
        at = rig.client.done.back().second;
      }
      if (flush) {
        for (const auto& [where, what] : since) safe[where] = what.back();
        since.clear();
      } else {
        for (std::uint64_t n = 0; n < count; ++n)
          since[sector + n].push_back(rig.client.to_write[tag]);
      }
    }
    // At once, or after a while of destaging.
    if (seed % 2 == 0) rig.run_until(at + Cycles{random() % 6'000'000});
    rig.drive.lose_power(seed);
    for (std::uint64_t sector = 0; sector < 400; ++sector) {
      const auto found = std::to_integer<std::uint8_t>(rig.drive.medium().read(sector, 1)[100]);
      const auto sure = safe.find(sector);
      const std::uint8_t old = sure == safe.end() ? 0 : sure->second;
      const auto newer = since.find(sector);
      const bool is_newer =
          newer != since.end() &&
          std::find(newer->second.begin(), newer->second.end(), found) != newer->second.end();
      REQUIRE((found == old || is_newer));
      if (newer == since.end()) continue;
      (is_newer && found == newer->second.back() ? kept : lost) += 1;
    }
  }
  // Both happen, or the test shows nothing.
  CHECK(lost > 1000);
  CHECK(kept > 1000);
}

TEST_CASE("Disk drive: its state in the middle of anything goes on as it would have",
          "[numa][disk]") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random{seed};
    const DiskDrive::Setup setup{.timing = {}, .cache_sectors = 32};
    Rig one{setup, 300}, two{setup, 300};
    for (std::uint64_t tag = 1; tag <= 12; ++tag) {
      const bool read = random() % 3 == 0;
      one.client.to_write[tag] = static_cast<std::uint8_t>(tag);
      one.drive.submit({read ? Kind::kRead : Kind::kWrite, random() % 290, 1 + random() % 10, tag},
                       Cycles{0});
    }
    one.run_until(Cycles{random() % 20'000'000});
    two.client.to_write = one.client.to_write;
    const auto queue = test::take_state(one.events), state = test::take_state(one.drive);
    test::StateGiver events{queue}, drive{state};
    two.events.visit(events);
    two.drive.visit(drive);
    CHECK((test::take_state(two.drive) == state));
    const std::size_t already = one.client.done.size();
    one.run_all();
    two.run_all();
    one.client.done.erase(one.client.done.begin(),
                          one.client.done.begin() + static_cast<std::ptrdiff_t>(already));
    CHECK(two.client.done == one.client.done);
    CHECK((test::take_state(two.drive) == test::take_state(one.drive)));
  }
}

TEST_CASE("Disk drive: a damaged state is mended", "[numa][disk]") {
  std::mt19937_64 random{7};
  const DiskDrive::Setup setup{.timing = {}, .cache_sectors = 32};
  for (unsigned n = 0; n < 300; ++n) {
    Rig from{setup, 300}, to{setup, 300};
    for (std::uint64_t tag = 1; tag <= 6; ++tag) {
      from.client.to_write[tag] = 1;
      from.drive.submit({Kind::kWrite, random() % 290, 1 + random() % 10, tag}, Cycles{0});
    }
    from.run_until(Cycles{random() % 20'000'000});
    auto state = test::take_state(from.drive);
    const std::size_t behind_medium = 300 * kSectorBytes;
    for (unsigned k = 0; k < 3; ++k) {
      auto& word = state[behind_medium + random() % (state.size() - behind_medium)];
      word = random() % 2 == 0 ? random() : word ^ 1ull << random() % 64;
    }
    state.resize(state.size() + 100'000);  // a larger count than there are words
    test::StateGiver events{test::take_state(from.events)}, drive{state};
    to.events.visit(events);
    to.drive.visit(drive);
    to.run_all();
    to.drive.settle();
    // It has come to rest, holds a disk of the same size, and keeps what it is given.
    INFO("round " << n);
    REQUIRE(to.events.next() == Cycles::never());
    REQUIRE(to.drive.medium().sectors() == 300);
    constexpr std::uint64_t kWrite = 100, kFlush = 101, kRead = 102;
    const std::uint64_t sector = random() % 297;
    const Cycles later{40'000'000'000};
    to.client.to_write[kWrite] = static_cast<std::uint8_t>(n);
    REQUIRE(to.drive.submit({Kind::kWrite, sector, 3, kWrite}, later));
    to.run_all();
    REQUIRE(to.drive.submit({Kind::kFlush, 0, 0, kFlush}, later + ms(1000)));
    to.run_all();
    REQUIRE(to.drive.submit({Kind::kRead, sector, 3, kRead}, later + ms(2000)));
    to.run_all();
    const std::vector<std::byte> kept(3 * kSectorBytes, static_cast<std::byte>(n));
    REQUIRE(to.client.was_read[kRead] == kept);
    const auto on_medium = to.drive.medium().read(sector, 3);
    REQUIRE(std::equal(kept.begin(), kept.end(), on_medium.begin(), on_medium.end()));
  }
}

TEST_CASE("Disk medium: an image that cannot be written is told with its reason, once and for good",
          "[numa][disk]") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("disco-full-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "image").string();
  std::ofstream{path, std::ios::binary} << std::string(4 * kSectorBytes, 'x');
  auto medium = DiskMedium::open(path, DiskMedium::Access::kWriteBack);
  REQUIRE(medium);
  const std::vector<std::byte> data(2 * kSectorBytes, std::byte{'y'});
  // No byte of a file beyond its second sector and a half: of two sectors the first half of one
  // fits.
  rlimit old{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{kSectorBytes * 5 / 2, old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  medium->write(0, data);
  const bool failed_early = medium->failure().has_value();
  medium->write(2, data);
  const std::optional<Error> failure = medium->failure();
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old) == 0);
  std::signal(SIGXFSZ, ignored);
  CHECK_FALSE(failed_early);
  REQUIRE(failure);
  CHECK(failure->code == ErrorCode::kInput);
  CHECK(failure->message().find(path) != std::string::npos);
  CHECK(failure->message().find("cannot be written: File too large") != std::string::npos);
  // The machine goes on with what it wrote; the file gets no more, though it could.
  CHECK(medium->read(2, 1)[0] == std::byte{'y'});
  medium->write(1, std::vector<std::byte>(kSectorBytes, std::byte{'z'}));
  CHECK(medium->failure()->message() == failure->message());
  std::ifstream file{path, std::ios::binary};
  const std::string kept{std::istreambuf_iterator<char>{file}, {}};
  CHECK(kept == std::string(kSectorBytes * 5 / 2, 'y') + std::string(kSectorBytes * 3 / 2, 'x'));
  std::filesystem::remove_all(folder);
}

TEST_CASE("Disk medium: images are files of whole sectors", "[numa][disk]") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("disco-disk-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "image").string();
  const auto make = [&](std::size_t bytes) {
    std::ofstream{path, std::ios::binary} << std::string(bytes, 'x');
  };
  const auto says = [&](const Result<DiskMedium, Error>& opened, const char* what) {
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message().find(what) != std::string::npos);
    CHECK(opened.error().message().find(path) != std::string::npos);
  };
  says(DiskMedium::open(path, DiskMedium::Access::kSnapshot), "cannot be opened");
  make(0);
  says(DiskMedium::open(path, DiskMedium::Access::kSnapshot), "0 bytes");
  make(1000);
  says(DiskMedium::open(path, DiskMedium::Access::kSnapshot), "multiple of 512");
  make(1024);
  const std::vector<std::byte> data(kSectorBytes, std::byte{'y'});
  const auto in_file = [&] {
    std::ifstream file{path, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  };
  {
    auto snapshot = DiskMedium::open(path, DiskMedium::Access::kSnapshot);
    REQUIRE(snapshot);
    CHECK(snapshot->sectors() == 2);
    snapshot->write(1, data);
    CHECK(snapshot->read(1, 1)[3] == std::byte{'y'});
    CHECK(in_file() == std::string(1024, 'x'));
  }
  {
    auto kept = DiskMedium::open(path, DiskMedium::Access::kWriteBack);
    REQUIRE(kept);
    kept->write(1, data);
    CHECK_FALSE(kept->failure());
  }
  CHECK(in_file() == std::string(512, 'x') + std::string(512, 'y'));
  std::filesystem::remove_all(folder);
}

TEST_CASE("Disk medium: an image that is written is nobody else's", "[numa][disk]") {
  using Access = DiskMedium::Access;
  const auto folder =
      std::filesystem::temp_directory_path() / ("disco-lock-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "image").string(), other = (folder / "link").string();
  const std::string soft = (folder / "soft").string(), pipe = (folder / "pipe").string();
  std::ofstream{path, std::ios::binary} << std::string(1024, 'x');
  std::filesystem::create_hard_link(path, other);
  std::filesystem::create_symlink(path, soft);
  const auto refused = [](const std::string& name, Access access) {
    const auto opened = DiskMedium::open(name, access);
    return !opened && opened.error().code == ErrorCode::kInput &&
           opened.error().message().find("another disk or another run") != std::string::npos;
  };
  {
    const auto writer = DiskMedium::open(path, Access::kWriteBack);
    REQUIRE(writer);
    for (const std::string& name : {path, other, soft}) {
      CHECK(refused(name, Access::kWriteBack));
      CHECK(refused(name, Access::kSnapshot));
      CHECK(refused(name, Access::kReadOnly));
    }
  }
  {
    const auto reader = DiskMedium::open(path, Access::kSnapshot);
    REQUIRE(reader);
    CHECK(DiskMedium::open(other, Access::kReadOnly));
    CHECK(DiskMedium::open(soft, Access::kSnapshot));
    CHECK(refused(other, Access::kWriteBack));
  }
  CHECK(DiskMedium::open(other, Access::kWriteBack));
  // A pipe is refused, not waited for.
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto opened = DiskMedium::open(pipe, Access::kSnapshot);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what == "is not a file");
  std::filesystem::remove_all(folder);
}

namespace {

/// The pieces that a visitor is told to look at.
class PiecesSeen final : public StateVisitor {
 public:
  std::vector<std::uint64_t> pieces;

  void enter(std::string_view) override {}
  void leave() override {}
  void word(std::string_view, std::uint64_t&) override {}
  void bytes(std::string_view, std::span<std::byte>) override { pieces.push_back(~0ULL); }
  void sparse_bytes(std::string_view, std::span<std::byte> data, UsedPieces& used) override {
    for (std::uint64_t at = used.next(0); at < data.size(); at = used.next(at + UsedPieces::kPiece))
      pieces.push_back(at);
  }
  bool is_restoring() const override { return false; }
};

}  // namespace

TEST_CASE("Disk medium: the holes of an image are not looked at, what is written there is",
          "[numa][disk]") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("disco-holes-" + std::to_string(getpid())))
          .string();
  constexpr std::uint64_t kBytes = std::uint64_t{16} << 30, kData = 5 << 20, kLater = 9 << 20;
  {
    std::ofstream file{path, std::ios::binary};
    file.seekp(kData);
    file << std::string(4096, 'x');
  }
  std::filesystem::resize_file(path, kBytes);
  {
    auto medium = DiskMedium::open(path, DiskMedium::Access::kSnapshot);
    REQUIRE(medium);
    PiecesSeen before, after;
    medium->visit(before);
    CHECK(before.pieces == std::vector<std::uint64_t>{kData});
    medium->write(kLater / kSectorBytes, std::vector<std::byte>(kSectorBytes, std::byte{1}));
    DiskMedium moved{std::move(*medium)};
    moved.visit(after);
    CHECK(after.pieces == std::vector<std::uint64_t>{kData, kLater});
  }
  std::filesystem::remove(path);
}

TEST_CASE("Image mapping: it takes its address range as long as it lives", "[numa][disk]") {
  const auto is_mapped = [](std::byte* at) {
    unsigned char in_core = 0;
    return mincore(at, 1, &in_core) == 0;
  };
  constexpr std::uint64_t kBytes = 1 << 20;
  std::byte* at = nullptr;
  {
    ImageMapping first{-1, kBytes};
    at = first.data();
    REQUIRE(is_mapped(at + kBytes / 2));
    const ImageMapping second{std::move(first)};
    CHECK(second.data() == at);
  }
  CHECK_FALSE(is_mapped(at));
  CHECK_FALSE(is_mapped(at + kBytes / 2));
}

TEST_CASE("Disk medium: an image that is shortened reads as zeros and says so", "[numa][disk]") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("disco-cut-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "image").string();
  constexpr std::size_t kBytes = 1 << 20;
  std::ofstream{path, std::ios::binary} << std::string(kBytes, 'x');
  {
    auto whole = DiskMedium::open(path, DiskMedium::Access::kSnapshot);
    REQUIRE(whole);
    CHECK(whole->read(0, 1)[7] == std::byte{'x'});
    std::filesystem::resize_file(path, 4096);
    CHECK(whole->read(0, 8)[4095] == std::byte{'x'});
    CHECK_FALSE(whole->failure());
    CHECK(whole->read(kBytes / kSectorBytes - 1, 1)[7] == std::byte{0});
    REQUIRE(whole->failure());
    CHECK(whole->failure()->code == ErrorCode::kInput);
    CHECK(whole->failure()->message().find(path) != std::string::npos);
    CHECK(whole->failure()->what.find("shortened") != std::string::npos);
    CHECK(whole->read(8, kBytes / kSectorBytes - 8)[0] == std::byte{0});
    // Moved, it is the same medium.
    const DiskMedium moved{std::move(*whole)};
    CHECK(moved.failure());
  }
  std::ofstream{path, std::ios::binary} << std::string(kBytes, 'x');
  const auto again = DiskMedium::open(path, DiskMedium::Access::kSnapshot);
  REQUIRE(again);
  CHECK_FALSE(again->failure());
  std::filesystem::remove_all(folder);
}
