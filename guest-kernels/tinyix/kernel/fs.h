// Files and directories on the disk. Who changes something does so within an operation (log.h).
//
// Locks are taken in this order: a directory, what it contains, blocks. An inode is locked by
// inode_lock() and held by a reference, which keeps its place in the table of inodes; the file is
// removed when neither a name nor a reference is left.
#pragma once

#include <stddef.h>

#include "fs_format.h"
#include "sleeplock.h"

struct inode {
  struct sleep_lock lock;
  uint32_t number;
  uint32_t references;
  int is_valid;  // `on_disk` has been read
  struct disk_inode on_disk;
};

/// Mounts the disk's file system; removes what had no name left when the power went. 0: there is
/// none.
int fs_mount(void);
int fs_is_mounted(void);

/// The inode that `path` names, referenced, not locked. Paths begin at the root. Null if there is
/// none, or what is on the way is no directory.
struct inode* fs_find(const char* path);
/// The file at `path`, made if it does not exist, as `type` says; referenced and locked. `made`
/// says which. Null with a negative *error if that cannot be. In an operation.
struct inode* fs_create(const char* path, int type, int* made, int64_t* error);
/// Removes a name. A directory must be empty. 0, or a negative error. In an operation.
int64_t fs_unlink(const char* path);
/// The file at `from` gets the name `to`, which another file may have had. Not for directories. 0,
/// or a negative error. In an operation.
int64_t fs_rename(const char* from, const char* to);

void inode_lock(struct inode* inode);
void inode_unlock(struct inode* inode);
/// Drops the reference. In an operation, for the file may go with it.
void inode_put(struct inode* inode);

/// Up to `n` bytes from `offset` on into a process's memory at `to`. Their number, or -EFAULT.
/// Requires: locked.
int64_t inode_read(struct inode* inode, uint64_t to, uint64_t offset, size_t n);
/// `n` bytes, at most one block's, within an operation; may make the file longer. Their number,
/// -EFAULT, -ENOSPC or -EFBIG.
int64_t inode_write(struct inode* inode, uint64_t from, uint64_t offset, size_t n);
/// The file becomes empty. Requires: locked, in an operation.
void inode_truncate(struct inode* inode);
