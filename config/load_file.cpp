#include "config/load_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace config {

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Failure<Error> system_error(const std::string& path, const char* what) {
  const int number = errno;
  std::string remedy = "check the path and its permissions";
  if (number == ENOSPC) remedy = "make room on the disk";
  return Failure{
      Error{ErrorCode::kInput, path, std::string{what} + ": " + std::strerror(number), remedy}};
}

}  // namespace

Result<Blob, Error> read_blob(const std::string& path) {
  const File file{std::fopen(path.c_str(), "rb")};
  if (!file) return system_error(path, "cannot be opened");
  struct stat info {};
  if (fstat(fileno(file.get()), &info) != 0) return system_error(path, "cannot be read");
  if (S_ISDIR(info.st_mode)) {
    return Failure{Error{ErrorCode::kInput, path, "is a directory", "name a file"}};
  }
  Blob blob{path, {}};
  std::byte piece[65536];
  for (std::size_t got; (got = std::fread(piece, 1, sizeof piece, file.get())) > 0;) {
    blob.bytes.insert(blob.bytes.end(), piece, piece + got);
  }
  if (std::ferror(file.get()) != 0) return system_error(path, "cannot be read");
  return blob;
}

Result<Nothing, Error> write_file(const std::string& path, std::span<const std::byte> bytes) {
  const std::string partial = path + ".partial";
  File file{std::fopen(partial.c_str(), "wb")};
  if (!file) return system_error(partial, "cannot be created");
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  if (!written || std::fclose(file.release()) != 0) {
    const auto error = system_error(partial, "cannot be written");
    std::remove(partial.c_str());
    return error;
  }
  if (std::rename(partial.c_str(), path.c_str()) != 0)
    return system_error(path, "cannot be created");
  return Nothing{};
}

}  // namespace config
