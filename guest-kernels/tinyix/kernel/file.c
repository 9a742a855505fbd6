// See file.h.
#include "file.h"

#include "initrd.h"
#include "log.h"
#include "process.h"
#include "runtime.h"
#include "tinyix.h"

enum { kFiles = 96 };

enum { kPathLength = 128 };

// On the disk, or if `inode` is null in the initial file system: bytes, or a directory's name.
struct file {
  uint32_t references;  // 0: free
  uint32_t flags;
  struct inode* inode;
  uint64_t offset;  // under the inode's lock, or the table's
  const uint8_t* data;
  uint64_t size;
  char directory[kPathLength];
};

static struct {
  struct spinlock lock;  // for `references`, and for what is not on the disk
  struct file files[kFiles];
} table;

static struct file* take_file(void) {
  acquire(&table.lock);
  struct file* f = table.files;
  while (f < table.files + kFiles && f->references != 0) ++f;
  if (f == table.files + kFiles) {
    f = NULL;
  } else {
    f->references = 1;
  }
  release(&table.lock);
  return f;
}

static void forget_file(struct file* file) {
  acquire(&table.lock);
  file->references = 0;
  release(&table.lock);
}

// The inode, referenced and locked; null with a negative *error. In an operation.
static struct inode* find_or_create(const char* path, uint32_t flags, int64_t* error) {
  int made = 0;
  struct inode* inode;
  if (flags & TINYIX_O_CREAT) {
    inode =
        fs_create(path, flags & TINYIX_O_DIRECTORY ? kInodeDirectory : kInodeFile, &made, error);
  } else {
    inode = fs_find(path);
    *error = -TINYIX_ENOENT;
    if (inode) inode_lock(inode);
  }
  if (!inode) return NULL;
  const int is_directory = inode->on_disk.type == kInodeDirectory;
  *error = 0;
  if ((flags & TINYIX_O_EXCL) && !made) *error = -TINYIX_EEXIST;
  if ((flags & TINYIX_O_DIRECTORY) && !is_directory) *error = -TINYIX_ENOTDIR;
  if (is_directory && !made && (flags & (3 | TINYIX_O_TRUNC)) != TINYIX_O_RDONLY)
    *error = -TINYIX_EISDIR;
  if (*error == 0) return inode;
  inode_unlock(inode);
  inode_put(inode);
  return NULL;
}

static int64_t open_on_disk(const char* path, uint32_t flags, struct file* file) {
  int64_t error;
  if (!fs_is_mounted()) return -TINYIX_ENODEV;
  log_begin();
  struct inode* const inode = find_or_create(path, flags, &error);
  if (inode) {
    if (flags & TINYIX_O_TRUNC) inode_truncate(inode);
    file->flags = flags;
    file->inode = inode;
    file->offset = 0;
    inode_unlock(inode);
  }
  log_end();
  return inode ? 0 : error;
}

static int64_t open_in_initrd(const char* path, uint32_t flags, struct file* file) {
  const uint8_t* data = NULL;
  size_t size = 0;
  const size_t length = strlen(path);
  const int is_file = !initrd_is_directory(path);  // a directory may be a member of its own
  if (is_file ? !initrd_find(path, &data, &size) : length >= kPathLength) return -TINYIX_ENOENT;
  if (is_file && (flags & TINYIX_O_DIRECTORY)) return -TINYIX_ENOTDIR;
  file->flags = TINYIX_O_RDONLY;
  file->inode = NULL;
  file->offset = 0;
  file->data = data;
  file->size = size;
  if (!is_file) memcpy(file->directory, path, length + 1);
  return 0;
}

// The disk's files hide those of the initial file system, which are only to be read.
int64_t file_open(const char* path, uint32_t flags, struct file** opened) {
  enum { kChanges = 3 | TINYIX_O_CREAT | TINYIX_O_TRUNC };
  struct file* const file = take_file();
  if (!file) return -TINYIX_EMFILE;
  int64_t error = open_on_disk(path, flags, file);
  if ((error == -TINYIX_ENOENT || error == -TINYIX_ENODEV) && (flags & kChanges) == 0 &&
      open_in_initrd(path, flags, file) == 0)
    error = 0;
  if (error) {
    forget_file(file);
    return error;
  }
  *opened = file;
  return 0;
}

void file_share(struct file* file) {
  acquire(&table.lock);
  ++file->references;
  release(&table.lock);
}

void file_close(struct file* file) {
  acquire(&table.lock);
  const int is_last = file->references == 1;
  if (!is_last) --file->references;
  release(&table.lock);
  if (!is_last) return;
  if (file->inode) {
    log_begin();
    inode_put(file->inode);
    log_end();
  }
  forget_file(file);
}

int file_can_read(const struct file* file) { return (file->flags & 3) != TINYIX_O_WRONLY; }
int file_can_write(const struct file* file) { return (file->flags & 3) != TINYIX_O_RDONLY; }

// The place moves on first: two readers get different parts.
static int64_t read_data(struct file* file, uint64_t to, size_t n) {
  acquire(&table.lock);
  const uint64_t at = file->offset < file->size ? file->offset : file->size;
  if (n > file->size - at) n = file->size - at;
  file->offset = at + n;
  release(&table.lock);
  return copy_out(current()->space, to, file->data + at, n) == 0 ? (int64_t)n : -TINYIX_EFAULT;
}

// As a directory of the disk is read: whole entries.
static int64_t read_names(struct file* file, uint64_t to, size_t n) {
  size_t done = 0;
  for (; done + sizeof(struct directory_entry) <= n; done += sizeof(struct directory_entry)) {
    struct directory_entry entry = {.inode = 0, .name = ""};
    acquire(&table.lock);
    const size_t index = file->offset / sizeof entry;
    const int is_there = initrd_name(file->directory, index, entry.name, sizeof entry.name);
    if (is_there) file->offset = (index + 1) * sizeof entry;
    release(&table.lock);
    if (!is_there) break;
    entry.inode = (uint32_t)index + 1;
    if (copy_out(current()->space, to + done, &entry, sizeof entry) != 0) return -TINYIX_EFAULT;
  }
  return (int64_t)done;
}

int64_t file_read(struct file* file, uint64_t to, size_t n) {
  if (!file->inode) return file->data ? read_data(file, to, n) : read_names(file, to, n);
  inode_lock(file->inode);
  const int64_t got = inode_read(file->inode, to, file->offset, n);
  if (got > 0) file->offset += (uint64_t)got;
  inode_unlock(file->inode);
  return got;
}

// One operation a block: a large write does not fill the log.
int64_t file_write(struct file* file, uint64_t from, size_t n) {
  size_t done = 0;
  int64_t put = 0;
  while (done < n && put >= 0) {
    log_begin();
    inode_lock(file->inode);
    if (file->flags & TINYIX_O_APPEND) file->offset = file->inode->on_disk.size;
    put = inode_write(file->inode, from + done, file->offset, n - done);
    if (put > 0) file->offset += (uint64_t)put;
    inode_unlock(file->inode);
    log_end();
    if (put > 0) done += (size_t)put;
  }
  return done != 0 || n == 0 ? (int64_t)done : put;
}

static void lock_place(struct file* file) {
  if (file->inode) {
    inode_lock(file->inode);
  } else {
    acquire(&table.lock);
  }
}

static void unlock_place(struct file* file) {
  if (file->inode) {
    inode_unlock(file->inode);
  } else {
    release(&table.lock);
  }
}

// With the place locked.
static uint64_t size_of(const struct file* file) {
  return file->inode ? file->inode->on_disk.size : file->size;
}

int64_t file_seek(struct file* file, int64_t offset, int whence) {
  lock_place(file);
  const int64_t base = whence == 0   ? 0
                       : whence == 1 ? (int64_t)file->offset
                                     : (int64_t)size_of(file);
  const int64_t limit = (int64_t)kMostFileBlocks * kBlockSize;
  int64_t result = -TINYIX_EINVAL;
  if (whence >= 0 && whence <= 2 && offset >= -base && offset <= limit - base) {
    file->offset = (uint64_t)(base + offset);
    result = base + offset;
  }
  unlock_place(file);
  return result;
}

void file_status(struct file* file, uint64_t status[4]) {
  struct inode* const inode = file->inode;
  if (!inode) {
    status[0] = file->data ? kInodeFile : kInodeDirectory;
    status[1] = file->size;
    status[2] = 1;
    status[3] = 0;
    return;
  }
  inode_lock(inode);
  status[0] = inode->on_disk.type;
  status[1] = inode->on_disk.size;
  status[2] = inode->on_disk.links;
  status[3] = inode->number;
  inode_unlock(inode);
}
