#include "cli/gdb/packet.hpp"

namespace cli::gdb {

namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
constexpr char kDigits[] = "0123456789abcdef";

}  // namespace

void PacketReader::feed(std::string_view bytes) {
  for (const char c : bytes) take(c);
}

std::optional<Incoming> PacketReader::next() {
  if (ready_.empty()) return std::nullopt;
  Incoming first = std::move(ready_.front());
  ready_.pop_front();
  return first;
}

void PacketReader::take(char c) {
  using Kind = Incoming::Kind;
  switch (state_) {
    case State::kIdle:
      if (c == '$') {
        state_ = State::kData;
        data_.clear();
        sum_ = 0;
      } else if (c == '\x03') {
        ready_.push_back({Kind::kInterrupt, {}});
      } else if (c == '+' || c == '-') {
        ready_.push_back({c == '+' ? Kind::kAck : Kind::kNak, {}});
      }
      return;
    case State::kData:
      if (c == '#') {
        state_ = State::kChecksum1;
        return;
      }
      sum_ = static_cast<std::uint8_t>(sum_ + static_cast<std::uint8_t>(c));
      if (c == '}') {
        state_ = State::kEscape;
      } else if (data_.size() <= kMaxPacket) {
        data_ += c;
      }
      return;
    case State::kEscape:
      sum_ = static_cast<std::uint8_t>(sum_ + static_cast<std::uint8_t>(c));
      if (data_.size() <= kMaxPacket) data_ += static_cast<char>(c ^ 0x20);
      state_ = State::kData;
      return;
    case State::kChecksum1:
      checksum_high_ = c;
      state_ = State::kChecksum2;
      return;
    case State::kChecksum2: finish_packet(c); return;
  }
}

void PacketReader::finish_packet(char last) {
  state_ = State::kIdle;
  const int high = digit_of(checksum_high_);
  const int low = digit_of(last);
  const bool right = high >= 0 && low >= 0 && high * 16 + low == sum_ && data_.size() <= kMaxPacket;
  if (right) {
    ready_.push_back({Incoming::Kind::kPacket, data_});
  } else {
    ready_.push_back({Incoming::Kind::kDamaged, {}});
  }
}

std::string frame(std::string_view data) {
  std::string out = "$";
  std::uint8_t sum = 0;
  const auto put = [&](char c) {
    out += c;
    sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(c));
  };
  for (const char c : data) {
    if (c == '#' || c == '$' || c == '}' || c == '*') {
      put('}');
      put(static_cast<char>(c ^ 0x20));
    } else {
      put(c);
    }
  }
  out += '#';
  out += kDigits[sum >> 4];
  out += kDigits[sum & 15];
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string word_to_hex(std::uint64_t value) {
  std::string out(16, '0');
  for (std::size_t i = 0; i < 16; ++i) out[i] = kDigits[value >> (60 - 4 * i) & 15];
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit_of(hex[i]);
    const int low = digit_of(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

}  // namespace cli::gdb
