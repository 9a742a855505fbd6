// The bytes of the worked example in docs/trace-format.md are those that the coder makes.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"
#include "traces/format/encoder.hpp"

using namespace common;
using namespace traces;

namespace {

ReferenceRecord reference(Place place, ReferenceKind kind, std::uint64_t va, std::uint64_t pa,
                          bool mapped) {
  return {.place = place,
          .kind = kind,
          .size = 4,
          .cache_attribute = 3,
          .mapped = mapped,
          .translated = true,
          .va = VirtAddr{va},
          .pa = PhysAddr{pa}};
}

/// Records in order, with the bytes that each added.
std::vector<std::string> example_lines() {
  Place user{.mode = Mode::kUser, .asid = Asid{5}};
  Place handler{.mode = Mode::kKernel, .asid = Asid{5}, .in_refill = true};
  Encoder encoder{1};
  encoder.begin({{.place = user,
                  .at = {.cycle = 1000, .retired = 500},
                  .next = VirtAddr{0x10000},
                  .epc = VirtAddr{},
                  .tlb = {.wired = 0, .random_base = 0, .lfsr = 1, .entries = {}}}});
  std::vector<std::string> lines;
  std::size_t shown = encoder.bytes().size();
  const auto flush = [&] {
    std::string line;
    for (; shown < encoder.bytes().size(); ++shown) {
      char byte[8];
      std::snprintf(byte, sizeof byte, "%s%02x", line.empty() ? "" : " ", encoder.bytes()[shown]);
      line += byte;
    }
    if (!line.empty()) lines.push_back(line);
  };
  const std::uint64_t vector = 0xffffffff80000000;
  encoder.reference(reference(user, ReferenceKind::kFetch, 0x10000, 0x7000, true)), flush();
  encoder.reference(reference(user, ReferenceKind::kFetch, 0x10004, 0x7004, true)), flush();
  encoder.reference({.place = user,
                     .kind = ReferenceKind::kLoad,
                     .mapped = true,
                     .translated = false,
                     .va = VirtAddr{0x20000}}),
      flush();
  encoder.exception({.place = user,
                     .at = {.cycle = 1006, .retired = 501},
                     .vector = Vector::kTlbRefill,
                     .code = 2,
                     .enters_refill = true,
                     .pc = VirtAddr{0x10004},
                     .bad_vaddr = VirtAddr{0x20000}}),
      flush();
  encoder.reference(reference(handler, ReferenceKind::kFetch, vector, 0, false)), flush();
  encoder.tlb_write({.place = handler,
                     .at = {.cycle = 1007, .retired = 502},
                     .is_random = true,
                     .index = 41,
                     .entry = {.hi = 0x20005, .lo0 = 0x21e, .lo1 = 0x25e, .mask = 0}}),
      flush();
  encoder.reference(reference(handler, ReferenceKind::kFetch, vector + 4, 4, false)), flush();
  encoder.eret({.place = handler,
                .at = {.cycle = 1011, .retired = 503},
                .to = Mode::kUser,
                .stays_in_refill = false,
                .target = VirtAddr{0x10004}}),
      flush();
  encoder.reference(reference(user, ReferenceKind::kFetch, 0x10004, 0x7004, true)), flush();
  encoder.reference(reference(user, ReferenceKind::kLoad, 0x20000, 0x8000, true)), flush();
  encoder.reference(reference(user, ReferenceKind::kFetch, 0x10008, 0x7008, true)), flush();
  encoder.finish(), flush();
  return lines;
}

}  // namespace

TEST_CASE("Trace format: the worked example is what the coder writes", "[traces][docs]") {
  std::ifstream file{std::string{DISCO_SOURCE_DIR} + "/docs/trace-format.md"};
  std::stringstream text;
  text << file.rdbuf();
  std::string expected;
  for (const std::string& line : example_lines()) expected += line + "\n";
  INFO("the coder writes:\n" << expected);
  std::string documented;
  std::string line;
  bool inside = false;
  while (std::getline(text, line)) {
    if (line == "## A worked example")
      inside = true;
    else if (line.rfind("## ", 0) == 0)
      inside = false;
    // "    13 10000 ...   comment": the bytes are up to the first run of two spaces
    if (!inside || line.rfind("    ", 0) != 0) continue;
    const std::string bytes = line.substr(4, line.find("  ", 4) - 4);
    documented += bytes + "\n";
  }
  CHECK(documented == expected);
}
