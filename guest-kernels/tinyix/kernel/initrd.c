// See initrd.h. A member: a header of ASCII hexadecimal fields, the name, the data, both padded to
// four bytes. The archive is not trusted to be well-formed: nothing outside it is read.
#include "initrd.h"

#include "runtime.h"

enum { kHeader = 110, kFieldSize = 54, kFieldNameSize = 94 };

static struct {
  const char* begin;
  size_t size;
} archive;

void initrd_start(const void* begin, size_t size) {
  archive.begin = begin;
  archive.size = size;
}

static uint64_t hexadecimal(const char* p) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) {
    const char c = p[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : c - 'A' + 10;
    value = value << 4 | (uint64_t)(digit & 15);
  }
  return value;
}

static size_t padded(size_t n) { return (n + 3) & ~(size_t)3; }

static const char* without_slash(const char* path) {
  while (*path == '/' || (path[0] == '.' && path[1] == '/')) ++path;
  return path;
}

int initrd_find(const char* path, const uint8_t** data, size_t* size) {
  path = without_slash(path);
  size_t at = 0;
  while (at + kHeader <= archive.size && strncmp(archive.begin + at, "070701", 6) == 0) {
    const char* const header = archive.begin + at;
    const size_t bytes = hexadecimal(header + kFieldSize),
                 name_bytes = hexadecimal(header + kFieldNameSize);
    const size_t data_at = padded(at + kHeader + name_bytes);
    if (name_bytes == 0 || data_at > archive.size || bytes > archive.size - data_at) return 0;
    const char* const name = header + kHeader;
    if (name[name_bytes - 1] != 0) return 0;
    if (strcmp(without_slash(name), path) == 0) {
      *data = (const uint8_t*)archive.begin + data_at;
      *size = bytes;
      return 1;
    }
    at = padded(data_at + bytes);
  }
  return 0;
}
