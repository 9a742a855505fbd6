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

struct member {
  const char* name;  // without a slash in front
  const uint8_t* data;
  size_t size, next;  // where the next one begins
};

// The member that begins at `at`. 0 behind the last one.
static int read_member(size_t at, struct member* m) {
  if (at + kHeader > archive.size || strncmp(archive.begin + at, "070701", 6) != 0) return 0;
  const char* const header = archive.begin + at;
  const size_t name_bytes = hexadecimal(header + kFieldNameSize);
  const size_t data_at = padded(at + kHeader + name_bytes);
  m->size = hexadecimal(header + kFieldSize);
  if (name_bytes == 0 || data_at > archive.size || m->size > archive.size - data_at) return 0;
  if (header[kHeader + name_bytes - 1] != 0) return 0;
  m->name = without_slash(header + kHeader);
  m->data = (const uint8_t*)archive.begin + data_at;
  m->next = padded(data_at + m->size);
  return 1;
}

int initrd_find(const char* path, const uint8_t** data, size_t* size) {
  struct member m;
  path = without_slash(path);
  for (size_t at = 0; read_member(at, &m); at = m.next) {
    if (strcmp(m.name, path) != 0) continue;
    *data = m.data;
    *size = m.size;
    return 1;
  }
  return 0;
}

// What of a member's name comes behind the directory, or null.
static const char* below(const char* name, const char* directory, size_t length) {
  if (length == 0) return strcmp(name, "TRAILER!!!") == 0 ? NULL : name;
  if (strncmp(name, directory, length) != 0 || name[length] != '/') return NULL;
  return without_slash(name + length);
}

static size_t length_of_directory(const char* path) {
  size_t length = strlen(path);
  while (length > 0 && path[length - 1] == '/') --length;
  return length;
}

int initrd_is_directory(const char* path) {
  char name[2];
  return initrd_name(path, 0, name, sizeof name);
}

static size_t length_of_component(const char* name) {
  size_t n = 0;
  while (name[n] && name[n] != '/') ++n;
  return n;
}

// Has a member before `end` the same name in the directory?
static int is_seen(const char* path, size_t length, const char* name, size_t n, size_t end) {
  struct member m;
  for (size_t at = 0; at < end && read_member(at, &m); at = m.next) {
    const char* const other = below(m.name, path, length);
    if (other && length_of_component(other) == n && strncmp(other, name, n) == 0) return 1;
  }
  return 0;
}

int initrd_name(const char* path, size_t index, char* name, size_t room) {
  struct member m;
  path = without_slash(path);
  const size_t length = length_of_directory(path);
  for (size_t at = 0; read_member(at, &m); at = m.next) {
    const char* const rest = below(m.name, path, length);
    const size_t n = rest ? length_of_component(rest) : 0;
    if (n == 0 || is_seen(path, length, rest, n, at) || index-- != 0) continue;
    const size_t shown = n < room ? n : room - 1;
    memcpy(name, rest, shown);
    name[shown] = 0;
    return 1;
  }
  return 0;
}
