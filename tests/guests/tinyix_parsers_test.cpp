// tinyix's readers of ELF and cpio, compiled for the host: what they find in well-formed files, and
// that nothing outside a damaged one is read (the sanitizer build watches) or promised.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "machine/boot/initrd.hpp"
#include "tests/support/catch.hpp"

extern "C" {
#include "guest-kernels/tinyix/kernel/elf.h"
#include "guest-kernels/tinyix/kernel/initrd.h"
}

namespace {

constexpr std::uint64_t kLow = 0x10000, kHigh = 0x40000000;
using Bytes = std::vector<std::uint8_t>;

Bytes file(const std::string& name) {
  std::ifstream in{std::string{GUESTS} + "/" + name, std::ios::binary};
  Bytes bytes{std::istreambuf_iterator<char>{in}, {}};
  REQUIRE(bytes.size() > 1000);
  return bytes;
}

/// In a buffer of exactly its size, so that a sanitizer sees one byte too many.
struct Exact {
  explicit Exact(const Bytes& bytes) : data{new std::uint8_t[bytes.size()]}, size{bytes.size()} {
    std::copy(bytes.begin(), bytes.end(), data.get());
  }
  std::unique_ptr<std::uint8_t[]> data;
  std::size_t size;
};

/// What the kernel relies on when elf_read() says yes.
void check_promises(const Exact& image, const program& p) {
  REQUIRE(p.count >= 1);
  REQUIRE(p.count <= kMaxSegments);
  REQUIRE((p.entry >= kLow && p.entry < kHigh));
  std::uint64_t free_from = kLow;
  for (int i = 0; i < p.count; ++i) {
    const segment& s = p.segments[i];
    REQUIRE((s.address >= free_from && s.address < kHigh && s.memory_size <= kHigh - s.address));
    REQUIRE((s.data >= image.data.get() && s.data <= image.data.get() + image.size));
    const auto offset = static_cast<std::size_t>(s.data - image.data.get());
    REQUIRE((s.data_size <= s.memory_size && s.data_size <= image.size - offset));
    free_from = (s.address + s.memory_size + 4095) & ~std::uint64_t{4095};
  }
}

/// Up to the end of the last segment's data: without symbols and debugging information.
std::size_t loaded_bytes(const Bytes& bytes) {
  const Exact image{bytes};
  program p;
  REQUIRE(elf_read(image.data.get(), image.size, kLow, kHigh, &p));
  std::size_t end = 0;
  for (int i = 0; i < p.count; ++i) {
    const segment& s = p.segments[i];
    end = std::max(end, static_cast<std::size_t>(s.data - image.data.get() +
                                                 static_cast<std::ptrdiff_t>(s.data_size)));
  }
  return end;
}

Bytes archive(const std::vector<std::pair<std::string, std::string>>& files) {
  machine::Initrd initrd;
  for (const auto& [name, text] : files)
    initrd.add_file(name, std::as_bytes(std::span{text}), true);
  Bytes bytes;
  for (const std::byte b : initrd.finish()) bytes.push_back(static_cast<std::uint8_t>(b));
  return bytes;
}

/// All names in a directory, each followed by a blank.
std::string names(const char* path) {
  std::string all;
  char name[60];
  for (std::size_t index = 0; initrd_name(path, index, name, sizeof name) != 0; ++index)
    all += std::string{name} + " ";
  return all;
}

std::string found(const char* path) {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  if (!initrd_find(path, &data, &size)) return "(none)";
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

TEST_CASE("tinyix ELF: both ABIs are read into one shape", "[guests]") {
  for (const bool wide : {true, false}) {
    const Exact image{file(wide ? "bin/chase" : "bin/chase32")};
    program p;
    REQUIRE(elf_read(image.data.get(), image.size, kLow, kHigh, &p));
    check_promises(image, p);
    CHECK((p.is_64bit != 0) == wide);
    CHECK(p.count == 2);
    CHECK(p.entry == kLow);
    CHECK(!p.segments[0].writable);
    CHECK(p.segments[1].writable);
  }
}

TEST_CASE("tinyix ELF: what is not a program for it is refused", "[guests]") {
  const Bytes good = file("bin/chase");
  const auto refused = [](const Bytes& bytes) {
    const Exact image{bytes};
    program p;
    return !elf_read(image.data.get(), image.size, kLow, kHigh, &p);
  };
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Bytes changed = good;
    changed[at] = value;
    return changed;
  };
  CHECK_FALSE(refused(good));
  CHECK(refused({}));
  CHECK(refused(with(0, 'X')));               // magic
  CHECK(refused(with(4, 3)));                 // class
  CHECK(refused(with(5, 1)));                 // little-endian
  CHECK(refused(with(17, 3)));                // a shared object
  CHECK(refused(with(19, 62)));               // another processor
  CHECK(refused(with(31, 2)));                // entry not at an instruction
  CHECK(refused(file("tinyix-native.elf")));  // linked where the kernel lives
  for (std::size_t n = 0; n < 176; ++n)
    CHECK(refused(Bytes(good.begin(), good.begin() + static_cast<long>(n))));
}

TEST_CASE("tinyix ELF: mutated programs promise nothing that is not there", "[guests]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  for (const char* name : {"bin/hello", "bin/hello32"}) {
    Bytes good = file(name);
    good.resize(loaded_bytes(good));
    int accepted = 0;
    for (int i = 0; i < 50000; ++i) {
      Bytes bytes = good;
      if (random() % 8 == 0) bytes.resize(random() % bytes.size());
      // Most of the mutations hit the headers.
      for (unsigned n = random() % 4; n != 0 && !bytes.empty(); --n)
        bytes[random() % std::min<std::size_t>(bytes.size(), 192)] =
            static_cast<std::uint8_t>(random());
      const Exact image{bytes};
      program p;
      if (!elf_read(image.data.get(), image.size, kLow, kHigh, &p)) continue;
      ++accepted;
      check_promises(image, p);
    }
    CHECK(accepted > 100);  // or else nothing was tested
  }
}

TEST_CASE("tinyix initrd: files are found by path, with and without slash", "[guests]") {
  const Exact image{archive({{"bin/a", "first"}, {"bin/ab", ""}, {"etc/x/y", "third file"}})};
  initrd_start(image.data.get(), image.size);
  CHECK(found("bin/a") == "first");
  CHECK(found("/bin/a") == "first");
  CHECK(found("/bin/ab").empty());
  CHECK(found("etc/x/y") == "third file");
  CHECK(found("bin").empty());  // a directory has no contents
  CHECK(found("/bin/b") == "(none)");
  CHECK(found("") == "(none)");
}

TEST_CASE("tinyix initrd: every name in a directory is listed once", "[guests]") {
  const Exact image{archive({{"bin/a", "first"}, {"etc/x/y", ""}, {"bin/ab", ""}, {"bina", ""}})};
  initrd_start(image.data.get(), image.size);
  CHECK(names("/") == "bin etc bina ");
  CHECK(names("") == "bin etc bina ");
  CHECK(names("bin") == "a ab ");
  CHECK(names("/bin/") == "a ab ");
  CHECK(names("/etc") == "x ");
  CHECK(names("/etc/x") == "y ");
  CHECK(names("/bin/a").empty());
  CHECK(names("/none").empty());
  CHECK(initrd_is_directory("/etc/x") != 0);
  CHECK(initrd_is_directory("/etc/x/y") == 0);
  char cut[3];
  REQUIRE(initrd_name("/", 2, cut, sizeof cut) != 0);
  CHECK(std::string{cut} == "bi");
}

TEST_CASE("tinyix initrd: truncated and mutated archives are read within their bounds",
          "[guests]") {
  const Bytes good =
      archive({{"bin/a", "first"}, {"bin/b", std::string(300, 'b')}, {"bin/c", "third"}});
  const auto search = [](const Bytes& bytes) {
    const Exact image{bytes};
    initrd_start(image.data.get(), image.size);
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
    for (const char* path : {"/bin/a", "/bin/c", "/bin/none"})
      if (initrd_find(path, &data, &size)) {
        REQUIRE((data >= image.data.get() && size <= image.size));
        REQUIRE(static_cast<std::size_t>(data - image.data.get()) <= image.size - size);
      }
    names("/");
    names("/bin");
  };
  for (std::size_t n = 0; n <= good.size(); ++n)
    search(Bytes(good.begin(), good.begin() + static_cast<long>(n)));
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  for (int i = 0; i < 50000; ++i) {
    Bytes bytes = good;
    for (unsigned n = 1 + random() % 4; n != 0; --n)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    search(bytes);
  }
}
