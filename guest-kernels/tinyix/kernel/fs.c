// Directories and paths. See fs.h.
#include "fs.h"

#include "inode.h"
#include "log.h"
#include "runtime.h"
#include "tinyix.h"

static int is_mounted;

int fs_mount(void) {
  if (disk_size() == 0 || !buffers_start() || !inodes_start()) return 0;
  log_start(superblock.log, superblock.log_blocks);
  inodes_remove_nameless();
  log_commit();
  is_mounted = 1;
  return 1;
}

int fs_is_mounted(void) { return is_mounted; }

// The next name of `*path`, which moves behind it. 1; 0: there is none; -ENAMETOOLONG.
static int next_name(const char** path, char name[kEntryName]) {
  const char* p = *path;
  while (*p == '/') ++p;
  size_t length = 0;
  for (; *p && *p != '/'; ++p) {
    if (length == kEntryName - 1) return -TINYIX_ENAMETOOLONG;
    name[length++] = *p;
  }
  memset(name + length, 0, kEntryName - length);
  *path = p;
  return length != 0;
}

static int is_directory(const struct inode* inode) {
  return inode->on_disk.type == kInodeDirectory;
}

static uint64_t entries_of(const struct inode* directory) {
  return directory->on_disk.size / sizeof(struct directory_entry);
}

static struct directory_entry* entry_in(struct buffer* b, uint64_t index) {
  return (struct directory_entry*)b->data + index % kEntriesPerBlock;
}

// The index of the entry with this name, or of the first free one if `name` is empty; entries_of():
// there is none. Its inode is in
// `*number`.
static uint64_t search(struct inode* directory, const char name[kEntryName], uint32_t* number) {
  const uint64_t count = entries_of(directory);
  *number = 0;
  struct buffer* b = NULL;
  uint64_t found = count;
  for (uint64_t i = 0; i < count && found == count; ++i) {
    if (i % kEntriesPerBlock == 0) {
      if (b) buffer_release(b);
      b = buffer_read(inode_block(directory, i / kEntriesPerBlock, 0));
    }
    const struct directory_entry* const entry = entry_in(b, i);
    const int matches = name[0] == 0
                            ? entry->inode == 0
                            : entry->inode != 0 && strncmp(entry->name, name, kEntryName) == 0;
    if (!matches) continue;
    found = i;
    *number = entry->inode;
  }
  if (b) buffer_release(b);
  return found;
}

// 0: no room.
static int write_entry(struct inode* directory, uint64_t index, uint32_t number,
                       const char name[kEntryName]) {
  const uint32_t block = inode_block(directory, index / kEntriesPerBlock, 1);
  if (block == 0) return 0;
  struct buffer* const b = buffer_read(block);
  struct directory_entry* const entry = entry_in(b, index);
  entry->inode = number;
  memcpy(entry->name, name, kEntryName);
  log_write(b);
  buffer_release(b);
  const uint64_t end = (index + 1) * sizeof *entry;
  if (directory->on_disk.size < end) directory->on_disk.size = end;
  inode_update(directory);
  return 1;
}

// One step down from `directory`, whose reference it takes. Null if there is no such name.
static struct inode* step(struct inode* directory, const char name[kEntryName]) {
  uint32_t number = 0;
  inode_lock(directory);
  if (is_directory(directory)) search(directory, name, &number);
  struct inode* const next = number ? inode_get(number) : NULL;
  inode_unlock(directory);
  inode_put(directory);
  return next;
}

// The directory that the last name of `path` is in, and that name. Null if there is no such
// directory, or no name.
static struct inode* find_parent(const char* path, char name[kEntryName], int64_t* error) {
  struct inode* at = inode_get(kRootInode);
  int more = next_name(&path, name);
  *error = more < 0 ? more : -TINYIX_ENOENT;
  while (at && more > 0) {
    char next[kEntryName];
    const int behind = next_name(&path, next);
    if (behind == 0) return at;
    if (behind < 0) *error = behind;
    if (behind < 0) break;
    at = step(at, name);
    memcpy(name, next, kEntryName);
    more = behind;
  }
  if (at) inode_put(at);
  return NULL;
}

struct inode* fs_find(const char* path) {
  struct inode* at = inode_get(kRootInode);
  char name[kEntryName];
  int more;
  while (at && (more = next_name(&path, name)) != 0) {
    if (more > 0) {
      at = step(at, name);
    } else {
      inode_put(at);
      at = NULL;
    }
  }
  return at;
}

static struct inode* found(struct inode* directory, uint32_t number) {
  struct inode* const inode = inode_get(number);
  inode_unlock(directory);
  inode_put(directory);
  inode_lock(inode);
  return inode;
}

// A new entry of the locked `directory`; null if there is no room.
static struct inode* make(struct inode* directory, const char name[kEntryName], int type) {
  static const char kNoName[kEntryName];
  uint32_t number;
  struct inode* const inode = inode_allocate(type);
  if (!inode) return NULL;
  const uint64_t place = search(directory, kNoName, &number);
  inode_lock(inode);
  if (write_entry(directory, place, inode->number, name)) {
    inode->on_disk.links = 1;
    inode_update(inode);
    return inode;
  }
  inode_unlock(inode);
  inode_put(inode);
  return NULL;
}

struct inode* fs_create(const char* path, int type, int* made, int64_t* error) {
  char name[kEntryName];
  uint32_t number = 0;
  *made = 0;
  struct inode* const directory = find_parent(path, name, error);
  if (!directory) return NULL;
  inode_lock(directory);
  if (is_directory(directory) && directory->on_disk.links != 0) {
    search(directory, name, &number);
    if (number != 0) return found(directory, number);
    *error = -TINYIX_ENOSPC;
    struct inode* const inode = make(directory, name, type);
    *made = inode != NULL;
    inode_unlock(directory);
    inode_put(directory);
    return inode;
  }
  *error = is_directory(directory) ? -TINYIX_ENOENT : -TINYIX_ENOTDIR;
  inode_unlock(directory);
  inode_put(directory);
  return NULL;
}

static int is_empty(struct inode* directory) {
  for (uint64_t i = 0; i < entries_of(directory); ++i) {
    struct buffer* const b = buffer_read(inode_block(directory, i / kEntriesPerBlock, 0));
    const uint32_t number = entry_in(b, i)->inode;
    buffer_release(b);
    if (number != 0) return 0;
  }
  return 1;
}

// The entry of the locked `directory` goes.
static int64_t remove_entry(struct inode* directory, const char name[kEntryName]) {
  static const char kNoName[kEntryName];
  uint32_t number;
  const uint64_t index = search(directory, name, &number);
  if (number == 0) return -TINYIX_ENOENT;
  struct inode* const inode = inode_get(number);
  inode_lock(inode);
  int64_t error = 0;
  if (is_directory(inode) && !is_empty(inode)) {
    error = -TINYIX_ENOTEMPTY;
  } else {
    write_entry(directory, index, 0, kNoName);
    --inode->on_disk.links;
    inode_update(inode);
  }
  inode_unlock(inode);
  inode_put(inode);
  return error;
}

int64_t fs_unlink(const char* path) {
  char name[kEntryName];
  int64_t error;
  struct inode* const directory = find_parent(path, name, &error);
  if (!directory) return error;
  inode_lock(directory);
  error = is_directory(directory) ? remove_entry(directory, name) : -TINYIX_ENOTDIR;
  inode_unlock(directory);
  inode_put(directory);
  return error;
}

// The regular file that `path` names, referenced and with one link more: it cannot go away.
static int64_t take_file(const char* path, struct inode** taken) {
  struct inode* const inode = fs_find(path);
  if (!inode) return -TINYIX_ENOENT;
  inode_lock(inode);
  const int is_file = !is_directory(inode) && inode->on_disk.links != 0;
  if (is_file) {
    ++inode->on_disk.links;
    inode_update(inode);
  }
  const int64_t error = is_file ? 0 : is_directory(inode) ? -TINYIX_EISDIR : -TINYIX_ENOENT;
  inode_unlock(inode);
  if (error) inode_put(inode);
  *taken = inode;
  return error;
}

static void drop_link(struct inode* inode) {
  inode_lock(inode);
  --inode->on_disk.links;
  inode_update(inode);
  inode_unlock(inode);
}

// The name in the locked `directory` becomes that of `inode`; a file that had it loses it.
static int64_t give_name(struct inode* directory, const char name[kEntryName],
                         const struct inode* inode) {
  static const char kNoName[kEntryName];
  uint32_t number, unused;
  uint64_t place = search(directory, name, &number);
  if (number == inode->number) return 0;
  struct inode* const old = number ? inode_get(number) : NULL;
  int64_t error = 0;
  if (old) {
    inode_lock(old);
    if (is_directory(old)) error = -TINYIX_EISDIR;
    inode_unlock(old);
  } else {
    place = search(directory, kNoName, &unused);
  }
  if (!error && !write_entry(directory, place, inode->number, name)) error = -TINYIX_ENOSPC;
  if (!error && old) drop_link(old);
  if (old) inode_put(old);
  return error;
}

// The name goes, if it still is that of `inode`. 1: it was.
static int take_name(const char* path, const struct inode* inode) {
  static const char kNoName[kEntryName];
  char name[kEntryName];
  int64_t error;
  uint32_t number = 0;
  struct inode* const directory = find_parent(path, name, &error);
  if (!directory) return 0;
  inode_lock(directory);
  const uint64_t place = search(directory, name, &number);
  if (number == inode->number) write_entry(directory, place, 0, kNoName);
  inode_unlock(directory);
  inode_put(directory);
  return number == inode->number;
}

int64_t fs_rename(const char* from, const char* to) {
  char name[kEntryName];
  int64_t error;
  struct inode* inode;
  struct inode* const directory = find_parent(to, name, &error);
  if (!directory) return error;
  error = take_file(from, &inode);
  if (error) {
    inode_put(directory);
    return error;
  }
  inode_lock(directory);
  uint32_t number = 0;
  search(directory, name, &number);
  const int is_same = number == inode->number;
  error = is_directory(directory) && directory->on_disk.links != 0 ? 0 : -TINYIX_ENOTDIR;
  if (!error) error = give_name(directory, name, inode);
  inode_unlock(directory);
  inode_put(directory);
  // One of the two names' links goes: the old one's, or the one that take_file() added.
  if (error || is_same || take_name(from, inode)) drop_link(inode);
  inode_put(inode);
  return error;
}
