#include "machine/boot/initrd.hpp"

#include <cstdlib>
#include <map>
#include <span>
#include <string>

#include "tests/support/catch.hpp"

using namespace machine;

namespace {

struct Entry {
  unsigned long mode;
  std::string bytes;
};

// A second reader of the format, written from cpio(5).
std::map<std::string, Entry> unpack(const std::vector<std::byte>& archive) {
  std::map<std::string, Entry> entries;
  const std::string text{reinterpret_cast<const char*>(archive.data()), archive.size()};
  const auto field = [&](std::size_t at, unsigned number) {
    return std::strtoul(text.substr(at + 6 + 8 * number, 8).c_str(), nullptr, 16);
  };
  for (std::size_t at = 0;;) {
    REQUIRE(text.substr(at, 6) == "070701");
    const std::size_t size = field(at, 6), name_size = field(at, 11);
    const std::string name = text.substr(at + 110, name_size - 1);
    const std::size_t data = (at + 110 + name_size + 3) / 4 * 4;
    if (name == "TRAILER!!!") return entries;
    entries[name] = {field(at, 1), text.substr(data, size)};
    at = (data + size + 3) / 4 * 4;
  }
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("Initrd: a header says what cpio(5) asks for, and nothing of the host", "[config]") {
  Initrd disk;
  disk.add_file("bin/a", bytes_of("hello"), true);
  const auto archive = disk.finish();
  const std::string text{reinterpret_cast<const char*>(archive.data()), archive.size()};
  // Magic, inode, mode, user, group, links, time, bytes, device, special device, length of the
  // name, checksum (none).
  const std::string zeros = "00000000", none = zeros + zeros;
  CHECK(text.starts_with("07070100000001000041ed" + none + "00000002" + zeros + zeros + none +
                         none + "00000004" + zeros + std::string{"bin\0", 4}));
  CHECK(text.find("07070100000002000081ed" + none + "00000001" + zeros + "00000005" + none + none +
                  "00000006" + zeros + std::string{"bin/a\0", 6}) != std::string::npos);
}

TEST_CASE("Initrd: files and their directories are unpacked as they were packed", "[config]") {
  Initrd disk;
  disk.add_file("bin/a", bytes_of("hello"), true);
  disk.add_file("bin/b", bytes_of(""), true);
  disk.add_file("etc/deep/c", bytes_of("1234"), false);
  const auto archive = disk.finish();
  CHECK(archive.size() % 512 == 0);
  const auto entries = unpack(archive);
  CHECK(entries.size() == 6);
  CHECK(entries.at("bin").mode == 0040755);
  CHECK(entries.at("bin/a").mode == 0100755);
  CHECK(entries.at("bin/a").bytes == "hello");
  CHECK(entries.at("bin/b").bytes.empty());
  CHECK(entries.at("etc/deep/c").mode == 0100644);
  CHECK(entries.at("etc/deep/c").bytes == "1234");
}

TEST_CASE("Initrd: the same files give the same bytes", "[config]") {
  const auto pack = [] {
    Initrd disk;
    disk.add_file("bin/a", bytes_of("hello"), true);
    return disk.finish();
  };
  CHECK(pack() == pack());
}
