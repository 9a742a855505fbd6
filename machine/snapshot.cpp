#include "machine/snapshot.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "machine/loaders/load_file.hpp"
#include "machine/parameters.hpp"
#include "machine/state.hpp"

namespace machine {

namespace {

constexpr std::string_view kMagic = "DISCOSNP";
constexpr std::uint64_t kVersion = 7;
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr std::size_t kChecksumBytes = 16;
constexpr std::uint64_t kLargestSnapshot = std::uint64_t{64} << 30;

/// The configuration as a snapshot has it: every parameter of every item by name. Engines agree on
/// every cycle, so that each goes on where another has stopped; texts name files, whose content is
/// state.
using ConfigFields = std::map<std::string, std::uint64_t, std::less<>>;

bool is_in_snapshots(const Parameter& p) {
  return p.kind != Parameter::Kind::kText && p.key != "machine.engine";
}

ConfigFields fields_of(const MachineConfig& config) {
  ConfigFields fields;
  for (const Parameter& p : parameters()) {
    if (!is_in_snapshots(p)) continue;
    for (std::size_t item = 0; item < p.count(config); ++item)
      fields[name_of(p, item)] = p.get(config, item);
  }
  return fields;
}

std::array<std::byte, kChecksumBytes> checksum(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::array<std::byte, kChecksumBytes> out;
  std::memcpy(out.data(), canonical.digest, out.size());
  return out;
}

class Output {
 public:
  void raw(std::span<const std::byte> data) { bytes.insert(bytes.end(), data.begin(), data.end()); }
  void text(std::string_view s) { raw(std::as_bytes(std::span{s})); }
  void number(std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  void name(std::string_view s) {
    bytes.push_back(static_cast<std::byte>(s.size()));
    text(s);
  }
  std::vector<std::byte> bytes;
};

/// Reads past the end give zeros and set `failed`.
class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : bytes_{bytes} {}

  std::span<const std::byte> raw(std::uint64_t size) {
    if (size > bytes_.size() - at_) {
      failed = true;
      return {};
    }
    const auto piece = bytes_.subspan(at_, size);
    at_ += size;
    return piece;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto piece = raw(8);
    for (std::size_t i = piece.size(); i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint64_t>(piece[i]);
    }
    return value;
  }
  std::string_view name() {
    const auto length = raw(1);
    if (length.empty()) return {};
    const auto piece = raw(std::to_integer<std::uint64_t>(length[0]));
    return {reinterpret_cast<const char*>(piece.data()), piece.size()};
  }
  bool is_at_end() const { return at_ == bytes_.size(); }
  std::uint64_t offset() const { return at_; }

  bool failed = false;

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t at_ = 0;
};

class SaveVisitor final : public StateVisitor {
 public:
  explicit SaveVisitor(Output& out) : out_{out} {}
  void enter(std::string_view section) override { tag('E', section); }
  void leave() override { tag('L', {}); }
  void word(std::string_view name, std::uint64_t& value) override {
    tag('W', name);
    out_.number(value);
  }
  void bytes(std::string_view name, std::span<std::byte> data) override {
    begin_bytes(name, data);
    for (std::uint64_t from = 0; from < data.size(); from += kPageSize) page_at(from, data);
    out_.number(kNoPage);
  }
  void sparse_bytes(std::string_view name, std::span<std::byte> data, UsedPieces& used) override {
    begin_bytes(name, data);
    for (std::uint64_t from = used.next(0); from < data.size(); from = used.next(from + kPageSize))
      page_at(from, data);
    out_.number(kNoPage);
  }
  bool is_restoring() const override { return false; }

 private:
  void begin_bytes(std::string_view name, std::span<std::byte> data) {
    tag('B', name);
    out_.number(data.size());
  }
  void page_at(std::uint64_t from, std::span<std::byte> data) {
    const auto piece = data.subspan(from, std::min(kPageSize, data.size() - from));
    if (is_all_zero(piece)) return;
    out_.number(from / kPageSize);
    out_.raw(piece);
  }
  void tag(char kind, std::string_view name) {
    out_.bytes.push_back(static_cast<std::byte>(kind));
    out_.name(name);
  }
  Output& out_;
};

class RestoreVisitor final : public StateVisitor {
 public:
  explicit RestoreVisitor(Input& in) : in_{in} {}

  void enter(std::string_view section) override {
    path_ += "/" + std::string{section};
    expect('E', section);
  }
  void leave() override {
    expect('L', {});
    path_.resize(path_.rfind('/'));
  }
  void word(std::string_view name, std::uint64_t& value) override {
    if (!expect('W', name)) return;
    const std::uint64_t read = in_.number();
    if (!has_failed(name)) value = read;
  }
  void bytes(std::string_view name, std::span<std::byte> data) override {
    UsedPieces used{data.size()};
    used.mark(0, data.size());
    sparse_bytes(name, data, used);
  }
  void sparse_bytes(std::string_view name, std::span<std::byte> data, UsedPieces& used) override {
    if (!expect('B', name)) return;
    if (in_.number() != data.size()) return fail(name);
    const std::uint64_t pages = (data.size() + kPageSize - 1) / kPageSize;
    std::uint64_t done = 0;  // pages dealt with
    for (;;) {
      const std::uint64_t page = in_.number();
      if (has_failed(name)) return;
      const bool is_last = page == kNoPage;
      if (!is_last && (page < done || page >= pages)) return fail(name);
      // next() is data.size() where nothing more was used; the last page may be cut.
      const std::uint64_t end = is_last ? data.size() : page * kPageSize;
      for (std::uint64_t from = used.next(done * kPageSize); from < end;
           from = used.next(from + kPageSize)) {
        clear(piece_of(data, from / kPageSize));
      }
      if (is_last) return;
      const auto piece = piece_of(data, page);
      const auto read = in_.raw(piece.size());
      if (has_failed(name)) return;
      used.mark(page * kPageSize);
      std::copy(read.begin(), read.end(), piece.begin());
      done = page + 1;
    }
  }
  bool is_restoring() const override { return true; }

  /// Where the file stopped fitting the machine.
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  static std::span<std::byte> piece_of(std::span<std::byte> data, std::uint64_t page) {
    const std::uint64_t from = page * kPageSize;
    return data.subspan(from, std::min(kPageSize, data.size() - from));
  }
  // Pages that are zero already are not touched: the host need not find memory for them.
  static void clear(std::span<std::byte> piece) {
    if (!is_all_zero(piece)) std::fill(piece.begin(), piece.end(), std::byte{0});
  }
  void fail(std::string_view name) {
    if (!failure_) failure_ = path_ + "/" + std::string{name};
  }
  bool has_failed(std::string_view name) {
    if (in_.failed) fail(name);
    return failure_.has_value();
  }
  bool expect(char kind, std::string_view name) {
    if (failure_) return false;
    const auto tag = in_.raw(1);
    const std::string_view found = in_.name();
    if (tag.empty() || std::to_integer<char>(tag[0]) != kind || found != name) fail(name);
    return !has_failed(name);
  }

  Input& in_;
  std::string path_;
  std::optional<std::string> failure_;
};

Failure<Error> refuse(const std::string& file, std::string what, std::string remedy) {
  return Failure{Error{ErrorCode::kInput, file, std::move(what), std::move(remedy)}};
}

/// Names of a damaged file as a message may hold them.
std::string printable(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return name;
}

/// What a field of a snapshot or of a machine holds, "none" where it has no such field.
std::string held(const ConfigFields& fields, const std::string& name) {
  const auto at = fields.find(name);
  if (at == fields.end()) return "none";
  const Parameter* const p = parameter_named(name);
  return p == nullptr ? std::to_string(at->second) : text_of(*p, at->second);
}

/// "machine.nodes = 2, this machine has 1", for the first fields in which they differ.
std::string differences(const ConfigFields& file, const ConfigFields& machine) {
  ConfigFields all = file;
  all.insert(machine.begin(), machine.end());
  constexpr unsigned kMost = 8;
  unsigned count = 0;
  std::string text;
  for (const auto& [name, value] : all) {
    const auto in_file = file.find(name), in_machine = machine.find(name);
    if (in_file != file.end() && in_machine != machine.end() &&
        in_file->second == in_machine->second)
      continue;
    if (++count > kMost) continue;
    text += (text.empty() ? "" : "; ") + name + " = " + held(file, name) + ", this machine has " +
            held(machine, name);
  }
  return count <= kMost ? text : text + "; and " + std::to_string(count - kMost) + " more";
}

Result<Nothing, Error> check_config(const std::string& file, Input& in,
                                    const MachineConfig& config) {
  ConfigFields fields;
  for (std::uint64_t left = in.number(); left > 0; --left) {
    const std::string name{in.name()};
    const std::uint64_t value = in.number();
    if (in.failed) {
      return refuse(file, "ends within its configuration", "make it anew with this version");
    }
    if (parameter_named(name) == nullptr) {
      return refuse(file, "has the unknown configuration field \"" + printable(name) + "\"",
                    "make it anew with this version");
    }
    if (!fields.emplace(name, value).second) {
      return refuse(file, "has the configuration field \"" + name + "\" twice",
                    "make it anew with this version");
    }
  }
  const std::string differing = differences(fields, fields_of(config));
  if (differing.empty()) return Nothing{};
  return refuse(file, "was made with " + differing,
                "restore it into a machine of the same configuration");
}

}  // namespace

std::vector<std::byte> snapshot(Machine& machine) {
  Output out;
  out.text(kMagic);
  out.number(kVersion);
  const auto fields = fields_of(machine.config());
  out.number(fields.size());
  for (const auto& [name, value] : fields) {
    out.name(name);
    out.number(value);
  }
  SaveVisitor visitor{out};
  machine.visit(visitor);
  out.raw(checksum(out.bytes));
  return std::move(out.bytes);
}

Result<Nothing, Error> restore(Machine& machine, const std::string& name,
                               std::span<const std::byte> bytes) {
  const auto magic = std::as_bytes(std::span{kMagic});
  if (bytes.size() < magic.size() + 8 + kChecksumBytes ||
      !std::equal(magic.begin(), magic.end(), bytes.begin())) {
    return refuse(name, "is not a snapshot", "snapshots begin with DISCOSNP");
  }
  Input in{bytes.first(bytes.size() - kChecksumBytes)};
  in.raw(magic.size());
  const std::uint64_t version = in.number();
  if (version != kVersion) {
    return refuse(name,
                  "is a snapshot of version " + std::to_string(version) +
                      "; this program reads version " + std::to_string(kVersion),
                  "make it anew with this version");
  }
  const auto body = bytes.first(bytes.size() - kChecksumBytes);
  const auto sum = checksum(body);
  if (!std::equal(sum.begin(), sum.end(), bytes.end() - kChecksumBytes)) {
    return refuse(name, "is damaged: its checksum does not match", "make or copy it again");
  }
  if (auto same = check_config(name, in, machine.config()); !same) return same;

  RestoreVisitor visitor{in};
  machine.visit(visitor);
  if (visitor.failure() || !in.is_at_end()) {
    return refuse(name + ", offset " + std::to_string(in.offset()),
                  "does not fit this machine at " + visitor.failure().value_or("its end"),
                  "make it anew with this version");
  }
  if (const char* const wrong = machine.contradiction()) {
    return refuse(name, std::string{"contradicts itself: "} + wrong,
                  "make it anew with this version");
  }
  return Nothing{};
}

Result<Nothing, Error> save_snapshot(Machine& machine, const std::string& path) {
  return write_file(path, snapshot(machine));
}

Result<Nothing, Error> load_snapshot(Machine& machine, const std::string& path) {
  const auto file = read_blob(path, kLargestSnapshot);
  if (!file) return Failure{file.error()};
  return restore(machine, path, file->bytes);
}

}  // namespace machine
