#include "machine/loaders/load_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

namespace machine {

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

class Descriptor {
 public:
  explicit Descriptor(int number) : number_{number} {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

const char* kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return S_ISSOCK(mode) ? "a socket" : "no file";
}

std::string size_text(std::uint64_t bytes) {
  const bool mega = bytes < std::uint64_t{1} << 30;
  return mega ? std::to_string(bytes >> 20) + " MB" : std::to_string(bytes >> 30) + " GB";
}

}  // namespace

Result<Nothing, Error> read_pieces(const std::string& path, std::uint64_t most,
                                   const std::function<void(std::span<const std::byte>)>& piece) {
  // Without O_NONBLOCK a FIFO that nobody writes is waited for before it can be asked what it is.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file) return system_error(path, "cannot be opened");
  struct stat info {};
  if (fstat(file.number(), &info) != 0) return system_error(path, "cannot be read");
  if (S_ISDIR(info.st_mode)) {
    return Failure{Error{ErrorCode::kInput, path, "is a directory", "name a file"}};
  }
  if (!S_ISREG(info.st_mode)) {
    return Failure{Error{ErrorCode::kInput, path, std::string{"is "} + kind_of(info.st_mode),
                         "nothing says where it ends: copy what it gives into a file"}};
  }
  const auto too_long = [&] {
    return Failure{Error{ErrorCode::kInput, path, "is longer than " + size_text(most),
                         "nothing that is read here is so long: is it the right file?"}};
  };
  if (static_cast<std::uint64_t>(info.st_size) > most) return too_long();
  // Files of /proc say that they have no bytes.
  std::array<std::byte, 65536> bytes;
  for (std::uint64_t all = 0;;) {
    const ssize_t got = read(file.number(), bytes.data(), bytes.size());
    if (got == 0) return Nothing{};
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, "cannot be read");
    all += static_cast<std::uint64_t>(got);
    if (all > most) return too_long();
    piece(std::span{bytes}.first(static_cast<std::size_t>(got)));
  }
}

Result<Blob, Error> read_blob(const std::string& path, std::uint64_t most) {
  Blob blob{path, {}};
  try {
    const auto read = read_pieces(path, most, [&blob](std::span<const std::byte> piece) {
      blob.bytes.insert(blob.bytes.end(), piece.begin(), piece.end());
    });
    if (!read) return Failure{read.error()};
  } catch (const std::bad_alloc&) {
    return Failure{
        Error{ErrorCode::kInput, path, "does not fit into the host's memory",
              "is it the right file? what else runs here, and what does ulimit -v say?"}};
  }
  return blob;
}

Result<std::string, Error> read_text(const std::string& path, std::uint64_t most) {
  const auto blob = read_blob(path, most);
  if (!blob) return Failure{blob.error()};
  return std::string{reinterpret_cast<const char*>(blob->bytes.data()), blob->bytes.size()};
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

}  // namespace machine
