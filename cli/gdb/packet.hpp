// The framing of gdb's remote serial protocol: $data#checksum, escapes, acknowledgements. Bytes in,
// packets out; knows no command and no socket.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace cli::gdb {

/// What came in.
struct Incoming {
  enum class Kind : std::uint8_t {
    kPacket,
    kInterrupt,  // a lone 0x03
    kAck,
    kNak,      // what was sent last did not arrive whole
    kDamaged,  // a packet did not: its checksum is wrong, or it is too long
  };
  Kind kind{};
  std::string data;  // unescaped, of a packet whose checksum was right
};

class PacketReader {
 public:
  /// Longest packet accepted, as told to gdb by qSupported. Longer ones are dropped.
  static constexpr std::size_t kMaxPacket = 0x8000;

  void feed(std::string_view bytes);
  /// The next thing complete so far.
  std::optional<Incoming> next();

 private:
  enum class State : std::uint8_t { kIdle, kData, kEscape, kChecksum1, kChecksum2 };
  void take(char c);
  void finish_packet(char last);

  State state_ = State::kIdle;
  std::string data_;
  std::uint8_t sum_ = 0;
  char checksum_high_ = 0;
  std::deque<Incoming> ready_;
};

/// "$data#xx" with '#', '$', '}' and '*' escaped.
std::string frame(std::string_view data);

// Hexadecimal, two digits a byte.
std::string to_hex(std::string_view bytes);
std::string word_to_hex(std::uint64_t value);  // 16 digits: the target is big-endian
std::optional<std::string> from_hex(std::string_view hex);
/// All of `text` as a hexadecimal number of at most 16 digits.
std::optional<std::uint64_t> parse_hex(std::string_view text);

}  // namespace cli::gdb
