#include "config/schema/quantity.hpp"

#include "tests/support/catch.hpp"

using namespace config;

namespace {

std::uint64_t value_of(const char* text, Unit unit) {
  const auto value = parse_quantity(text, unit);
  INFO(text);
  REQUIRE(value);
  return *value;
}

std::string refusal(const char* text, Unit unit) {
  const auto value = parse_quantity(text, unit);
  INFO(text);
  REQUIRE_FALSE(value);
  return value.error().clause;
}

}  // namespace

TEST_CASE("Quantity: units scale to the base unit", "[config]") {
  CHECK(value_of("64MB", Unit::kBytes) == 64ULL << 20);
  CHECK(value_of("64MiB", Unit::kBytes) == 64ULL << 20);
  CHECK(value_of("1.5GB", Unit::kBytes) == 1536ULL << 20);
  CHECK(value_of("400MHz", Unit::kHertz) == 400'000'000);
  CHECK(value_of("20us", Unit::kNanoseconds) == 20'000);
  CHECK(value_of("2.5Mbit/s", Unit::kBitsPerSecond) == 2'500'000);
  CHECK(value_of("10min", Unit::kNanoseconds) == 600'000'000'000);
  CHECK(value_of("2.5Kinsn", Unit::kInstructions) == 2500);
  CHECK(value_of("0cycles", Unit::kCycles) == 0);
}

TEST_CASE("Quantity: what is ambiguous, inexact or too large is refused with the reason",
          "[config]") {
  CHECK(refusal("64", Unit::kBytes) == "needs a unit (for example \"64MB\")");
  CHECK(refusal("64MHz", Unit::kBytes) ==
        "has the unknown unit \"MHz\" (known: GB, MB, KB, GiB, MiB, KiB, kB, B)");
  CHECK(refusal("many", Unit::kBytes) == "is not a number with a unit (for example \"64MB\")");
  CHECK(refusal("0.3B", Unit::kBytes) == "is not a whole number of bytes below 2^64");
  CHECK(refusal("99999999999GB", Unit::kBytes) == "is not a whole number of bytes below 2^64");
  CHECK(refusal("1.2.3GB", Unit::kBytes) == "is not a whole number of bytes below 2^64");
  CHECK(refusal("-1GB", Unit::kBytes) == "is not a number with a unit (for example \"64MB\")");
  CHECK(refusal("7h", Unit::kNone) == "takes no unit");
}

TEST_CASE("Quantity: what is written is read back", "[config]") {
  const auto unit =
      GENERATE(Unit::kBytes, Unit::kHertz, Unit::kNanoseconds, Unit::kInstructions, Unit::kCycles);
  const auto value =
      GENERATE(as<std::uint64_t>{}, 0, 1, 999, 1024, 1'000'000, 67'108'864, 123'456'789, ~0ULL);
  CHECK(value_of(format_quantity(value, unit).c_str(), unit) == value);
}
