// What a recorder says of events made by hand: where a refill handler begins and ends.
#include <variant>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/traces/capture.hpp"
#include "tests/traces/recording.hpp"

namespace traces {

namespace {

/// One CPU's exceptions and returns, in order, and what became of them in the file.
class Story {
 public:
  Story() : writer_{make_writer(directory_.file("t.dtz"))}, recorder_{*writer_, machine_, 1} {}

  void misses(Mode from, std::uint64_t pc, std::uint64_t va) {
    ExceptionEvent event;
    event.at = moment();
    event.from = from;
    event.vector = Vector::kTlbRefill;
    event.code = hardware::ExceptionCode::kTlbL;
    event.is_refill = true;
    event.pc = VirtAddr{pc};
    event.bad_vaddr = VirtAddr{va};
    recorder_.on_exception(event);
  }
  void returns(Mode to, std::uint64_t target) {
    EretEvent event;
    event.at = moment();
    event.to = to;
    event.target = VirtAddr{target};
    recorder_.on_eret(event);
  }

  /// Of each return, whether it stays in the refill handler.
  std::vector<bool> stays() {
    REQUIRE(writer_->close(recorder_.totals()));
    test::Capture capture;
    REQUIRE(test::open(directory_.file("t.dtz"))->read_all(capture));
    std::vector<bool> all;
    for (const auto& any : capture.records) {
      if (const auto* eret = std::get_if<EretRecord>(&any)) all.push_back(eret->stays_in_refill);
    }
    return all;
  }

 private:
  static std::unique_ptr<Writer> make_writer(const std::string& path) {
    TraceHeader header;
    header.producer = "a test";
    header.cpus = 1;
    header.clock_hz = 200'000'000;
    header.tlb_entries = 64;
    header.random_is_lfsr = true;
    header.others.add("config-hash", "0123abcd");
    auto writer = Writer::create(path, header, {.block_instructions = 1000});
    REQUIRE(writer);
    return std::move(*writer);
  }
  Moment moment() {
    now_ += 10;
    return {CpuId{0}, Cycles{1'000'000 + now_}, 1'000'000 + now_};
  }

  test::TemporaryDirectory directory_;
  test::FakeMachine machine_{{}};
  std::unique_ptr<Writer> writer_;
  Recorder recorder_;
  std::uint64_t now_ = 0;
};

}  // namespace

TEST_CASE("Recorder: a kernel's refill whose handler nests ends when it returns to where it began",
          "[traces][recorder]") {
  Story story;
  story.misses(Mode::kKernel, 0x1000, 0x9000);
  story.misses(Mode::kKernel, 0x2000, 0xa000);  // in the handler
  story.returns(Mode::kKernel, 0x2000);         // back into the handler
  story.returns(Mode::kKernel, 0x1000);
  story.returns(Mode::kUser, 0x4000);
  CHECK(story.stays() == std::vector<bool>{true, false, false});
}

TEST_CASE("Recorder: a refill ends with a return to less privilege, wherever that leads",
          "[traces][recorder]") {
  Story story;
  story.misses(Mode::kKernel, 0x1000, 0x9000);
  story.returns(Mode::kUser, 0x4000);
  story.misses(Mode::kSupervisor, 0x1000, 0x9000);
  story.returns(Mode::kSupervisor, 0x2000);  // not where it began
  story.returns(Mode::kUser, 0x4000);
  CHECK(story.stays() == std::vector<bool>{false, true, false});
}

TEST_CASE("Recorder: a user's refill ends with any return to a user", "[traces][recorder]") {
  Story story;
  story.misses(Mode::kUser, 0x1000, 0x9000);
  story.misses(Mode::kKernel, 0x2000, 0xa000);
  story.returns(Mode::kKernel, 0x2000);
  story.returns(Mode::kUser, 0x5000);  // another process
  CHECK(story.stays() == std::vector<bool>{true, false});
}

}  // namespace traces
