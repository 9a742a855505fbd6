#include "config/machine_state.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace config {

bool is_all_zero(std::span<const std::byte> bytes) {
  // Equal to itself shifted by one, and zero at the start.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

namespace {

/// A component's state flows out; nothing flows back.
class DigestVisitor final : public StateVisitor {
 public:
  DigestVisitor() : state_{XXH3_createState(), &XXH3_freeState} {
    CHECK(state_ != nullptr);
    XXH3_128bits_reset(state_.get());
  }

  void enter(std::string_view section) override { tag('E', section); }
  void leave() override { tag('L', {}); }
  void word(std::string_view name, std::uint64_t& value) override {
    tag('W', name);
    number(value);
  }
  void bytes(std::string_view name, std::span<std::byte> data) override {
    tag('B', name);
    number(data.size());
    for (std::uint64_t page = 0; page * kPageSize < data.size(); ++page) {
      const std::uint64_t from = page * kPageSize;
      const auto piece = data.subspan(from, std::min(kPageSize, data.size() - from));
      if (is_all_zero(piece)) continue;
      number(page);
      update(piece.data(), piece.size());
    }
    number(~std::uint64_t{0});
  }
  bool is_restoring() const override { return false; }

  Digest digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return Digest{hash.high64, hash.low64};
  }

 private:
  void update(const void* data, std::size_t size) { XXH3_128bits_update(state_.get(), data, size); }
  // Little-endian on every host.
  void number(std::uint64_t value) {
    std::array<std::uint8_t, 8> encoded;
    for (unsigned i = 0; i < 8; ++i) encoded[i] = static_cast<std::uint8_t>(value >> (8 * i));
    update(encoded.data(), encoded.size());
  }
  void tag(char kind, std::string_view name) {
    const std::array<std::uint8_t, 2> head{static_cast<std::uint8_t>(kind),
                                           static_cast<std::uint8_t>(name.size())};
    update(head.data(), head.size());
    update(name.data(), name.size());
  }

  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

/// Keeps the path of sections and counts bits.
class ItemVisitor : public StateVisitor {
 public:
  void enter(std::string_view section) final {
    lengths_.push_back(path_.size());
    path_.append(section).push_back('/');
  }
  void leave() final {
    path_.resize(lengths_.back());
    lengths_.pop_back();
  }
  void word(std::string_view name, std::uint64_t& value) final {
    on_word(name, value, next_bit_);
    next_bit_ += 64;
  }
  void bytes(std::string_view name, std::span<std::byte> data) final {
    on_bytes(name, data, next_bit_);
    next_bit_ += 8 * data.size();
  }

 protected:
  virtual void on_word(std::string_view name, std::uint64_t& value, std::uint64_t first_bit) = 0;
  virtual void on_bytes(std::string_view name, std::span<std::byte> data,
                        std::uint64_t first_bit) = 0;
  std::string path_of(std::string_view name) const {
    return name.empty() ? path_.substr(0, path_.size() - 1) : path_ + std::string{name};
  }

 private:
  std::string path_;
  std::vector<std::size_t> lengths_;
  std::uint64_t next_bit_ = 0;
};

class ListingVisitor final : public ItemVisitor {
 public:
  std::vector<StateItem> items;
  bool is_restoring() const override { return false; }

 private:
  void on_word(std::string_view name, std::uint64_t& value, std::uint64_t first_bit) override {
    items.push_back({path_of(name), first_bit, 64, value});
  }
  void on_bytes(std::string_view name, std::span<std::byte> data,
                std::uint64_t first_bit) override {
    items.push_back(
        {path_of(name), first_bit, 8 * data.size(), XXH3_64bits(data.data(), data.size())});
  }
};

class FlipVisitor final : public ItemVisitor {
 public:
  explicit FlipVisitor(std::uint64_t bit) : bit_{bit} {}
  bool has_flipped() const { return has_flipped_; }
  bool is_restoring() const override { return true; }

 private:
  void on_word(std::string_view, std::uint64_t& value, std::uint64_t first_bit) override {
    if (bit_ < first_bit || bit_ - first_bit >= 64 || has_flipped_) return;
    value ^= std::uint64_t{1} << (bit_ - first_bit);
    has_flipped_ = true;
  }
  void on_bytes(std::string_view, std::span<std::byte> data, std::uint64_t first_bit) override {
    if (bit_ < first_bit || bit_ - first_bit >= 8 * data.size() || has_flipped_) return;
    const std::uint64_t offset = bit_ - first_bit;
    data[offset / 8] ^= std::byte{1} << (offset % 8);
    has_flipped_ = true;
  }

  std::uint64_t bit_;
  bool has_flipped_ = false;
};

}  // namespace

std::string Digest::hex() const {
  std::string text;
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      text.push_back("0123456789abcdef"[half >> shift & 15]);
    }
  }
  return text;
}

Digest digest_of(const std::function<void(StateVisitor&)>& visit) {
  DigestVisitor visitor;
  visit(visitor);
  return visitor.digest();
}

Digest digest_of(Machine& machine) {
  return digest_of([&machine](StateVisitor& v) { machine.visit(v); });
}

std::vector<StateItem> list_state(Machine& machine) {
  ListingVisitor visitor;
  machine.visit(visitor);
  return std::move(visitor.items);
}

std::optional<StateDifference> first_difference(Machine& a, Machine& b) {
  const std::vector<StateItem> of_a = list_state(a);
  const std::vector<StateItem> of_b = list_state(b);
  for (std::size_t i = 0; i < std::min(of_a.size(), of_b.size()); ++i) {
    if (of_a[i].value != of_b[i].value || of_a[i].path != of_b[i].path) {
      return StateDifference{of_a[i].path, of_a[i].value, of_b[i].value};
    }
  }
  if (of_a.size() == of_b.size()) return std::nullopt;
  return StateDifference{"number of items", of_a.size(), of_b.size()};
}

void flip_state_bit(Machine& machine, std::uint64_t bit) {
  FlipVisitor visitor{bit};
  machine.visit(visitor);
  CHECK(visitor.has_flipped());
}

}  // namespace config
