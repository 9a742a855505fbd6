// The guests' runtime, compiled for the host, against the host's own library and arithmetic.
#include <bit>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/guests/guest_runtime.hpp"

namespace {

int sign(int x) { return (x > 0) - (x < 0); }

std::string filled(std::size_t n, unsigned seed) {
  std::string s(n, '\0');
  for (std::size_t i = 0; i < n; ++i) s[i] = static_cast<char>(seed + 7 * i);
  return s;
}

/// Numbers whose halves are often extreme.
class Numbers {
 public:
  explicit Numbers(unsigned seed) : engine_{seed} {}
  std::uint64_t next() {
    static constexpr std::uint64_t kEdges[] = {0,
                                               1,
                                               2,
                                               0x7fffffff,
                                               0x80000000,
                                               0xffffffff,
                                               0x100000000,
                                               0x7fffffffffffffff,
                                               0x8000000000000000,
                                               0xffffffffffffffff};
    const auto choice = engine_() % 4;
    if (choice == 0) return kEdges[engine_() % std::size(kEdges)];
    return engine_() >> (choice == 1 ? engine_() % 64 : 0);
  }
  Wide next_wide() {
    const Wide high = next();
    const Wide low = next();
    return high << 64 | low;
  }
  int below(unsigned limit) { return static_cast<int>(engine_() % limit); }

 private:
  std::mt19937_64 engine_;
};

std::string formatted(const char* text, ...) {
  std::string out;
  std::va_list arguments;
  va_start(arguments, text);
  const int n = guest_format([](void* s, char c) { static_cast<std::string*>(s)->push_back(c); },
                             &out, text, arguments);
  va_end(arguments);
  CHECK(n == static_cast<int>(out.size()));
  return out;
}

}  // namespace

TEST_CASE("Runtime: memcpy and memset write their bytes and no others", "[guests]") {
  for (std::size_t offset = 0; offset < 9; ++offset)
    for (std::size_t from_offset = 0; from_offset < 9; ++from_offset)
      for (std::size_t n = 0; n < 80; ++n) {
        const std::string source = filled(128, 3);
        std::string ours = filled(128, 100), theirs = ours;
        CHECK(guest_memcpy(&ours[offset], &source[from_offset], n) == &ours[offset]);
        std::memcpy(&theirs[offset], &source[from_offset], n);
        REQUIRE(ours == theirs);
        CHECK(guest_memset(&ours[offset], 0x1a5, n) == &ours[offset]);
        std::memset(&theirs[offset], 0x1a5, n);
        REQUIRE(ours == theirs);
      }
}

TEST_CASE("Runtime: memmove copes with every overlap", "[guests]") {
  for (std::size_t to = 0; to < 24; ++to)
    for (std::size_t from = 0; from < 24; ++from)
      for (std::size_t n = 0; n < 40; ++n) {
        std::string ours = filled(64, 9), theirs = ours;
        guest_memmove(&ours[to], &ours[from], n);
        std::memmove(&theirs[to], &theirs[from], n);
        REQUIRE(ours == theirs);
      }
}

TEST_CASE("Runtime: comparisons order bytes as unsigned", "[guests]") {
  const std::vector<std::string> words = {"",  "a",    "ab",   "abc",   "abd",
                                          "b", "\x80", "\xff", "a\x7f", "a\x80"};
  for (const auto& a : words)
    for (const auto& b : words) {
      CHECK(sign(guest_strcmp(a.c_str(), b.c_str())) == sign(std::strcmp(a.c_str(), b.c_str())));
      for (std::size_t n = 0; n < 5; ++n)
        CHECK(sign(guest_strncmp(a.c_str(), b.c_str(), n)) ==
              sign(std::strncmp(a.c_str(), b.c_str(), n)));
      const auto n = std::min(a.size(), b.size());
      CHECK(sign(guest_memcmp(a.data(), b.data(), n)) == sign(std::memcmp(a.data(), b.data(), n)));
    }
}

TEST_CASE("Runtime: strings are measured, searched and copied", "[guests]") {
  const char text[] = "a string of text";
  CHECK(guest_strlen(text) == sizeof text - 1);
  CHECK(guest_strlen("") == 0);
  CHECK(guest_strnlen(text, 3) == 3);
  CHECK(guest_strnlen(text, 300) == sizeof text - 1);
  CHECK(guest_strchr(text, 't') == text + 3);
  CHECK(guest_strchr(text, 0) == text + sizeof text - 1);
  CHECK(guest_strchr(text, 'z') == nullptr);
  char copy[32];
  CHECK(guest_strcpy(copy, text) == copy);
  CHECK(std::strcmp(copy, text) == 0);
}

TEST_CASE("Runtime: bits are counted and bytes swapped", "[guests]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  Numbers numbers{seed};
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t x = numbers.next();
    const auto w = static_cast<std::uint32_t>(x);
    REQUIRE(guest_popcountdi2(x) == std::popcount(x));
    REQUIRE(guest_popcountsi2(w) == std::popcount(w));
    REQUIRE(guest_paritydi2(x) == std::popcount(x) % 2);
    REQUIRE(guest_paritysi2(w) == std::popcount(w) % 2);
    REQUIRE(guest_bswapdi2(x) == __builtin_bswap64(x));
    REQUIRE(guest_bswapsi2(w) == __builtin_bswap32(w));
    REQUIRE(guest_ffsdi2(static_cast<std::int64_t>(x)) ==
            __builtin_ffsll(static_cast<long long>(x)));
    REQUIRE(guest_ffssi2(static_cast<std::int32_t>(w)) == __builtin_ffs(static_cast<int>(w)));
    REQUIRE(guest_clzdi2(x) == std::countl_zero(x));
    REQUIRE(guest_clzsi2(w) == std::countl_zero(w));
    REQUIRE(guest_ctzdi2(x) == std::countr_zero(x));
    REQUIRE(guest_ctzsi2(w) == std::countr_zero(w));
  }
}

TEST_CASE("Runtime: 128-bit arithmetic on 64-bit registers", "[guests]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  Numbers numbers{seed};
  for (int i = 0; i < 20000; ++i) {
    const Wide a = numbers.next_wide(), b = numbers.next_wide();
    const auto sa = static_cast<SignedWide>(a), sb = static_cast<SignedWide>(b);
    const int by = numbers.below(128);
    REQUIRE((guest_multi3(a, b) == a * b));
    REQUIRE((guest_ashlti3(a, by) == a << by));
    REQUIRE((guest_lshrti3(a, by) == a >> by));
    REQUIRE((guest_ashrti3(sa, by) == sa >> by));
    if (b == 0) continue;
    REQUIRE((guest_udivti3(a, b) == a / b));
    REQUIRE((guest_umodti3(a, b) == a % b));
    if (a == Wide{1} << 127 && sb == -1) continue;  // overflow: undefined
    REQUIRE((guest_divti3(sa, sb) == sa / sb));
    REQUIRE((guest_modti3(sa, sb) == sa % sb));
  }
}

TEST_CASE("Runtime: 64-bit arithmetic on 32-bit registers", "[guests]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  Numbers numbers{seed};
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t a = numbers.next(), b = numbers.next();
    const auto sa = static_cast<std::int64_t>(a), sb = static_cast<std::int64_t>(b);
    const int by = numbers.below(64);
    REQUIRE(guest_muldi3(a, b) == a * b);
    REQUIRE(guest_ashldi3(a, by) == a << by);
    REQUIRE(guest_lshrdi3(a, by) == a >> by);
    REQUIRE(guest_ashrdi3(sa, by) == sa >> by);
    if (b == 0) continue;
    REQUIRE(guest_udivdi3(a, b) == a / b);
    REQUIRE(guest_umoddi3(a, b) == a % b);
    if (a == std::uint64_t{1} << 63 && sb == -1) continue;
    REQUIRE(guest_divdi3(sa, sb) == sa / sb);
    REQUIRE(guest_moddi3(sa, sb) == sa % sb);
  }
}

#define SAME_AS_PRINTF(...)                                \
  do {                                                     \
    char expected[256];                                    \
    std::snprintf(expected, sizeof expected, __VA_ARGS__); \
    CHECK(formatted(__VA_ARGS__) == expected);             \
  } while (0)

TEST_CASE("Runtime: doubles are printed as printf prints them, in all formats and sizes",
          "[guests]") {
  Numbers numbers{17};
  for (int i = 0; i < 20'000; ++i) {
    const char letter = "eEfFgG"[numbers.below(6)];
    const auto bits = numbers.next();
    const auto value = std::bit_cast<double>(bits);
    const int precision = numbers.below(20), width = numbers.below(30);
    const char* const flags[] = {"", "-", "0"};
    char text[32], expected[400];
    std::snprintf(text, sizeof text, "%%%s%d.%d%c", flags[numbers.below(3)], width, precision,
                  letter);
    std::snprintf(expected, sizeof expected, text, value);
    INFO(text << " of " << std::hex << bits);
    REQUIRE(formatted(text, value) == expected);
  }
}

TEST_CASE("Runtime: format prints what printf prints", "[guests]") {
  SAME_AS_PRINTF("plain text, 100%%");
  SAME_AS_PRINTF("%d %i %u", 0, -1, 4294967295u);
  SAME_AS_PRINTF("[%5d] [%-5d] [%05d] [%2d]", -42, -42, -42, -42);
  SAME_AS_PRINTF("%ld %lld %lu %llx %zu", -5L, -6LL, ~0UL, 0xfeedfacecafebeefULL, sizeof(int));
  // Narrower than what is passed: only the low bytes count (compilers warn of this in printf).
  CHECK(formatted("%hhd %hd %hhu %hu", 300, 70000, 300, 70000) == "44 4464 44 4464");
  SAME_AS_PRINTF("%x %X %08x %-8xX %016lx", 0xabcu, 0xabcu, 0xabcu, 0xabcu, 0x123456789abcUL);
  SAME_AS_PRINTF("[%s] [%10s] [%-10s] [%.3s] [%10.3s]", "word", "word", "word", "word", "word");
  SAME_AS_PRINTF("%c%c [%3c] [%-3c]", 'a', 'b', 'c', 'd');
  SAME_AS_PRINTF("%p", reinterpret_cast<void*>(0x1234));
  SAME_AS_PRINTF("%lld", -9223372036854775807LL - 1);
  SAME_AS_PRINTF("[%f] [%10.3f] [%-12e] [%012.4g] [%.0f] [%G] [%F]", 1.5, -2.25, 1e10, -1e-7, 2.5,
                 1e20, 0.1);
  SAME_AS_PRINTF("%f %e %08g %-8fx %F", HUGE_VAL, -HUGE_VAL, HUGE_VAL, -HUGE_VAL, HUGE_VAL);
  SAME_AS_PRINTF("%.17g %.17g %g %e", 5e-324, 1.7976931348623157e308, -0.0, 0.0);
  CHECK(formatted("%q %") == "%q %");
  CHECK(formatted("%s", static_cast<const char*>(nullptr)) == "(null)");
}
