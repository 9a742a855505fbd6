#include "tests/fuzz/trace_corpus.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/check.hpp"
#include "tests/traces/fake_machine.hpp"
#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"
#include "traces/format/header.hpp"
#include "traces/reader.hpp"
#include "traces/recorder.hpp"

namespace fuzz {
namespace {

using traces::ByteView;

// Offsets in a block's header (docs/trace-format.md).
constexpr std::size_t kFirstAt = 16, kLengthAt = 72, kChecksumAt = 80;
constexpr std::size_t kChecksumLine = 22;

std::uint64_t word_at(const traces::Bytes& bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;)
    value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0);
  return value;
}

void put_word(traces::Bytes& bytes, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 8 && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

traces::Bytes read_whole(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// The writer writes files; the fuzzer then needs none.
traces::Bytes recorded(const test::FakeConfig& config, std::uint64_t instructions,
                       std::uint64_t block_instructions) {
  std::string folder = (std::filesystem::temp_directory_path() / "disco-fuzz-XXXXXX").string();
  CHECK(::mkdtemp(folder.data()) != nullptr);
  const std::string path = folder + "/small.dtz";
  test::FakeMachine machine{config};
  machine.run(300);
  traces::TraceHeader header;
  header.producer = "disco_fuzz";
  header.cpus = config.cpus;
  header.clock_hz = 200'000'000;
  header.tlb_entries = config.tlb.entries;
  header.random_is_lfsr = config.tlb.random == mmu::RandomKind::kLfsr;
  header.others.add("experiment", "fuzz");
  {
    auto writer = traces::Writer::create(path, header, {.block_instructions = block_instructions});
    CHECK(writer.has_value());
    traces::Recorder recorder{**writer, machine, config.cpus};
    machine.observe(&recorder);
    machine.run(instructions);
    recorder.dma(3, common::PhysAddr{0x123000}, 4096, true);
    CHECK((*writer)->close(recorder.totals()).has_value());
  }
  const traces::Bytes file = read_whole(path);
  std::filesystem::remove_all(folder);
  return file;
}

std::string text_of(ByteView frame) {
  const std::string text{reinterpret_cast<const char*>(frame.data()), frame.size()};
  return text.substr(0, text.size() - kChecksumLine);
}

TraceParts taken_apart(const traces::Bytes& file) {
  auto reader = traces::Reader::open_bytes("corpus", file);
  CHECK(reader.has_value() && !(*reader)->damage());
  TraceParts parts;
  const ByteView view{file};
  const auto header = traces::skippable_content(view, traces::kHeaderMagic);
  CHECK(header.has_value());
  parts.header = text_of(*header);
  std::size_t at = header->size() + 8;
  for (const traces::BlockInfo& block : (*reader)->blocks()) {
    at = static_cast<std::size_t>(block.offset + block.packed);
    const ByteView frame = view.subspan(static_cast<std::size_t>(block.offset),
                                        static_cast<std::size_t>(block.packed));
    const auto content = traces::unpack(frame, traces::kMaxBlockBytes);
    CHECK(content.has_value());
    parts.blocks.push_back(*content);
  }
  const auto footer = traces::skippable_content(view.subspan(at), traces::kFooterMagic);
  CHECK(footer.has_value());
  parts.footer = text_of(*footer);
  return parts;
}

TraceSample sample(std::string name, const test::FakeConfig& config, std::uint64_t instructions,
                   std::uint64_t block_instructions) {
  traces::Bytes file = recorded(config, instructions, block_instructions);
  TraceParts parts = taken_apart(file);
  return {std::move(name), std::move(file), std::move(parts)};
}

std::string sealed(const std::string& text) {
  return text + fmt::format("xxh3 {:016x}\n", XXH3_64bits(text.data(), text.size()));
}

void seal(traces::Bytes& block, const Repair& repair) {
  if (block.size() < traces::kBlockHeaderBytes) return;
  const std::size_t header = word_at(block, 4) & 0xffffffff;
  const std::size_t records_at = header <= block.size() ? header : traces::kBlockHeaderBytes;
  if (repair.block_sizes) put_word(block, kLengthAt, block.size() - records_at);
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, block.data(), kChecksumAt);
  XXH3_64bits_update(&state, block.data() + records_at, block.size() - records_at);
  put_word(block, kChecksumAt, XXH3_64bits_digest(&state));
}

/// The footer as a writer would have written it after these blocks.
std::string footer_of(const std::vector<traces::Bytes>& blocks,
                      const std::vector<std::uint64_t>& offsets, const std::string& old) {
  std::string lines;
  std::uint64_t instructions = 0, records = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& b = blocks[i];
    lines += fmt::format("block {} {} {} {} {} {}\n", word_at(b, 8), offsets[i],
                         word_at(b, kFirstAt), word_at(b, 24), word_at(b, 40), word_at(b, 48));
    instructions += word_at(b, 24);
    records += word_at(b, 32);
  }
  std::string kept;  // total.NAME and live.NAME
  for (std::size_t at = 0; at < old.size();) {
    const std::size_t end = std::min(old.find('\n', at), old.size() - 1) + 1;
    const std::string_view line = std::string_view{old}.substr(at, end - at);
    if (line.starts_with("total.") || line.starts_with("live.")) kept += line;
    at = end;
  }
  return fmt::format(
      "disco-trace-end 1\nblocks {}\ninstructions {}\nrecords {}\nfirst-cycle 0\nlast-cycle "
      "0\n{}{}",
      blocks.size(), instructions, records, kept, lines);
}

}  // namespace

std::vector<TraceSample> trace_corpus() {
  std::vector<TraceSample> corpus;
  corpus.push_back(sample("two CPUs, 8 entries, 4 blocks",
                          {.cpus = 2, .tlb = {.entries = 8}, .seed = 2, .pages = 20}, 600, 200));
  corpus.push_back(sample(
      "one CPU, one block",
      {.cpus = 1, .tlb = {.entries = 48}, .seed = 3, .pages = 80, .regular = true}, 500, 100'000));
  corpus.push_back(sample("manual Random, large pages",
                          {.cpus = 1,
                           .tlb = {.entries = 16, .random = mmu::RandomKind::kManual},
                           .seed = 4,
                           .pages = 60,
                           .big_pages = true},
                          500, 300));
  return corpus;
}

traces::Bytes joined(const TraceParts& parts, const Repair& repair) {
  thread_local traces::Packer packer{1};
  traces::Bytes file;
  std::vector<traces::SeekEntry> frames;
  const auto add = [&](ByteView frame, std::size_t content) {
    frames.push_back(
        {static_cast<std::uint32_t>(frame.size()), static_cast<std::uint32_t>(content)});
    file.insert(file.end(), frame.begin(), frame.end());
  };
  const auto skippable = [](std::uint32_t magic, const std::string& text) {
    return traces::skippable_frame(magic, traces::as_bytes(sealed(text)));
  };
  add(skippable(traces::kHeaderMagic, parts.header), 0);
  std::vector<std::uint64_t> offsets;
  std::vector<traces::Bytes> blocks = parts.blocks;
  for (traces::Bytes& block : blocks) {
    offsets.push_back(file.size());
    seal(block, repair);
    add(packer.pack(block), block.size());
  }
  const std::string footer =
      repair.footer ? footer_of(blocks, offsets, parts.footer) : parts.footer;
  add(skippable(traces::kFooterMagic, footer), 0);
  const traces::Bytes table = traces::seek_table(frames);
  file.insert(file.end(), table.begin(), table.end());
  return file;
}

}  // namespace fuzz
