#include <iostream>
#include <random>

#include "cli/gdb/packet.hpp"
#include "tests/support/catch.hpp"

using namespace cli::gdb;

namespace {
std::vector<Incoming> read_all(PacketReader& reader, std::string_view bytes) {
  reader.feed(bytes);
  std::vector<Incoming> out;
  while (auto incoming = reader.next()) out.push_back(*incoming);
  return out;
}
}  // namespace

TEST_CASE("Packets: what frame() writes, the reader reads", "[gdb]") {
  const std::string data = GENERATE(std::string{}, std::string{"g"}, std::string{"#$}*\x03\0x", 7});
  PacketReader reader;
  const auto got = read_all(reader, frame(data));
  REQUIRE(got.size() == 1);
  CHECK(got[0].kind == Incoming::Kind::kPacket);
  CHECK(got[0].data == data);
}

TEST_CASE("Packets: frame() is the protocol's example", "[gdb]") {
  CHECK(frame("OK") == "$OK#9a");
  CHECK(frame("") == "$#00");
  CHECK(frame("}") == "$}]#da");
}

TEST_CASE("Packets: arrive in any pieces", "[gdb]") {
  PacketReader reader;
  std::size_t packets = 0;
  for (const char c : std::string{"+$m0,4#fd\x03$c#63"})
    packets += read_all(reader, {&c, 1}).size();
  CHECK(packets == 4);
}

TEST_CASE("Packets: a wrong checksum is refused and the next packet is read", "[gdb]") {
  PacketReader reader;
  const auto got = read_all(reader, "$g#00$g#67");
  REQUIRE(got.size() == 2);
  CHECK(got[0].kind == Incoming::Kind::kDamaged);
  CHECK(got[1].data == "g");
}

TEST_CASE("Packets: a packet longer than announced is refused, not stored", "[gdb]") {
  PacketReader reader;
  const auto got = read_all(reader, frame(std::string(3 * PacketReader::kMaxPacket, 'x')));
  REQUIRE(got.size() == 1);
  CHECK(got[0].kind == Incoming::Kind::kDamaged);
}

TEST_CASE("Packets: escapes do not make a packet longer than the longest", "[gdb]") {
  PacketReader reader;
  const auto got = read_all(reader, frame(std::string(3 * PacketReader::kMaxPacket, '}')));
  REQUIRE(got.size() == 1);
  CHECK(got[0].kind == Incoming::Kind::kDamaged);
}

TEST_CASE("Packets: a request to send again is not a damaged packet", "[gdb]") {
  PacketReader reader;
  const auto got = read_all(reader, "-$g#00");
  REQUIRE(got.size() == 2);
  CHECK(got[0].kind == Incoming::Kind::kNak);
  CHECK(got[1].kind == Incoming::Kind::kDamaged);
}

TEST_CASE("Hexadecimal: only digits, an even number, at most 16 for a word", "[gdb]") {
  CHECK(parse_hex("ffffffff80001000") == 0xffffffff80001000);
  CHECK_FALSE(parse_hex(""));
  CHECK_FALSE(parse_hex("11112222333344445"));
  CHECK_FALSE(parse_hex("12g"));
  CHECK(from_hex("4142") == "AB");
  CHECK_FALSE(from_hex("414"));
  CHECK(word_to_hex(0x1234) == "0000000000001234");
}
