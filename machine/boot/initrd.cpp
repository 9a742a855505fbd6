// The newc header is 110 bytes of ASCII hex; names and contents are padded to 4 (cpio(5)).
#include "machine/boot/initrd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace machine {
namespace {

constexpr std::uint32_t kDirectory = 0040755, kExecutable = 0100755, kPlain = 0100644;

void append(std::vector<std::byte>& to, std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  to.insert(to.end(), bytes, bytes + text.size());
}

void pad(std::vector<std::byte>& to, std::size_t multiple) {
  to.resize((to.size() + multiple - 1) / multiple * multiple);
}

constexpr const char* kSpaces = " \t\n\v\f\r";

}  // namespace

void add_archive(Blob& disk, const std::vector<std::byte>& archive) {
  if (disk.name.empty()) disk.name = "initial RAM disk";
  pad(disk.bytes, 4);
  disk.bytes.insert(disk.bytes.end(), archive.begin(), archive.end());
}

std::string initrd_entry(const std::filesystem::path& program) {
  std::string name = program.filename().string();
  for (std::size_t at = 0; (at = name.find_first_of(kSpaces, at)) != std::string::npos;)
    name[at] = '_';
  return "bin/" + name;
}

std::string boot_word(const std::string& text) {
  const bool quoted = text.empty() || text.find_first_of(kSpaces) != std::string::npos;
  std::string word = quoted ? "\"" : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_last = i + 1 == text.size();
    const char next = is_last ? (quoted ? '"' : ' ') : text[i + 1];
    // A backslash stands for itself unless it is in front of one of these two.
    if (text[i] == '"' || (text[i] == '\\' && (next == '"' || next == '\\'))) word += '\\';
    word += text[i];
  }
  return quoted ? word + "\"" : word;
}

std::string boot_arguments(const std::string& append, const std::string& entry,
                           const std::vector<std::string>& words) {
  std::string line = append + (append.empty() ? "init=/" : " init=/") + entry;
  if (!words.empty()) line += " --";
  for (const std::string& word : words) line += " " + boot_word(word);
  return line;
}

void Initrd::add_file(const std::string& path, std::span<const std::byte> bytes, bool executable) {
  add_parents(path);
  add_entry(path, executable ? kExecutable : kPlain, bytes);
}

std::vector<std::byte> Initrd::finish() {
  next_inode_ = 0;
  add_entry("TRAILER!!!", 0, {});
  pad(archive_, 512);
  return std::move(archive_);
}

void Initrd::add_parents(const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (std::find(directories_.begin(), directories_.end(), directory) != directories_.end())
      continue;
    directories_.push_back(directory);
    add_entry(directory, kDirectory, {});
  }
}

void Initrd::add_entry(const std::string& path, std::uint32_t mode,
                       std::span<const std::byte> bytes) {
  const std::uint32_t links = (mode & 0170000) == 0040000 ? 2 : 1;
  append(archive_, "070701");
  const std::uint32_t fields[] = {next_inode_++,
                                  mode,
                                  0,
                                  0,
                                  links,
                                  0,
                                  static_cast<std::uint32_t>(bytes.size()),
                                  0,
                                  0,
                                  0,
                                  0,
                                  static_cast<std::uint32_t>(path.size() + 1),
                                  0};
  for (const std::uint32_t field : fields) append(archive_, fmt::format("{:08x}", field));
  append(archive_, path);
  archive_.push_back(std::byte{0});
  pad(archive_, 4);
  archive_.insert(archive_.end(), bytes.begin(), bytes.end());
  pad(archive_, 4);
}

}  // namespace machine
