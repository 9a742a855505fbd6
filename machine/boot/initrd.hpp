// Packs an initial RAM file system: a cpio archive in the "newc" form that Linux and tinyix read.
// Reproducible: no host times, owners or inode numbers; entries appear in the order they were
// added.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/loaders/load_file.hpp"

namespace machine {
using namespace common;

class Initrd {
 public:
  /// `path` without a leading slash ("bin/stride"). Directories on the way are added once.
  void add_file(const std::string& path, std::span<const std::byte> bytes, bool executable);
  /// Closes the archive; it is padded to a multiple of 512 bytes.
  std::vector<std::byte> finish();

 private:
  void add_entry(const std::string& path, std::uint32_t mode, std::span<const std::byte> bytes);
  void add_parents(const std::string& path);

  std::vector<std::byte> archive_;
  std::vector<std::string> directories_;
  std::uint32_t next_inode_ = 1;
};

/// An archive behind another: what is packed later wins where both have a file of the same name, as
/// Linux unpacks them. An empty disk becomes the archive.
void add_archive(Blob& disk, const std::vector<std::byte>& archive);

/// Where a program lies in the RAM disk: bin/ and its file's name, "_" for what would end a word of
/// the kernel's command line.
std::string initrd_entry(const std::filesystem::path& program);

/// A word for the kernel's command line: in double quotes if it is empty or has spaces, a backslash
/// in front of double quotes.
std::string boot_word(const std::string& text);

/// The kernel's command line: "append init=/bin/prog -- word word".
std::string boot_arguments(const std::string& append, const std::string& entry,
                           const std::vector<std::string>& words);

}  // namespace machine
