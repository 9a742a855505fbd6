// Trace files: the reader, the checker, every view of the records, seeking, and both replays. Most
// mutations are made inside the frames, behind checksums that are then made right.
#include <fmt/format.h>

#include <algorithm>

#include "tests/fuzz/mutation.hpp"
#include "tests/fuzz/trace_corpus.hpp"
#include "tests/traces/replay_target.hpp"
#include "traces/analysis/checker.hpp"
#include "traces/analysis/replay.hpp"
#include "traces/analysis/replay_geometry.hpp"
#include "traces/analysis/summary.hpp"
#include "traces/analysis/view.hpp"
#include "traces/format/format.hpp"
#include "traces/reader.hpp"

namespace fuzz {
namespace {

using namespace common;
using traces::Reader;

constexpr const char* kName = "fuzzed.dtz";
constexpr std::size_t kLongest = 64 * kKiB;
constexpr unsigned kAnywhereOneIn = 4;
/// Replays keep a TLB for each CPU that a header promises.
constexpr std::uint32_t kMostReplayedCpus = 64;

Bytes to_bytes(const traces::Bytes& from) {
  const auto view = std::as_bytes(std::span{from});
  return {view.begin(), view.end()};
}
traces::Bytes to_octets(const Bytes& from) {
  traces::Bytes to(from.size());
  std::transform(from.begin(), from.end(), to.begin(),
                 [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  return to;
}

/// The numbers of a block's header.
std::vector<Field> block_fields() {
  std::vector<Field> fields{{0, 4}, {4, 4}};
  for (std::size_t at = 8; at < traces::kBlockHeaderBytes; at += 8) fields.push_back({at, 8});
  return fields;
}

void mutate_text(std::string& text, Random& random) {
  // Mostly a number in it: few other things are looked at.
  const std::size_t from = random.below(text.size());
  const std::size_t digit = text.find_first_of("0123456789", from);
  if (digit != std::string::npos && !random.one_in(4)) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", digit), text.size());
    text.replace(digit, end - digit, std::to_string(interesting(random, text.size(), 64)));
    return;
  }
  switch (random.below(4)) {
    case 0: text.insert(from, 1, static_cast<char>(random.below(256))); return;
    case 1: text.erase(from, 1 + random.below(20)); return;
    case 2: text[from] = static_cast<char>(random.below(128)); return;
    default: {  // a line twice
      const std::size_t begin = from == 0 ? 0 : text.rfind('\n', from - 1) + 1;
      const std::size_t end = std::min(text.find('\n', from), text.size() - 1) + 1;
      text.insert(begin, text.substr(begin, end - begin));
    }
  }
}

/// Takes all records and only adds them up.
class Count final : public traces::RecordSink {
 public:
  std::uint64_t fetches = 0, last = 0;
  bool went_back = false;
  void reference(const traces::ReferenceRecord& r) override {
    if (r.kind == ReferenceKind::kFetch && r.translated) {
      ++fetches;
      went_back = went_back || r.place.instruction < last;
      last = r.place.instruction;
    }
  }
};

class TraceSubject final : public Subject {
 public:
  TraceSubject() : corpus_{trace_corpus()} {
    for (const TraceSample& sample : corpus_)
      files_.push_back({sample.name, to_bytes(sample.file)});
    for (const TraceSample& sample : corpus_) {
      for (const traces::Bytes& block : sample.parts.blocks) {
        blocks_.push_back({sample.name, to_bytes(block), block_fields()});
      }
    }
  }

  std::vector<std::string> corpus() const override {
    std::vector<std::string> names;
    for (const TraceSample& sample : corpus_) names.push_back(sample.name);
    for (const TraceSample& sample : corpus_)
      names.push_back(sample.name + ", taken apart and joined");
    return names;
  }
  Input original(std::size_t index) const override {
    const TraceSample& sample = corpus_[index % corpus_.size()];
    const bool apart = index >= corpus_.size();
    return {sample.name, to_bytes(apart ? joined(sample.parts, {}) : sample.file), 0};
  }
  Input mutated(Random& random, unsigned most) const override {
    const std::size_t which = random.below(corpus_.size());
    Input input{corpus_[which].name, {}, random.next()};
    const unsigned count = std::min(how_many(random), most);
    if (input.choice % kAnywhereOneIn == 0) {
      input.bytes = files_[which].bytes;
      for (unsigned i = 0; i < count; ++i) {
        Random own = random.fork();
        mutator_.mutate(input.bytes, own, files_[which], files_);
      }
      return input;
    }
    TraceParts parts = corpus_[which].parts;
    for (unsigned i = 0; i < count; ++i) {
      Random own = random.fork();
      mutate_part(parts, own);
    }
    const Repair repair{.block_sizes = input.choice / 4 % 16 != 0,
                        .footer = input.choice / 64 % 4 != 0};
    input.bytes = to_bytes(joined(parts, repair));
    return input;
  }

  Verdict load(const Input& input) override {
    auto opened = Reader::open_bytes(kName, to_octets(input.bytes));
    if (!opened) return judge(opened.error(), ErrorCode::kInput, kName);
    Reader& reader = **opened;
    if (reader.damage()) {
      const Verdict verdict = judge(*reader.damage(), ErrorCode::kInput, kName);
      if (verdict.kind == Verdict::Kind::kBroken) return verdict;
    }
    const traces::CheckReport report = check_trace(reader);
    for (const Error& damage : report.damage) {
      const Verdict verdict = judge(damage, ErrorCode::kInput, kName);
      if (verdict.kind == Verdict::Kind::kBroken) return verdict;
    }
    if (const char* fault = read_in_every_way(reader)) return broken(fault);
    replay(reader);
    if (!report.damage.empty()) return refused(class_of(report.damage.front().what));
    if (!report.problems.empty())
      return accepted("the checker: " + class_of(report.problems.front().what));
    return accepted("clean");
  }

 private:
  void mutate_part(TraceParts& parts, Random& random) const {
    switch (random.below(16)) {
      case 0:
      case 1: return mutate_text(parts.header, random);
      case 2:
      case 3: return mutate_text(parts.footer, random);
      case 4: return reorder(parts.blocks, random);
      default: break;
    }
    if (parts.blocks.empty()) return;
    traces::Bytes& block = random.pick(parts.blocks);
    Bytes bytes = to_bytes(block);
    if (random.one_in(4)) {
      mutator_.mutate(bytes, random, blocks_.front(), blocks_);
    } else if (bytes.size() > traces::kBlockHeaderBytes) {  // records only
      const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(traces::kBlockHeaderBytes);
      Bytes records{at, bytes.end()};
      mutator_.mutate_anywhere(records, random, blocks_);
      bytes.resize(traces::kBlockHeaderBytes);
      bytes.insert(bytes.end(), records.begin(), records.end());
    }
    block = to_octets(bytes);
  }

  static void reorder(std::vector<traces::Bytes>& blocks, Random& random) {
    if (blocks.empty()) return;
    const std::size_t at = random.below(blocks.size());
    switch (random.below(3)) {
      case 0: blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(at)); return;
      case 1: std::swap(blocks[at], random.pick(blocks)); return;
      default: {
        const traces::Bytes copy = random.pick(blocks);
        blocks.insert(blocks.begin() + static_cast<std::ptrdiff_t>(at), copy);
      }
    }
  }

  /// A broken promise, or nullptr.
  static const char* read_in_every_way(Reader& reader) {
    traces::Summary summary;
    const bool whole = reader.read_all(summary).has_value();
    static_cast<void>(summary.hottest(5));
    std::size_t characters = 0;
    traces::View view{{}, [&characters](const std::string& line) { characters += line.size(); }};
    if (reader.read_all(view).has_value() != whole) return "reading twice has two outcomes";
    if (!whole) return nullptr;
    Count all;
    static_cast<void>(reader.read_all(all));
    if (all.went_back) return "instruction numbers go backwards";
    if (all.fetches != reader.instructions())
      return "another number of instructions than the index says";
    const std::uint64_t middle = reader.instructions() / 2;
    Count tail;
    if (!reader.read(middle, ~std::uint64_t{0}, tail))
      return "the tail of a readable trace cannot be read";
    if (tail.fetches + middle < all.fetches) return "seeking skips instructions";
    return nullptr;
  }

  /// At the recorded geometry and at another: any answer will do.
  static void replay(Reader& reader) {
    const std::uint32_t cpus = reader.header().cpus;
    if (cpus > kMostReplayedCpus) return;
    mmu::TlbConfig config{.entries = reader.header().tlb_entries};
    config.random =
        reader.header().random_is_lfsr ? mmu::RandomKind::kLfsr : mmu::RandomKind::kManual;
    test::MmuTarget own{cpus, config};
    traces::ExactReplay exact{own};
    static_cast<void>(reader.read_all(exact));
    config.entries = 24;
    test::MmuTarget smaller{cpus, config};
    traces::OtherReplay other{smaller, reader.header().tlb_entries, 30};
    static_cast<void>(reader.read_all(other));
  }

  std::vector<TraceSample> corpus_;
  std::vector<Sample> files_, blocks_;
  ByteMutator mutator_{ByteOrder::kLittle, kLongest};
};

}  // namespace

std::unique_ptr<Subject> make_trace_subject() { return std::make_unique<TraceSubject>(); }

}  // namespace fuzz
