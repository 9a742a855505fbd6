#include "tests/support/catch.hpp"

#include "machine/loaders/load_elf.hpp"

#include <cstdlib>
#include <random>

#include "machine/loaders/load_symbols.hpp"
#include "tests/machine/machine_program.hpp"

using namespace machine;
using namespace machine::test;

namespace {

ElfMaker simple_elf(bool is_64) {
  ElfMaker elf;
  elf.is_64 = is_64;
  elf.add(0xffffffff80100000, {1, 2, 3, 4});
  elf.parts[0].memory_bytes = 0x2000;
  elf.add(0xffffffffa0200000, {5});
  elf.names = {{"start", 0xffffffff80100000, 8, 2},
               {"loop", 0xffffffff80100004, 0, 0},
               {"finish", 0xffffffff80100008, 8, 2},
               {"table", 0xffffffff80101000, 0x100, 1},
               {"table_end", 0xffffffff80101100, 0, 0},
               {"__start", 0xffffffff80100000, 0, 0},
               {"constant", 0x11, 0, 0, 0}};
  elf.marks = {std::byte{0xab}, std::byte{0xcd}};
  return elf;
}

std::string refusal(const ElfMaker& elf) {
  const auto bytes = elf.make();
  const auto image = read_elf("k.elf", bytes);
  REQUIRE_FALSE(image);
  CHECK(image.error().code == ErrorCode::kInput);
  CHECK_FALSE(image.error().remedy.empty());
  return image.error().message();
}

}  // namespace

TEST_CASE("Loader: addresses become physical by segment", "[config]") {
  const auto physical = [](std::uint64_t address) {
    const auto at = physical_of(VirtAddr{address});
    return at ? std::optional{at->bits()} : std::nullopt;
  };
  CHECK(physical(0xffffffff80100000) == 0x100000);
  CHECK(physical(0xffffffffbfffffff) == 0x1fffffff);
  CHECK(physical(0xffffffffa0100000) == 0x100000);
  CHECK(physical(0xffffffffc0100000) == 0x100000);
  CHECK(physical(0xffffffffcfffffff) == 0x0fffffff);
  CHECK_FALSE(physical(0xffffffffd0000000));
  CHECK_FALSE(physical(0xffffffffffffa000));
  CHECK(physical(0x9800000100100000) == 0x100100000);
  CHECK(physical(0xa800000100100000) == 0x100100000);
  CHECK(physical(0x4000000000100000) == 0x100000);
  CHECK(physical(0x0000000000100000) == 0x100000);
  CHECK(physical(0x000000ffffffffff) == 0xffffffffff);
  CHECK_FALSE(physical(0x0000010000000000));
  CHECK_FALSE(physical(0xc000000000000000));
}

TEST_CASE("Loader: reads 32- and 64-bit images alike", "[config]") {
  const bool is_64 = GENERATE(false, true);
  const auto bytes = simple_elf(is_64).make();
  const auto image = read_elf("k.elf", bytes);
  if (!image) FAIL(image.error().message());
  CHECK(image->entry.bits() == 0xffffffff80100000);
  REQUIRE(image->segments.size() == 2);
  CHECK(image->segments[0].at.bits() == 0x100000);
  CHECK(image->segments[0].memory_bytes == 0x2000);
  CHECK(std::vector(image->segments[0].bytes.begin(), image->segments[0].bytes.end()) ==
        big_endian({1, 2, 3, 4}));
  CHECK(image->segments[1].at.bits() == 0x200000);
  CHECK(image->begin().bits() == 0x100000);
  CHECK(image->end().bits() == 0x200004);
}

TEST_CASE("Loader: every wrong file gets its own sentence", "[config]") {
  ElfMaker elf = simple_elf(true);
  SECTION("another machine") {
    elf.machine = 62;
    CHECK_THAT(refusal(elf), Catch::Contains("not for big-endian MIPS"));
  }
  SECTION("a relocatable file") {
    elf.type = 1;
    CHECK_THAT(refusal(elf), Catch::Contains("not an executable"));
  }
  SECTION("nothing to load") {
    elf.parts.clear();
    CHECK_THAT(refusal(elf), Catch::Contains("no program headers"));
  }
  SECTION("an address in a mapped segment") {
    elf.parts[1].address = 0xffffffffd0000000;
    CHECK_THAT(refusal(elf),
               Catch::Contains("k.elf, program header 1") && Catch::Contains("0xffffffffd0000000"));
  }
  SECTION("larger in the file than in memory") {
    elf.parts[0].memory_bytes = 4;
    CHECK_THAT(refusal(elf), Catch::Contains("larger in the file than in memory"));
  }
  SECTION("larger than the address space") {
    elf.parts[0].memory_bytes = ~std::uint64_t{0} - 5;
    CHECK_THAT(refusal(elf), Catch::Contains("more than can be addressed"));
  }
  SECTION("two segments at one place") {
    elf.parts[1].address = 0xffffffffa0101ffc;  // the last word of the first, in another window
    CHECK_THAT(refusal(elf),
               Catch::Contains("k.elf, program header 1: it overlaps program header 0 "
                               "in memory, at 0x101ffc"));
    elf.parts[1].address = 0xffffffffa0102000;  // right behind it
    CHECK(read_elf("k.elf", elf.make()));
    elf.parts[1].address = 0xffffffffa00ffffc;  // right before it
    CHECK(read_elf("k.elf", elf.make()));
    elf.parts[1].address = 0xffffffffa0100000;
    elf.parts[1].memory_bytes = 1;
    elf.parts[1].bytes.resize(1);
    CHECK_THAT(refusal(elf), Catch::Contains("it overlaps"));
  }
  SECTION("program headers of another size") {
    auto bytes = elf.make();
    bytes[55] = std::byte{57};  // the low byte of e_phentsize
    const auto image = read_elf("k.elf", bytes);
    REQUIRE_FALSE(image);
    CHECK_THAT(image.error().message(), Catch::Contains("program headers of 57 bytes, not 56"));
  }
  SECTION("truncated") {
    auto bytes = elf.make();
    bytes.resize(64 + 2 * 56 + 8);
    const auto image = read_elf("k.elf", bytes);
    REQUIRE_FALSE(image);
    CHECK_THAT(image.error().message(), Catch::Contains("beyond the end of the file"));
  }
  SECTION("only a header") {
    auto bytes = elf.make();
    bytes.resize(20);
    CHECK_FALSE(read_elf("k.elf", bytes));
  }
}

TEST_CASE("Loader: a raw image goes to 1 MB", "[config]") {
  const auto bytes = big_endian({1, 2});
  CHECK_FALSE(is_elf(bytes));
  const Image image = raw_image(bytes);
  CHECK(image.entry.bits() == 0xffffffff80100000);
  CHECK(image.end().bits() == 0x100008);
}

TEST_CASE("Symbols: by name and by address", "[config]") {
  const bool is_64 = GENERATE(false, true);
  const auto bytes = simple_elf(is_64).make();
  const auto table = SymbolTable::read("k.elf", bytes);
  REQUIRE(table);
  CHECK(table->symbols().size() == 6);
  CHECK(table->address_of("finish")->bits() == 0xffffffff80100008);
  CHECK_FALSE(table->address_of("nothing"));
  CHECK(table->find("table")->kind == SymbolKind::kObject);
  CHECK(table->find("table")->size == 0x100);

  const auto name = [&](std::uint64_t va) -> std::string {
    const auto found = table->name_of(VirtAddr{va});
    return found ? std::string{found->name} + "+" + std::to_string(found->offset) : "";
  };
  CHECK(name(0xffffffff80100000) == "start+0");  // the function, not the label
  CHECK(name(0xffffffff80100004) == "loop+0");
  CHECK(name(0xffffffff8010000c) == "finish+4");
  CHECK(name(0xffffffff80100010) == "");
  CHECK(name(0xffffffff801010ff) == "table+255");
  CHECK(name(0xffffffff80101104) == "table_end+4");  // without a size it reaches to the next
  CHECK(name(0xffffffff800fffff) == "");

  const auto range = table->range("table", "table_end");
  REQUIRE(range);
  CHECK(range->contains(VirtAddr{0xffffffff801010ff}));
  CHECK_FALSE(range->contains(VirtAddr{0xffffffff80101100}));
  CHECK_FALSE(table->range("table_end", "table"));
  CHECK(table->range_of("finish")->end.bits() == 0xffffffff80100010);
  CHECK_FALSE(table->range_of("loop"));

  REQUIRE(table->section(".disco.marks") != nullptr);
  CHECK(table->section(".disco.marks")->bytes.size() == 2);
  CHECK(table->section(".disco.other") == nullptr);
}

TEST_CASE("Symbols: an address inside a function but behind a label belongs to the function",
          "[config]") {
  SymbolTable table{{{"f", VirtAddr{0x1000}, 0x100, SymbolKind::kFunction},
                     {"inner", VirtAddr{0x1010}, 8, SymbolKind::kFunction}}};
  CHECK(table.name_of(VirtAddr{0x1014})->name == "inner");
  CHECK(table.name_of(VirtAddr{0x1020})->name == "f");
  CHECK(table.name_of(VirtAddr{0x1020})->offset == 0x20);
}

// The number of files can be raised for long runs: DISCO_MUTATIONS=100000.
TEST_CASE("Loader: mutated files are read or refused, never worse", "[config]") {
  const char* const wanted = std::getenv("DISCO_MUTATIONS");
  const unsigned long count = wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 3000;
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  const std::vector<std::byte> good = simple_elf(seed % 2 == 0).make();
  unsigned long refused = 0;
  for (unsigned long i = 0; i < count; ++i) {
    std::vector<std::byte> bytes = good;
    for (std::uint64_t n = 1 + random() % 8; n > 0; --n) {
      // Mostly headers; the values that break loaders are small and huge ones.
      const std::size_t at = random() % (random() % 4 == 0 ? bytes.size() : 64 + 2 * 56);
      const std::byte choices[] = {std::byte{0}, std::byte{1}, std::byte{0x7f}, std::byte{0xff},
                                   static_cast<std::byte>(random())};
      bytes[at] = choices[random() % 5];
    }
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    const auto image = read_elf("k.elf", bytes);
    if (image) {
      for (const Segment& segment : image->segments) {
        REQUIRE(segment.memory_bytes >= segment.bytes.size());
        REQUIRE(segment.at.bits() + segment.memory_bytes <= std::uint64_t{1} << 40);
      }
    } else {
      ++refused;
      REQUIRE_FALSE(image.error().what.empty());
    }
    const auto symbols = SymbolTable::read("k.elf", bytes);
    if (symbols) static_cast<void>(symbols->name_of(VirtAddr{random()}));
  }
  CHECK(refused > count / 10);
  CHECK(refused < count);
}
