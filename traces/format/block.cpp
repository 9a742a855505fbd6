#include "traces/format/block.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>

#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"

namespace traces {

namespace {

constexpr std::size_t kChecksumAt = 80;

std::uint64_t checksum(ByteView before, ByteView records) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, before.data(), before.size());
  XXH3_64bits_update(&state, records.data(), records.size());
  return XXH3_64bits_digest(&state);
}

Failure<Error> wrong(std::string what) {
  return Failure{
      Error{.code = ErrorCode::kInput, .where = "", .what = std::move(what), .remedy = ""}};
}

}  // namespace

Bytes make_block(const BlockHeader& header, ByteView records) {
  ByteSink out;
  out.word32(kBlockMagic);
  out.word32(static_cast<std::uint32_t>(kBlockHeaderBytes));
  out.word64(header.number);
  out.word64(header.first_instruction);
  out.word64(header.instructions);
  out.word64(header.records);
  out.word64(header.first_cycle);
  out.word64(header.last_cycle);
  out.word64(header.digest.high);
  out.word64(header.digest.low);
  out.word64(records.size());
  out.word64(checksum(out.bytes(), records));
  out.append(records);
  return {out.bytes().begin(), out.bytes().end()};
}

Result<OpenBlock, Error> open_block(ByteView content) {
  if (content.size() < kBlockHeaderBytes) return wrong("the block is shorter than its header");
  ByteSource in{content};
  if (in.word32() != kBlockMagic) return wrong("this is no block of a trace");
  const std::uint32_t header_bytes = in.word32();
  if (header_bytes < kBlockHeaderBytes || header_bytes > content.size()) {
    return wrong("the block's header has an impossible size");
  }
  OpenBlock block;
  BlockHeader& h = block.header;
  h.number = in.word64();
  h.first_instruction = in.word64();
  h.instructions = in.word64();
  h.records = in.word64();
  h.first_cycle = in.word64();
  h.last_cycle = in.word64();
  h.digest.high = in.word64();
  h.digest.low = in.word64();
  const std::uint64_t length = in.word64();
  const std::uint64_t expected = in.word64();
  block.records = content.subspan(header_bytes);
  if (block.records.size() != length) return wrong("the block is not as long as its header says");
  if (checksum(content.first(kChecksumAt), block.records) != expected) {
    return wrong("the block's checksum does not match");
  }
  if (h.instructions > kMaxBlockInstructions)
    return wrong("the block promises too many instructions");
  if (h.records > kMaxRecords + h.instructions * kMaxRecordsPerInstruction)
    return wrong("the block promises too many records");
  if (h.first_instruction + h.instructions < h.first_instruction)
    return wrong("the block's instruction numbers overflow");
  return block;
}

}  // namespace traces
