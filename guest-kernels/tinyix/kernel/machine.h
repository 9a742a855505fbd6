// The machine behind memlayout.h: physical memory through the direct window, device registers, the
// clock, and the user's half of the address space. Shared by C and assembly.
//
// User addresses, n64 (UX = 1) and o32 (UX = 0) alike:
//
//   0x00000000  not mapped
//   0x00010000  text, then data and bss from the next page on
//               heap, grows up by sbrk()
//   0x7f7f0000  stack, 8 MB, pages appear as they are touched
//   0x7fff0000  STACK_TOP: the arguments end here
//   0x80000000  end of user addresses: one page directory reaches this far
#pragma once

#include "memlayout.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096

#define USER_BASE 0x10000
#define STACK_TOP 0x7fff0000
#define STACK_LIMIT 0x800000
#define USER_END 0x80000000

// Physical addresses of devices, all in the window at 0x1c000000.
#define DEVICE_WINDOW 0x1c000000
#define UART 0x1c000000
#define POWER 0x1c001000
#define RTC 0x1c002000
#define FIRST_DISK 0x1c100000  // virtio slot 0
#define DISK_STRIDE 0x1000
#define OWN_PROCESSOR_INTERFACE 0x1c3ff000
#define PROCESSOR_INTERFACE(number) (0x1c400000 + 0x1000 * (phys)(number))

// A process block (process.h): the page directory, then the kernel stack that ends at its end. 16
// KB aligned, because Context.PTEBase then is the directory's address (vectors.S).
#define BLOCK_SHIFT 14
#define BLOCK_SIZE 16384
#define DIRECTORY_SIZE 8192

#ifndef __ASSEMBLER__
#include <stdint.h>

/// A physical address, of RAM or a device.
typedef uint64_t phys;
/// An address in a user process.
typedef uint64_t user_address;

/// RAM below MEMORY_LIMIT, as the kernel sees it.
static inline void* direct(phys pa) { return (void*)(MEMORY_BASE + pa); }
/// Requires: `kernel` came from direct().
static inline phys physical(const void* kernel) { return (uint64_t)kernel - MEMORY_BASE; }
/// Of what belongs to the kernel's image.
static inline phys physical_of_image(const void* symbol) { return (uint64_t)symbol - IMAGE_BASE; }
/// The node that has this memory.
static inline uint32_t node_of(phys pa) { return (uint32_t)(pa >> 32); }

static inline volatile void* device(phys pa) {
  return (volatile void*)(DEVICE_BASE + (pa - DEVICE_WINDOW));
}
static inline void write_device8(phys pa, uint8_t v) { *(volatile uint8_t*)device(pa) = v; }
static inline uint8_t read_device8(phys pa) { return *(volatile uint8_t*)device(pa); }
static inline uint32_t read_device32(phys pa) { return *(volatile uint32_t*)device(pa); }
static inline void write_device32(phys pa, uint32_t v) { *(volatile uint32_t*)device(pa) = v; }
static inline void write_device64(phys pa, uint64_t v) { *(volatile uint64_t*)device(pa) = v; }
static inline uint64_t read_device64(phys pa) { return *(volatile uint64_t*)device(pa); }

/// Ends the run: `code` becomes its exit code.
void power_off(uint64_t code) __attribute__((noreturn));
/// Nanoseconds since power-on.
uint64_t nanoseconds(void);

/// Time slices are `microseconds` long, processors clocked at `hertz`.
void timer_start(uint64_t hertz, uint64_t microseconds);
/// A time slice begins on this processor.
void timer_begin(void);

/// Sleeps until an enabled device or another processor interrupts; takes no exception.
void doze(void);

// Interrupt sources of node 0's devices.
enum { kUartSource = 0, kFirstDiskSource = 8 };
/// Lets a device's interrupt through to IP2 of the boot processor, which serves all devices.
void device_interrupt_enable(uint32_t source);

/// Starts the parked processor `number` (MAGIC's).
void processor_launch(uint32_t number, uint64_t pc, uint64_t sp, uint64_t gp);
/// Raises IP3 there, until it acknowledges.
void processor_interrupt(uint32_t number);
void processor_interrupt_acknowledge(void);
#endif
