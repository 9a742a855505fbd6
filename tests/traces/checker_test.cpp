// The checker, view, summary and recorder on traces made by hand.
#include "traces/analysis/checker.hpp"
#include "tests/support/catch.hpp"
#include "tests/traces/capture.hpp"
#include "tests/traces/recording.hpp"
#include "traces/analysis/summary.hpp"
#include "traces/analysis/view.hpp"

using namespace common;
using namespace traces;

namespace {

constexpr Place kUser{.mode = Mode::kUser, .asid = Asid{5}};

ReferenceRecord fetch_at(std::uint64_t va) {
  return {.place = kUser,
          .kind = ReferenceKind::kFetch,
          .size = 4,
          .cache_attribute = 3,
          .mapped = true,
          .va = VirtAddr{va},
          .pa = PhysAddr{0x7000 + (va & 0xfff)}};
}

ReferenceRecord attempt_at(std::uint64_t va) {
  return {.place = kUser,
          .kind = ReferenceKind::kLoad,
          .mapped = true,
          .translated = false,
          .va = VirtAddr{va}};
}

ExceptionRecord refill_exception(std::uint64_t pc, std::uint64_t bad, Time at) {
  return {.place = kUser,
          .at = at,
          .vector = Vector::kTlbRefill,
          .code = 2,
          .enters_refill = true,
          .pc = VirtAddr{pc},
          .bad_vaddr = VirtAddr{bad}};
}

/// Writes what `make` gives to a file and returns the checker's complaints.
template <class Make>
std::vector<std::string> complaints(const Make& make) {
  const test::TemporaryDirectory directory;
  TraceHeader header;
  header.tlb_entries = 16;
  auto writer = Writer::create(directory.file("t.dtz"), header);
  REQUIRE(writer);
  StateRecord state{.place = kUser,
                    .at = {.cycle = 100, .retired = 50},
                    .next = VirtAddr{0x1000},
                    .tlb = {.wired = 2, .lfsr = 1}};
  (*writer)->begin_block({state});
  make((*writer)->records());
  REQUIRE((*writer)->close({}));
  auto reader = test::open(directory.file("t.dtz"));
  const CheckReport report = check_trace(*reader);
  CHECK(report.damage.empty());
  std::vector<std::string> found;
  for (const Problem& p : report.problems) found.push_back(p.what);
  return found;
}

using Complaints = std::vector<std::string>;

}  // namespace

TEST_CASE("Checker: a proper sequence is clean", "[traces][check]") {
  CHECK(complaints([](Encoder& e) {
          e.reference(fetch_at(0x1000));
          e.reference(attempt_at(0x9000));
          e.exception(refill_exception(0x1000, 0x9000, {110, 50}));
        }).empty());
}

TEST_CASE("Checker: attempts and TLB exceptions come in pairs", "[traces][check]") {
  CHECK(complaints([](Encoder& e) {
          e.reference(attempt_at(0x9000));
          e.reference(fetch_at(0x1000));
        }) == Complaints{"an attempt that no exception answers"});
  CHECK(complaints([](Encoder& e) {
          e.exception(refill_exception(0x1000, 0x9000, {110, 50}));
        }) == Complaints{"a TLB exception without its attempt"});
  CHECK(complaints([](Encoder& e) {
          e.reference(attempt_at(0x9000));
          e.exception(refill_exception(0x1000, 0x9008, {110, 50}));
        }) == Complaints{"a TLB exception without its attempt"});
  CHECK(complaints([](Encoder& e) { e.reference(attempt_at(0x9000)); }) ==
        Complaints{"the block ends between an attempt and its exception"});
}

TEST_CASE("Checker: time does not go backwards", "[traces][check]") {
  CHECK(complaints([](Encoder& e) {
          e.mark({.place = kUser, .at = {120, 60}, .id = 1, .pc = VirtAddr{0x1000}});
          e.mark({.place = kUser, .at = {119, 60}, .id = 1, .pc = VirtAddr{0x1000}});
        }) == Complaints{"the CPU's clock goes backwards"});
  CHECK(complaints([](Encoder& e) {
          e.mark({.place = kUser, .at = {120, 49}, .id = 1, .pc = VirtAddr{0x1000}});
        }) == Complaints{"the CPU's instruction count goes backwards"});
}

TEST_CASE("Checker: TLB writes stay in range and off wired entries", "[traces][check]") {
  Place kernel = kUser;
  kernel.mode = Mode::kKernel;
  const auto write = [&](std::uint32_t index, bool random) {
    return complaints([&](Encoder& e) {
      e.tlb_write({.place = kernel, .at = {120, 60}, .is_random = random, .index = index});
    });
  };
  CHECK(write(15, true).empty());
  CHECK(write(1, false).empty());
  CHECK(write(1, true) == Complaints{"tlbwr replaced a wired entry"});
  CHECK(write(16, true) == Complaints{"tlbwr beyond the TLB"});
}

TEST_CASE("Checker: privilege and addresses", "[traces][check]") {
  CHECK(complaints([](Encoder& e) {
          ReferenceRecord r = fetch_at(0x1002);
          e.reference(r);
        }) == Complaints{"a fetch from an odd address"});
  CHECK(complaints([](Encoder& e) {
          ReferenceRecord r = fetch_at(0x1000);
          r.mapped = false;
          e.reference(r);
        }) == Complaints{"an unmapped reference outside kernel mode"});
  CHECK(complaints([](Encoder& e) {
          e.eret({.place = kUser, .at = {120, 60}, .to = Mode::kUser, .target = VirtAddr{0x1000}});
        }) == Complaints{"an ERET outside kernel mode"});
}

TEST_CASE("View: lines say where, who and what", "[traces][view]") {
  std::vector<std::string> lines;
  View view{{.from = 0, .to = 100},
            [&](const std::string& line) { lines.push_back(line); },
            [](VirtAddr pc, PhysAddr) { return pc.bits() == 0x1000 ? "lw v0,0(a0)" : ""; }};
  ReferenceRecord r = fetch_at(0x1000);
  r.place.instruction = 7;
  view.reference(r);
  view.reference(attempt_at(0x9000));
  view.exception(refill_exception(0x1000, 0x9000, {110, 50}));
  r.place.instruction = 100;
  view.reference(r);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        "         7 cpu0 user   05   fetch 4  0000000000001000 -> 0000007000 c3  lw v0,0(a0)");
  CHECK(lines[1] == "         0 cpu0 user   05   load     0000000000009000 refused");
  CHECK(lines[2] ==
        "         0 cpu0 user   05   exception tlb load at 0000000000001000 to refill bad "
        "0000000000009000, cycle 110 retired 50");
}

TEST_CASE("Summary: counts agree with the records", "[traces][summary]") {
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.machine.cpus = 2;
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  Summary summary;
  test::Capture capture;
  REQUIRE(reader->read_all(summary));
  REQUIRE(reader->read_all(capture));
  std::uint64_t translated = 0, refused = 0, user = 0, random_writes = 0;
  std::map<std::uint64_t, std::uint64_t> touched;
  for (const auto& any : capture.records) {
    if (const auto* w = std::get_if<TlbWriteRecord>(&any)) random_writes += w->is_random;
    const auto* r = std::get_if<ReferenceRecord>(&any);
    if (r == nullptr) continue;
    ++(r->translated ? translated : refused);
    user += r->translated && r->place.mode == Mode::kUser;
    if (r->translated && r->mapped)
      ++touched[r->va.bits() >> 12 | static_cast<std::uint64_t>(r->place.asid) << 56];
  }
  CHECK(summary.by_mode[0].all() == user);
  CHECK(summary.by_mode[0].all() + summary.by_mode[1].all() + summary.by_mode[2].all() ==
        translated);
  CHECK(summary.refused == refused);
  CHECK(summary.tlb_writes_random == random_writes);
  CHECK(summary.mapped_pages() == touched.size());
  const auto hottest = summary.hottest(5);
  REQUIRE(hottest.size() == 5);
  for (std::size_t i = 1; i < 5; ++i)
    CHECK(hottest[i - 1].references.all() >= hottest[i].references.all());
  CHECK(reader->footer()->totals.number("total.fetches") == reader->instructions());
}

TEST_CASE("Recorder: what lies between a refill exception and its return is flagged",
          "[traces][record]") {
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.machine.cpus = 2;
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  test::Capture capture;
  REQUIRE(reader->read_all(capture));
  std::map<std::uint32_t, bool> inside;
  std::uint64_t flagged = 0;
  for (const auto& any : capture.records) {
    if (const auto* e = std::get_if<ExceptionRecord>(&any)) {
      const std::uint32_t cpu = index_of(e->place.cpu);
      if (e->vector == Vector::kXtlbRefill) inside[cpu] = true;
      CHECK(e->enters_refill == inside[cpu]);
    }
    if (const auto* e = std::get_if<EretRecord>(&any)) inside[index_of(e->place.cpu)] = false;
    const auto* r = std::get_if<ReferenceRecord>(&any);
    if (r == nullptr) continue;
    if (r->place.in_refill != inside[index_of(r->place.cpu)]) FAIL("reference wrongly flagged");
    flagged += r->place.in_refill;
  }
  CHECK(flagged > 1000);
}

TEST_CASE("Recorder: VCPUs are told apart", "[traces][record]") {
  const test::TemporaryDirectory directory;
  test::FakeMachine machine{{.cpus = 1}};
  auto writer = Writer::create(directory.file("t.dtz"), TraceHeader{});
  REQUIRE(writer);
  Recorder recorder{**writer, machine, 1};
  machine.observe(&recorder);
  recorder.set_vcpu(CpuId{0}, 2, 1);
  machine.run(100);
  recorder.dma(9, PhysAddr{0x4000}, 512, true);
  recorder.set_vcpu(CpuId{0}, -1, -1);
  machine.run(100);
  REQUIRE((*writer)->close(recorder.totals()));
  auto reader = test::open(directory.file("t.dtz"));
  Summary summary;
  REQUIRE(reader->read_all(summary));
  CHECK(summary.by_vm.size() == 2);
  CHECK(summary.by_vm[2].all() > 50);
  CHECK(summary.by_vm[-1].all() > 50);
  CHECK(summary.dmas == 1);
}
