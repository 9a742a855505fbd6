#include "traces/writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/check.hpp"
#include "traces/format/bytes.hpp"

namespace traces {

namespace {

constexpr std::size_t kFullBytes = 24u << 20;  // a block of data references alone ends here

Error file_error(const std::string& path, const char* what) {
  return {.code = ErrorCode::kInput,
          .where = path,
          .what = std::string{what} + ": " + std::strerror(errno),
          .remedy = ""};
}

bool exists(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file != nullptr) std::fclose(file);
  return file != nullptr;
}

}  // namespace

Result<std::unique_ptr<Writer>, Error> Writer::create(const std::string& path,
                                                      const TraceHeader& header,
                                                      const WriterOptions& options) {
  if (exists(path)) {
    return Failure{
        Error{.code = ErrorCode::kInput,
              .where = path,
              .what = "the file exists already",
              .remedy = "traces are never overwritten: move it away or choose another name"}};
  }
  std::FILE* file = std::fopen((path + ".partial").c_str(), "wb");
  if (file == nullptr) return Failure{file_error(path + ".partial", "cannot be created")};
  return std::unique_ptr<Writer>{new Writer{path, file, header, options}};
}

Writer::Writer(std::string path, std::FILE* file, const TraceHeader& header,
               const WriterOptions& options)
    : path_{std::move(path)},
      file_{file},
      options_{options},
      encoder_{header.cpus},
      packer_{options.level} {
  CHECK(options.block_instructions > 0 && options.block_instructions <= kMaxBlockInstructions);
  write(skippable_frame(kHeaderMagic, as_bytes(header.render())), 0);
  flush();  // so that what is killed before its first block is recognised
}

Writer::~Writer() {
  if (file_ != nullptr) std::fclose(file_);
}

void Writer::write(ByteView bytes, std::uint32_t content) {
  if (has_failed()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail();
  offset_ += bytes.size();
  frames_.push_back({.packed = static_cast<std::uint32_t>(bytes.size()), .content = content});
}

void Writer::fail() {
  if (failure_ == 0) failure_ = errno != 0 ? errno : EIO;
}

// What a reader of a .partial can use.
void Writer::flush() {
  if (!has_failed() && std::fflush(file_) != 0) fail();
}

void Writer::begin_block(const std::vector<StateRecord>& states, const StateDigest& digest) {
  end_block();
  digest_ = digest;
  open_ = true;
  encoder_.begin(states);
}

bool Writer::block_is_full() const {
  return encoder_.instructions() >= options_.block_instructions ||
         encoder_.bytes().size() >= kFullBytes;
}

void Writer::end_block() {
  if (!open_) return;
  open_ = false;
  encoder_.finish();
  const BlockHeader header{.number = blocks_.size(),
                           .first_instruction = first_instruction_,
                           .instructions = encoder_.instructions(),
                           .records = encoder_.records(),
                           .first_cycle = encoder_.first_cycle(),
                           .last_cycle = encoder_.last_cycle(),
                           .digest = digest_};
  const Bytes block = make_block(header, encoder_.bytes());
  CHECK(block.size() <= kMaxBlockBytes);
  const ByteView packed = packer_.pack(block);
  blocks_.push_back({.number = header.number,
                     .offset = offset_,
                     .packed = packed.size(),
                     .content = block.size(),
                     .first_instruction = header.first_instruction,
                     .instructions = header.instructions,
                     .first_cycle = header.first_cycle,
                     .last_cycle = header.last_cycle});
  write(packed, static_cast<std::uint32_t>(block.size()));
  flush();
  first_instruction_ += header.instructions;
  records_ += header.records;
}

Result<Nothing, Error> Writer::close(const TextLines& totals) {
  CHECK(file_ != nullptr);
  end_block();
  TraceFooter footer;
  footer.instructions = first_instruction_;
  footer.records = records_;
  footer.totals = totals;
  footer.blocks = blocks_;
  if (!blocks_.empty()) {
    footer.first_cycle = blocks_.front().first_cycle;
    footer.last_cycle = 0;
    for (const BlockInfo& b : blocks_) {
      footer.first_cycle = std::min(footer.first_cycle, b.first_cycle);
      footer.last_cycle = std::max(footer.last_cycle, b.last_cycle);
    }
  }
  write(skippable_frame(kFooterMagic, as_bytes(footer.render())), 0);
  write(seek_table(std::vector<SeekEntry>{frames_}), 0);
  flush();
  if (std::fclose(file_) != 0) fail();
  file_ = nullptr;
  const std::string partial = path_ + ".partial";
  if (has_failed()) {
    errno = failure_;
    return Failure{file_error(partial, "cannot be written")};
  }
  if (std::rename(partial.c_str(), path_.c_str()) != 0) {
    return Failure{file_error(partial, "cannot be renamed")};
  }
  return Nothing{};
}

}  // namespace traces
