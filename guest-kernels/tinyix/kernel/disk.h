// The disk: a virtio block device behind memory-mapped registers (virtio 1.2, 4.2 and 5.2), in
// blocks of a page.
#pragma once

#include "machine.h"

enum { kBlockSize = PAGE_SIZE };

/// Takes the device at `registers` into service. 0: there is none there, or it is not one that can
/// be driven.
int disk_start(phys registers);
/// In blocks; 0 without a disk.
uint64_t disk_size(void);

/// Transfer `block` from or to `frame`, a page frame; return when it is done. A write may be in the
/// drive's cache then. Panic if the drive reports an error: nothing here can make good for it.
void disk_read(uint64_t block, void* frame);
void disk_write(uint64_t block, void* frame);
/// Begins a write, and waits for it. Between the two at most kDiskBatch of a process.
enum { kDiskBatch = 8 };
int disk_write_begin(uint64_t block, void* frame);
void disk_wait(int write);
/// Returns when everything written before is on the medium.
void disk_flush(void);

/// A device has interrupted.
void disk_interrupt(void);
/// Requests are under way: there is something to doze for.
int disk_is_busy(void);
