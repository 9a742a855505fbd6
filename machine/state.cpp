#include "machine/state.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace machine {

bool is_all_zero(std::span<const std::byte> bytes) {
  // Equal to itself shifted by one, and zero at the start.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

namespace {

/// A component's state flows out; nothing flows back.
class DigestVisitor final : public StateVisitor {
 public:
  explicit DigestVisitor(const std::function<bool()>& give_up)
      : state_{XXH3_createState(), &XXH3_freeState}, give_up_{give_up} {
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
    begin_bytes(name, data);
    for (std::uint64_t from = 0; from < data.size(); from += kPageSize) page_at(from, data);
    number(~std::uint64_t{0});
  }
  void sparse_bytes(std::string_view name, std::span<std::byte> data, UsedPieces& used) override {
    begin_bytes(name, data);
    for (std::uint64_t from = used.next(0); from < data.size(); from = used.next(from + kPageSize))
      page_at(from, data);
    number(~std::uint64_t{0});
  }
  bool is_restoring() const override { return false; }

  bool has_given_up() const { return has_given_up_; }
  Digest digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return Digest{hash.high64, hash.low64};
  }

 private:
  static_assert(UsedPieces::kPiece % kPageSize == 0);

  void begin_bytes(std::string_view name, std::span<std::byte> data) {
    tag('B', name);
    number(data.size());
  }
  void page_at(std::uint64_t from, std::span<std::byte> data) {
    if (give_up_ && !has_given_up_ && ++pages_ % kPagesBetweenLooks == 0)
      has_given_up_ = give_up_();
    if (has_given_up_) return;
    const auto piece = data.subspan(from, std::min(kPageSize, data.size() - from));
    if (is_all_zero(piece)) return;
    number(from / kPageSize);
    update(piece.data(), piece.size());
  }
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

  static constexpr std::uint64_t kPagesBetweenLooks = 4096;

  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
  const std::function<bool()>& give_up_;
  std::uint64_t pages_ = 0;
  bool has_given_up_ = false;
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

std::optional<Digest> digest_of(const std::function<void(StateVisitor&)>& visit,
                                const std::function<bool()>& give_up) {
  DigestVisitor visitor{give_up};
  visit(visitor);
  if (visitor.has_given_up()) return std::nullopt;
  return visitor.digest();
}

Digest digest_of(const std::function<void(StateVisitor&)>& visit) { return *digest_of(visit, {}); }

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

}  // namespace machine
