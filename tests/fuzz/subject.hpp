// Something that reads what others wrote, and what must be true of it whatever they wrote: the
// answer is success, or an Error with the documented code and a sentence that names the input.
// Nothing else of the process may notice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "tests/fuzz/random.hpp"

namespace fuzz {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

struct Input {
  std::string origin;  // the corpus file it was made from
  Bytes bytes;
  std::uint64_t choice = 0;  // decides between the ways in which a subject can be given the bytes
};

/// What a subject made of an input. `what` is the class under which it is counted.
struct Verdict {
  enum class Kind : std::uint8_t { kAccepted, kRefused, kBroken } kind{};
  std::string what;
};

inline Verdict accepted(std::string what) { return {Verdict::Kind::kAccepted, std::move(what)}; }
inline Verdict refused(std::string what) { return {Verdict::Kind::kRefused, std::move(what)}; }
/// A promise was not kept.
inline Verdict broken(std::string what) { return {Verdict::Kind::kBroken, std::move(what)}; }

/// No control characters: bytes of a damaged file must not reach a terminal as commands.
bool is_plain(std::string_view text);
/// kRefused if `error` is as it should be: this code, a clause, and a message that says `name`.
Verdict judge(const common::Error& error, common::ErrorCode code, std::string_view name);
/// The text with everything that differs from input to input (numbers, quoted names) replaced.
std::string class_of(std::string_view message);

class Subject {
 public:
  virtual ~Subject() = default;
  /// Names of the valid inputs that mutations start from. Requires: each is accepted.
  virtual std::vector<std::string> corpus() const = 0;
  /// Number `index` of corpus(), unchanged.
  virtual Input original(std::size_t index) const = 0;
  /// A mutated input, with at most `most` mutations applied.
  virtual Input mutated(Random& random, unsigned most) const = 0;
  /// Whatever `input` holds, this returns, and the same for the same input.
  virtual Verdict load(const Input& input) = 0;
};

struct SubjectInfo {
  const char* name;
  const char* what;
  std::unique_ptr<Subject> (*make)();
};
/// All of them, in the order of the documentation.
const std::vector<SubjectInfo>& subjects();

std::unique_ptr<Subject> make_elf_subject();
std::unique_ptr<Subject> make_image_subject();
std::unique_ptr<Subject> make_tree_subject();
std::unique_ptr<Subject> make_lua_subject();
std::unique_ptr<Subject> make_trace_subject();
std::unique_ptr<Subject> make_gdb_subject();
std::unique_ptr<Subject> make_snapshot_subject();
std::unique_ptr<Subject> make_json_subject();
std::unique_ptr<Subject> make_run_subject();
std::unique_ptr<Subject> make_points_subject();

}  // namespace fuzz
