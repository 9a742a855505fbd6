// The TLB as the rest of the kernel needs it: drop or renew a page, drop everything. Refills are in
// vectors.S. All functions leave EntryHi's ASID as it was.
#pragma once

#include "machine.h"

/// Number of entries, told once at boot.
void tlb_start(uint32_t entries);
/// If the pair of pages around `at` is in the TLB, it becomes lo0, lo1.
void tlb_renew(user_address at, uint64_t lo0, uint64_t lo1);
/// The pair of pages around `at` leaves the TLB.
void tlb_drop(user_address at);
/// Every entry that is not wired leaves the TLB.
void tlb_drop_all(void);
