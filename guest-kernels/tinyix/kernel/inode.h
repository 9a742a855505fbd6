// Between fs.c (names) and inode.c (contents).
#pragma once

#include "buffer.h"
#include "fs.h"

extern struct superblock superblock;

/// Reads the superblock. 0: it is none, or does not fit the disk.
int inodes_start(void);
/// The inode, referenced. Panics if the table is full: there are more places than processes can
/// use.
struct inode* inode_get(uint32_t number);
/// A free inode becomes one of `type`, without links; referenced. Null if there is none. In an
/// operation.
struct inode* inode_allocate(int type);
/// `on_disk` to the disk. In an operation.
void inode_update(struct inode* inode);
/// The block that holds block `index` of the file; with `make` in an operation, made if there is
/// none. 0: a hole, or no room.
uint32_t inode_block(struct inode* inode, uint64_t index, int make);
/// Removes inodes that have no name.
void inodes_remove_nameless(void);
