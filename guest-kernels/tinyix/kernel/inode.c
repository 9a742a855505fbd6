// Inodes, their blocks, and which blocks are free. See fs.h.
#include "inode.h"

#include "log.h"
#include "panic.h"
#include "process.h"
#include "runtime.h"
#include "tinyix.h"

enum { kInodes = 96 + kMaxProcesses };

struct superblock superblock;

static struct {
  struct spinlock lock;  // for `number` and `references`
  struct inode inodes[kInodes];
} table;

int inodes_start(void) {
  struct buffer* const b = buffer_read(0);
  memcpy(&superblock, b->data, sizeof superblock);
  buffer_release(b);
  return superblock.magic == kFsMagic && superblock.version == kFsVersion &&
         superblock.blocks <= disk_size() && superblock.data < superblock.blocks &&
         superblock.log_blocks > kOperationBlocks;
}

// --- blocks

// Of a free block, which is all zeros in the operation; 0: the disk is full.
static uint32_t block_allocate(void) {
  static uint32_t hint;  // the bitmap's block where the last one was found
  for (uint32_t i = 0; i < superblock.bitmap_blocks; ++i) {
    const uint32_t part = (hint + i) % superblock.bitmap_blocks;
    struct buffer* const b = buffer_read(superblock.bitmap + part);
    uint8_t* const bits = b->data;
    const uint32_t base = part * kBlockSize * 8;
    for (uint32_t at = 0; at < kBlockSize && base + at * 8 < superblock.blocks; ++at) {
      if (bits[at] == 0xff) continue;
      uint32_t bit = 0;
      while (bits[at] & 0x80 >> bit) ++bit;
      const uint32_t block = base + at * 8 + bit;
      if (block >= superblock.blocks) break;
      bits[at] |= (uint8_t)(0x80 >> bit);
      hint = part;
      log_write(b);
      buffer_release(b);
      struct buffer* const fresh = buffer_read(block);
      memset(fresh->data, 0, kBlockSize);
      log_write(fresh);
      buffer_release(fresh);
      return block;
    }
    buffer_release(b);
  }
  return 0;
}

static void block_free(uint32_t block) {
  struct buffer* const b = buffer_read(superblock.bitmap + block / (kBlockSize * 8));
  uint8_t* const byte = (uint8_t*)b->data + block / 8 % kBlockSize;
  const uint8_t bit = (uint8_t)(0x80 >> block % 8);
  if (!(*byte & bit)) panic("block %u is free already", block);
  *byte &= (uint8_t)~bit;
  log_write(b);
  buffer_release(b);
}

// --- inodes

static uint32_t block_of_inode(uint32_t number) {
  return superblock.inodes + number / kInodesPerBlock;
}
static struct disk_inode* place_in(struct buffer* b, uint32_t number) {
  return (struct disk_inode*)b->data + number % kInodesPerBlock;
}

struct inode* inode_get(uint32_t number) {
  struct inode* unused = NULL;
  acquire(&table.lock);
  for (struct inode* i = table.inodes; i < table.inodes + kInodes; ++i) {
    if (i->references != 0 && i->number == number) {
      ++i->references;
      release(&table.lock);
      return i;
    }
    if (i->references == 0 && !unused) unused = i;
  }
  if (!unused) panic("inode_get: all %d inodes are in use", kInodes);
  unused->number = number;
  unused->references = 1;
  unused->is_valid = 0;
  release(&table.lock);
  return unused;
}

void inode_lock(struct inode* inode) {
  sleep_acquire(&inode->lock);
  if (inode->is_valid) return;
  struct buffer* const b = buffer_read(block_of_inode(inode->number));
  inode->on_disk = *place_in(b, inode->number);
  buffer_release(b);
  inode->is_valid = 1;
}

void inode_unlock(struct inode* inode) { sleep_release(&inode->lock); }

void inode_update(struct inode* inode) {
  struct buffer* const b = buffer_read(block_of_inode(inode->number));
  *place_in(b, inode->number) = inode->on_disk;
  log_write(b);
  buffer_release(b);
}

struct inode* inode_allocate(int type) {
  const uint32_t count = superblock.inode_blocks * kInodesPerBlock;
  for (uint32_t number = kRootInode; number < count; ++number) {
    struct buffer* const b = buffer_read(block_of_inode(number));
    struct disk_inode* const place = place_in(b, number);
    const int is_free = place->type == kInodeFree;
    if (is_free) {
      *place = (struct disk_inode){.type = (uint16_t)type};
      log_write(b);
    }
    buffer_release(b);
    if (is_free) return inode_get(number);
  }
  return NULL;
}

// Drops a reference; the last one to a file without a name removes the file. Nobody else can find
// it then.
void inode_put(struct inode* inode) {
  acquire(&table.lock);
  if (inode->references > 1) {
    --inode->references;
    release(&table.lock);
    return;
  }
  release(&table.lock);
  inode_lock(inode);
  if (inode->on_disk.links == 0) {
    inode_truncate(inode);
    inode->on_disk.type = kInodeFree;
    inode_update(inode);
  }
  inode_unlock(inode);
  acquire(&table.lock);
  --inode->references;
  release(&table.lock);
}

void inodes_remove_nameless(void) {
  const uint32_t count = superblock.inode_blocks * kInodesPerBlock;
  for (uint32_t number = kRootInode; number < count; ++number) {
    struct buffer* const b = buffer_read(block_of_inode(number));
    const struct disk_inode* const place = place_in(b, number);
    const int is_nameless = place->type != kInodeFree && place->links == 0;
    buffer_release(b);
    if (!is_nameless) continue;
    log_begin();
    inode_put(inode_get(number));
    log_end();
  }
}

// --- contents

uint32_t inode_block(struct inode* inode, uint64_t index, int make) {
  struct disk_inode* const d = &inode->on_disk;
  if (index >= kMostFileBlocks) return 0;
  if (index < kDirect) {
    if (d->direct[index] == 0 && make) d->direct[index] = block_allocate();
    return d->direct[index];
  }
  uint32_t* const indirect = &d->indirect[(index - kDirect) / kNumbersPerBlock];
  if (*indirect == 0 && make) *indirect = block_allocate();
  if (*indirect == 0) return 0;
  struct buffer* const b = buffer_read(*indirect);
  uint32_t* const number = (uint32_t*)b->data + (index - kDirect) % kNumbersPerBlock;
  if (*number == 0 && make) {
    *number = block_allocate();
    log_write(b);
  }
  const uint32_t found = *number;
  buffer_release(b);
  return found;
}

int64_t inode_read(struct inode* inode, user_address to, uint64_t offset, size_t n) {
  const uint64_t size = inode->on_disk.size;
  if (offset >= size) return 0;
  if (n > size - offset) n = size - offset;
  static const char zeros[512];
  for (size_t done = 0, part; done < n; done += part) {
    const uint64_t at = offset + done;
    const uint32_t block = inode_block(inode, at / kBlockSize, 0);
    part = kBlockSize - at % kBlockSize;
    if (part > n - done) part = n - done;
    if (block == 0 && part > sizeof zeros) part = sizeof zeros;
    struct buffer* const b = block ? buffer_read(block) : NULL;
    const char* const from = b ? (const char*)b->data + at % kBlockSize : zeros;
    const int64_t error = copy_out(current()->space, to + done, from, part);
    if (b) buffer_release(b);
    if (error) return error;
  }
  return (int64_t)n;
}

int64_t inode_write(struct inode* inode, user_address from, uint64_t offset, size_t n) {
  if (offset / kBlockSize >= kMostFileBlocks) return -TINYIX_EFBIG;
  const size_t room = kBlockSize - offset % kBlockSize;
  if (n > room) n = room;
  const uint32_t block = inode_block(inode, offset / kBlockSize, 1);
  int64_t error = -TINYIX_ENOSPC;
  if (block != 0) {
    struct buffer* const b = buffer_read(block);
    error = copy_in(current()->space, (char*)b->data + offset % kBlockSize, from, n);
    log_write(b);
    buffer_release(b);
  }
  if (error == 0 && offset + n > inode->on_disk.size) inode->on_disk.size = offset + n;
  inode_update(inode);
  return error ? error : (int64_t)n;
}

void inode_truncate(struct inode* inode) {
  struct disk_inode* const d = &inode->on_disk;
  for (int i = 0; i < kDirect; ++i)
    if (d->direct[i] != 0) block_free(d->direct[i]);
  for (int i = 0; i < kIndirect; ++i) {
    if (d->indirect[i] == 0) continue;
    struct buffer* const b = buffer_read(d->indirect[i]);
    const uint32_t* const numbers = b->data;
    for (int n = 0; n < kNumbersPerBlock; ++n)
      if (numbers[n] != 0) block_free(numbers[n]);
    buffer_release(b);
    block_free(d->indirect[i]);
  }
  memset(d->direct, 0, sizeof d->direct);
  memset(d->indirect, 0, sizeof d->indirect);
  d->size = 0;
  inode_update(inode);
}
