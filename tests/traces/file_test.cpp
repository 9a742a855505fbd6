// The container: what any zstd makes of it, what damage does to it, and what files that are no
// traces are told.
#include <sys/stat.h>
#include <zstd.h>

#include <filesystem>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/traces/capture.hpp"
#include "tests/traces/recording.hpp"
#include "traces/analysis/checker.hpp"
#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"

using namespace common;
using namespace traces;

namespace {

/// A small trace of several blocks, as bytes.
std::vector<std::uint8_t> small_trace(const test::TemporaryDirectory& directory) {
  test::RecordingOptions options;
  options.warm_up = 300;
  options.instructions = 700;
  options.block_instructions = 250;
  options.machine = {.cpus = 2, .tlb = {.entries = 8}, .seed = 2, .pages = 20};
  test::record(options, directory.file("small.dtz"));
  return test::read_file(directory.file("small.dtz"));
}

struct Outcome {
  bool opened = false, clean = false;
  std::vector<test::AnyRecord>
      records;  // of the blocks that can be read, up to the first that cannot
  std::size_t blocks = 0;
};

Outcome look_at(const std::vector<std::uint8_t>& file) {
  Outcome outcome;
  auto reader = Reader::open_bytes("t.dtz", file);
  if (!reader) {
    REQUIRE_FALSE(reader.error().what.empty());
    REQUIRE(reader.error().where.find("t.dtz") == 0);
    return outcome;
  }
  outcome.opened = true;
  test::Capture capture;
  for (std::size_t i = 0; i < (*reader)->blocks().size(); ++i) {
    const std::size_t before = capture.records.size();
    const auto read = (*reader)->read_block(i, capture);
    if (!read) {
      REQUIRE(read.error().where.find("offset ") != std::string::npos);
      capture.records.resize(before);
      break;
    }
    ++outcome.blocks;
  }
  outcome.records = std::move(capture.records);
  outcome.clean = check_trace(**reader).is_clean();
  return outcome;
}

bool is_prefix(const std::vector<test::AnyRecord>& part,
               const std::vector<test::AnyRecord>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

std::string refusal(const std::string& path) {
  auto reader = Reader::open(path);
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == ErrorCode::kInput);
  return reader.error().message();
}

/// Files with parts overwritten or taken out: refused, reported, or the same records.
void mutate_files(std::uint64_t first_seed, std::uint64_t count) {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const Outcome whole = look_at(file);
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    auto mutant = file;
    for (std::uint64_t i = 0; i <= random() % 6; ++i) {
      const std::size_t at = random() % mutant.size(), length = random() % 64;
      const auto from = mutant.begin() + static_cast<std::ptrdiff_t>(at);
      const auto to = from + static_cast<std::ptrdiff_t>(std::min(length, mutant.size() - at));
      if (random() % 2 == 0)
        mutant.erase(from, to);
      else
        std::generate(from, to, [&] { return static_cast<std::uint8_t>(random()); });
      if (mutant.empty()) break;
    }
    const Outcome outcome = look_at(mutant);
    if (outcome.clean && mutant != file && outcome.records != whole.records)
      FAIL("accepted other records");
  }
}

}  // namespace

TEST_CASE("File: any zstd unpacks it, and the blocks follow one another", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  std::vector<std::uint8_t> unpacked(1 << 22);
  const std::size_t size =
      ZSTD_decompress(unpacked.data(), unpacked.size(), file.data(), file.size());
  REQUIRE_FALSE(ZSTD_isError(size));
  unpacked.resize(size);
  auto reader = test::open(directory.file("small.dtz"));
  std::size_t at = 0;
  for (std::size_t i = 0; i < reader->blocks().size(); ++i) {
    const auto header = reader->block_header(i);
    REQUIRE(header);
    const std::string magic(unpacked.begin() + static_cast<std::ptrdiff_t>(at),
                            unpacked.begin() + static_cast<std::ptrdiff_t>(at + 4));
    CHECK(magic == "DTB1");
    std::uint64_t records = 0;
    for (unsigned b = 0; b < 8; ++b) records |= std::uint64_t{unpacked[at + 72 + b]} << (8 * b);
    at += kBlockHeaderBytes + records;
  }
  CHECK(at == unpacked.size());
}

TEST_CASE("File: the seek table is the published one", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const auto word = [&](std::size_t at) {
    return std::uint32_t{file[at]} | std::uint32_t{file[at + 1]} << 8 |
           std::uint32_t{file[at + 2]} << 16 | std::uint32_t{file[at + 3]} << 24;
  };
  REQUIRE(word(file.size() - 4) == 0x8f92eab1);
  CHECK(file[file.size() - 5] == 0);
  const std::uint32_t frames = word(file.size() - 9);
  const std::size_t table = file.size() - 9 - 8 * frames - 8;
  CHECK(word(table) == 0x184d2a5e);
  CHECK(word(table + 4) == 8 * frames + 9);
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < frames; ++i) {
    const std::size_t packed = word(table + 8 + 8 * i), content = word(table + 12 + 8 * i);
    CHECK(ZSTD_findFrameCompressedSize(file.data() + at, file.size() - at) == packed);
    const bool skippable = (word(at) & 0xfffffff0) == 0x184d2a50;
    CHECK(skippable == (content == 0));
    if (!skippable) CHECK(ZSTD_getFrameContentSize(file.data() + at, packed) == content);
    at += packed;
  }
  CHECK(at == table);
}

TEST_CASE("File: the header can be read without any tool", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const std::string text(file.begin() + 8, file.begin() + 8 + 400);
  CHECK(text.rfind("disco-trace 1\nisa mips4-be\nproducer a test\ncpus 2\nnodes 1\nclock-hz "
                   "200000000\ntlb-entries 8\n",
                   0) == 0);
  auto reader = test::open(directory.file("small.dtz"));
  CHECK(reader->header().cpus == 2);
  CHECK(reader->header().tlb_entries == 8);
  CHECK(reader->header().random_is_lfsr);
  CHECK(reader->header().others.find("config-hash") == "0123abcd");
}

TEST_CASE("File: a whole one is clean, and is written under its name only when it is whole",
          "[traces][file]") {
  const test::TemporaryDirectory directory;
  const Outcome outcome = look_at(small_trace(directory));
  CHECK(outcome.clean);
  CHECK(outcome.blocks >= 3);
  CHECK_FALSE(std::filesystem::exists(directory.file("small.dtz.partial")));
  TraceHeader header;
  {
    auto unfinished = Writer::create(directory.file("other.dtz"), header);
    REQUIRE(unfinished);
    CHECK(std::filesystem::exists(directory.file("other.dtz.partial")));
  }
  CHECK_FALSE(std::filesystem::exists(directory.file("other.dtz")));
  const auto again = Writer::create(directory.file("small.dtz"), header);
  REQUIRE_FALSE(again);
  CHECK(again.error().what == "the file exists already");
}

TEST_CASE("File: cut short anywhere, its whole blocks remain and the cut is reported",
          "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const Outcome whole = look_at(file);
  auto reader = test::open(directory.file("small.dtz"));
  const auto blocks = reader->blocks();
  for (std::size_t length = 0; length < file.size(); ++length) {
    const Outcome outcome =
        look_at({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)});
    CAPTURE(length);
    if (outcome.clean) FAIL("accepted");
    const auto whole_blocks = std::count_if(blocks.begin(), blocks.end(), [&](const BlockInfo& b) {
      return b.offset + b.packed <= length;
    });
    if (outcome.opened && outcome.blocks != static_cast<std::size_t>(whole_blocks))
      FAIL("blocks lost");
    if (!outcome.opened && length >= blocks[0].offset)
      FAIL("not opened although the header is whole");
    if (!is_prefix(outcome.records, whole.records)) FAIL("other records");
  }
}

TEST_CASE("File: no flipped byte goes unnoticed", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const Outcome whole = look_at(file);
  std::mt19937_64 random{1};
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto flipped = file;
    flipped[at] ^= static_cast<std::uint8_t>(1 + random() % 255);
    const Outcome outcome = look_at(flipped);
    CAPTURE(at);
    if (outcome.clean) {
      // Bits that mean nothing to zstd may change, records may not.
      if (outcome.records != whole.records) FAIL("unnoticed");
      UNSCOPED_INFO("harmless at " << at);
      ++harmless;
    } else if (!is_prefix(outcome.records, whole.records)) {
      FAIL("other records");
    }
  }
  CHECK(harmless < 20);
}

TEST_CASE("File: damage in one block leaves the others readable", "[traces][file]") {
  const test::TemporaryDirectory directory;
  auto file = small_trace(directory);
  auto reader = test::open(directory.file("small.dtz"));
  const BlockInfo hit = reader->blocks()[1];
  file[hit.offset + hit.packed / 2] ^= 0x55;
  test::write_file(directory.file("hit.dtz"), file);
  auto damaged = test::open(directory.file("hit.dtz"));
  CHECK_FALSE(damaged->damage());  // blocks are looked at when they are read
  test::Capture sink;
  CHECK(damaged->read_block(0, sink));
  const auto refused = damaged->read_block(1, sink);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().where.find("offset " + std::to_string(hit.offset) + " (block 1)") !=
        std::string::npos);
  CHECK(damaged->read_block(2, sink));
  CHECK(check_trace(*damaged).damage.size() == 1);
}

TEST_CASE("Block: its checksum covers header and records", "[traces][file]") {
  const std::vector<std::uint8_t> records(100, 7);
  const BlockHeader header{.number = 3,
                           .first_instruction = 5,
                           .instructions = 9,
                           .records = 11,
                           .first_cycle = 1,
                           .last_cycle = 2,
                           .digest = {8, 9}};
  const Bytes good = make_block(header, records);
  const auto opened = open_block(good);
  REQUIRE(opened);
  CHECK(opened->header == header);
  CHECK(opened->records.size() == 100);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 0x20;
    if (open_block(bad)) FAIL("byte " << at << " is not covered");
  }
}

TEST_CASE("File: a footer that does not fit its blocks is not believed", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const auto frames = *find_seek_table(file, file.size());
  std::size_t footer_at = 0;
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) footer_at += frames[i].packed;
  const auto content = *skippable_content(std::span{file}.subspan(footer_at), kFooterMagic);
  const auto parsed =
      TraceFooter::parse({reinterpret_cast<const char*>(content.data()), content.size()});
  REQUIRE(parsed);
  const auto with = [&](auto change) {
    TraceFooter footer = *parsed;
    change(footer);
    std::vector<std::uint8_t> forged(file.begin(),
                                     file.begin() + static_cast<std::ptrdiff_t>(footer_at));
    const Bytes frame = skippable_frame(kFooterMagic, as_bytes(footer.render()));
    forged.insert(forged.end(), frame.begin(), frame.end());
    auto table = frames;
    table.back().packed = static_cast<std::uint32_t>(frame.size());
    const Bytes seek = seek_table(table);
    forged.insert(forged.end(), seek.begin(), seek.end());
    return look_at(forged);
  };
  const Outcome same = with([](TraceFooter&) {});
  REQUIRE(same.clean);
  for (const Outcome& outcome :
       {with([](TraceFooter& f) { ++f.instructions; }), with([](TraceFooter& f) { ++f.records; }),
        with([](TraceFooter& f) { ++f.blocks[1].offset; }),
        with([](TraceFooter& f) { ++f.blocks[1].instructions; }),
        with([](TraceFooter& f) { ++f.blocks[1].first_instruction; }),
        with([](TraceFooter& f) { f.blocks.pop_back(); }),
        with([](TraceFooter& f) { ++f.blocks[0].number; }),
        with([](TraceFooter& f) { f.first_cycle = ~std::uint64_t{0}; }),
        with([](TraceFooter& f) { f.last_cycle = 0; }),
        with([](TraceFooter& f) { f.totals.add("live.modified", 1'000'000); }),
        with([](TraceFooter& f) { f.totals.add("total.fetches", ~std::uint64_t{0}); })}) {
    CHECK_FALSE(outcome.clean);
    CHECK(outcome.records == same.records);  // the blocks are all there
  }
}

TEST_CASE("File: what is no trace is named", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("x.dtz");
  const auto with = [&](std::vector<std::uint8_t> bytes) {
    test::write_file(path, bytes);
    return refusal(path);
  };
  CHECK(with({}).find("empty") != std::string::npos);
  CHECK(with({0xfd, '7', 'z', 'X', 'Z', 0, 1}).find("an xz file") != std::string::npos);
  CHECK(with({0x1f, 0x8b, 8}).find("a gzip file") != std::string::npos);
  CHECK(with({0x28, 0xb5, 0x2f, 0xfd, 0}).find("zstd file, but no disco trace") !=
        std::string::npos);
  CHECK(with({'h', 'e', 'l', 'l', 'o'}).find("no disco trace") != std::string::npos);
  std::vector<std::uint8_t> tar(512);
  std::copy_n("ustar", 5, tar.begin() + 257);
  CHECK(with(tar).find("tar archive") != std::string::npos);
  CHECK(refusal(directory.file("missing.dtz")).find("cannot be opened") != std::string::npos);
  CHECK(refusal(directory.file("")).find("not a regular file") != std::string::npos);
}

TEST_CASE("File: another version is refused by name", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const std::string text = "disco-trace 2\nisa mips4-be\n";
  test::write_file(directory.file("v2.dtz"), skippable_frame(kHeaderMagic, as_bytes(text)));
  CHECK(refusal(directory.file("v2.dtz"))
            .find("this is version 2 of the trace format, this program reads version 1") !=
        std::string::npos);
}

TEST_CASE("File: what is refused as another version is not let through to a terminal",
          "[traces][file]") {
  const std::string text = "disco-trace \x1b[2J\x07 2\nisa mips4-be\n";
  const auto frame = skippable_frame(kHeaderMagic, as_bytes(text));
  const auto reader = Reader::open_bytes("t.dtz", frame);
  REQUIRE_FALSE(reader);
  CHECK(reader.error().message().find("this is version ?[2J? 2 of") != std::string::npos);
}

TEST_CASE("File: headers that lack something, or say it wrongly, are refused", "[traces][file]") {
  TraceHeader header;
  header.cpus = 3;
  const std::string good = header.render();
  REQUIRE(TraceHeader::parse(good));
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good.substr(0, good.rfind("xxh3"));
    text.replace(text.find(from), from.size(), to);
    TextLines lines;
    std::size_t at = text.find('\n') + 1;
    for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::string line = text.substr(at, end - at);
      lines.add(line.substr(0, line.find(' ')), line.substr(line.find(' ') + 1));
    }
    return lines.render("disco-trace 1");
  };
  CHECK(TraceHeader::parse(changed("cpus 3", "cpus 4")));
  CHECK_FALSE(TraceHeader::parse(changed("cpus 3", "cpus 0")));
  CHECK_FALSE(TraceHeader::parse(changed("cpus 3", "cpus 4097")));
  CHECK_FALSE(TraceHeader::parse(changed("cpus 3", "cpus -1")));
  CHECK_FALSE(TraceHeader::parse(changed("cpus 3", "cpus 3x")));
  CHECK_FALSE(TraceHeader::parse(changed("tlb-random lfsr", "tlb-random dice")));
  CHECK_FALSE(TraceHeader::parse(changed("tlb-entries 64", "tlb-entries 4")));
  CHECK_FALSE(TraceHeader::parse(changed("isa mips4-be", "isa mips4-le")));
  std::string no_checksum = good;
  no_checksum[no_checksum.size() - 2] ^= 1;
  CHECK_FALSE(TraceHeader::parse(no_checksum));
}

TEST_CASE("File: mutated files never crash and never lie", "[traces][file][fuzz]") {
  mutate_files(1, 400);
}

TEST_CASE("File: 100000 mutated files never crash and never lie", "[traces][file][.fuzz]") {
  mutate_files(1'000'000, 100'000);
}

TEST_CASE("File: a trace of nothing is a trace", "[traces][file]") {
  const test::TemporaryDirectory directory;
  auto writer = Writer::create(directory.file("e.dtz"), TraceHeader{});
  REQUIRE(writer);
  REQUIRE((*writer)->close({}));
  auto reader = test::open(directory.file("e.dtz"));
  CHECK_FALSE(reader->damage());
  CHECK(reader->instructions() == 0);
  CHECK(check_trace(*reader).is_clean());
}

TEST_CASE("File: references cost well below a byte each where programs loop", "[traces][file]") {
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.instructions = 400'000;
  options.block_instructions = kMaxBlockInstructions;
  options.machine.regular = GENERATE(true, false);
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  std::uint64_t references = 0;
  for (const char* kind : {"total.fetches", "total.loads", "total.stores", "total.load-linked",
                           "total.store-conditional"}) {
    references += *reader->footer()->totals.number(kind);
  }
  const double each = static_cast<double>(reader->file_bytes()) / static_cast<double>(references);
  WARN(each << " bytes per reference");
  // Random addresses cost what they are worth: about two bytes for each of the data references.
  CHECK(each < (options.machine.regular ? 0.15 : 1.0));
}

TEST_CASE("File: a trace that is shortened while it is read is an error", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const auto file = small_trace(directory);
  const std::string path = directory.file("cut.dtz");
  test::write_file(path, file);
  const auto reader = test::open(path);
  REQUIRE(reader->blocks().size() >= 3);
  std::filesystem::resize_file(path, reader->blocks()[1].offset + 10);
  test::Capture capture;
  CHECK(reader->read_block(0, capture));
  const auto read = reader->read_block(1, capture);
  REQUIRE_FALSE(read);
  CHECK(read.error().message().find("shortened by somebody else") != std::string::npos);
  CHECK(read.error().message().find(path) != std::string::npos);
  CHECK_FALSE(check_trace(*reader).is_clean());
}

TEST_CASE("File: a pipe is refused, not waited for", "[traces][file]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK(refusal(path).find("not a regular file") != std::string::npos);
}

TEST_CASE("File: a header has so many keys and no more", "[traces][file]") {
  TraceHeader header;
  const auto with = [&](std::size_t keys) {
    TraceHeader wide = header;
    for (std::size_t i = 0; i < keys; ++i) wide.others.add("key" + std::to_string(i), "x");
    return wide.render();
  };
  CHECK(TraceHeader::parse(with(1000)));
  const auto refused = TraceHeader::parse(with(kMaxKeys));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "the header has more keys than any header");
  const std::string text = with(200'000);
  CHECK_FALSE(TraceHeader::parse(text));
  const auto reader = Reader::open_bytes("t.dtz", skippable_frame(kHeaderMagic, as_bytes(text)));
  REQUIRE_FALSE(reader);
  CHECK(reader.error().what == "the header is longer than any header");
}

TEST_CASE("File: what unpacks to much and tells nothing is not read to its end", "[traces][file]") {
  // Records of a later version, which are skipped and which nothing counts.
  Bytes idle;
  for (std::size_t i = 0; i < (1 << 20); ++i) idle.insert(idle.end(), {0xf0, 0x09, 0x00});
  const BlockPromise nothing{};
  Decoder decoder{1};
  RecordSink sink;
  const auto read = decoder.decode(idle, nothing, sink);
  REQUIRE_FALSE(read);
  CHECK(read.error().what == "the block is made of records that tell nothing");
  CHECK(read.error().where.size() < std::string{"byte 200000"}.size() + 1);
  // As many records as the header likes to promise.
  BlockHeader header;
  header.instructions = 10;
  header.records = kMaxRecords + 10 * kMaxRecordsPerInstruction;
  CHECK(open_block(make_block(header, {})));
  ++header.records;
  const auto promised = open_block(make_block(header, {}));
  REQUIRE_FALSE(promised);
  CHECK(promised.error().what == "the block promises too many records");
  // More of them than are promised: told at the first.
  Bytes dma = {0xe0, 0x00, 0x00, 0x02, 0x01};
  dma.insert(dma.end(), {0xe0, 0x00, 0x00, 0x02, 0x01});
  const auto more = decoder.decode(dma, BlockPromise{.records = 1}, sink);
  REQUIRE_FALSE(more);
  CHECK(more.error().what == "more records than the block's header promises");
}
