// How a file system lies on a disk. All numbers are big-endian; blocks are 4 KB. tools/tinyfs.py
// knows the same.
//
//   block 0           superblock
//   log               header, then contents (log.h)
//   inodes            32 a block; number 0 is none, number 1 the root directory
//   bitmap            a bit a block, the most significant of the first byte is block 0: in use
//   data              contents of files, directories and blocks of block numbers
#pragma once

#include <stdint.h>

enum { kFsMagic = 0x7479666b, kFsVersion = 1 };
enum { kRootInode = 1, kInodesPerBlock = 32, kNumbersPerBlock = 1024, kEntriesPerBlock = 64 };
enum { kDirect = 22, kIndirect = 4 };
enum { kInodeFree, kInodeFile, kInodeDirectory };
enum { kEntryName = 60 };

struct superblock {
  uint32_t magic, version;
  uint32_t blocks;  // of the whole file system
  uint32_t log, log_blocks;
  uint32_t inodes, inode_blocks;
  uint32_t bitmap, bitmap_blocks;
  uint32_t data;
};

// Blocks of a file: the first ones here, then those whose numbers are in the indirect blocks. 0: a
// hole, all zeros.
struct disk_inode {
  uint16_t type, links;
  uint32_t unused;
  uint64_t size;
  uint32_t direct[kDirect], indirect[kIndirect];
  uint64_t reserved;
};
_Static_assert(sizeof(struct disk_inode) == 128, "fs_format.h");
enum { kMostFileBlocks = kDirect + kIndirect * kNumbersPerBlock };

struct directory_entry {
  uint32_t inode;  // 0: free
  char name[kEntryName];
};
_Static_assert(sizeof(struct directory_entry) == 64, "fs_format.h");
