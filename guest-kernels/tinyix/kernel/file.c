// See file.h.
#include "file.h"

#include "log.h"
#include "process.h"
#include "runtime.h"
#include "tinyix.h"

enum { kFiles = 96 };

struct file {
  uint32_t references;  // 0: free
  uint32_t flags;
  struct inode* inode;
  uint64_t offset;  // under the inode's lock
};

static struct {
  struct spinlock lock;  // for `references`
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

int64_t file_open(const char* path, uint32_t flags, struct file** opened) {
  if (!fs_is_mounted()) return -TINYIX_ENODEV;
  struct file* const file = take_file();
  if (!file) return -TINYIX_EMFILE;
  int64_t error;
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
  if (!inode) {
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
  log_begin();
  inode_put(file->inode);
  log_end();
  forget_file(file);
}

int file_can_read(const struct file* file) { return (file->flags & 3) != TINYIX_O_WRONLY; }
int file_can_write(const struct file* file) { return (file->flags & 3) != TINYIX_O_RDONLY; }

int64_t file_read(struct file* file, uint64_t to, size_t n) {
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

int64_t file_seek(struct file* file, int64_t offset, int whence) {
  inode_lock(file->inode);
  const int64_t base = whence == 0   ? 0
                       : whence == 1 ? (int64_t)file->offset
                                     : (int64_t)file->inode->on_disk.size;
  const int64_t limit = (int64_t)kMostFileBlocks * kBlockSize;
  int64_t result = -TINYIX_EINVAL;
  if (whence >= 0 && whence <= 2 && offset >= -base && offset <= limit - base) {
    file->offset = (uint64_t)(base + offset);
    result = base + offset;
  }
  inode_unlock(file->inode);
  return result;
}

void file_status(struct file* file, uint64_t status[4]) {
  struct inode* const inode = file->inode;
  inode_lock(inode);
  status[0] = inode->on_disk.type;
  status[1] = inode->on_disk.size;
  status[2] = inode->on_disk.links;
  status[3] = inode->number;
  inode_unlock(inode);
}
