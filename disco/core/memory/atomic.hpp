// What CPUs of the monitor share, they change by compare-and-swap of 64-bit words and by nothing
// else. On this machine a load or store between LL and SC makes the SC fail, so the compiler's
// builtin, which has none there, is the one shape that works (docs/decisions/005).
#pragma once

#include <cstdint>

#include "disco/core/hardware.hpp"

namespace disco {

#if defined(__mips__)
inline void before_shared_access() {}
#else
/// On the host a test can let another CPU go first, at every access to what CPUs share.
inline void (*let_others_first)() = nullptr;
inline void before_shared_access() {
  if (let_others_first != nullptr) let_others_first();
}
#endif

inline std::uint64_t read_shared(const std::uint64_t& word) {
  before_shared_access();
  return __atomic_load_n(&word, __ATOMIC_SEQ_CST);
}
inline void write_shared(std::uint64_t& word, std::uint64_t value) {
  before_shared_access();
  __atomic_store_n(&word, value, __ATOMIC_SEQ_CST);
}
/// Writes `to` if the word is `from`; tells whether it was. `from` becomes what the word was.
inline bool compare_and_swap(std::uint64_t& word, std::uint64_t& from, std::uint64_t to) {
  before_shared_access();
  return __atomic_compare_exchange_n(&word, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
/// The word becomes `change(word)`, at one moment; returns what it was.
template <class Change>
std::uint64_t update_shared(std::uint64_t& word, Change change) {
  std::uint64_t old = read_shared(word);
  while (!compare_and_swap(word, old, change(old))) {
  }
  return old;
}
inline std::uint64_t add_shared(std::uint64_t& word, std::uint64_t n) {
  return update_shared(word, [n](std::uint64_t old) { return old + n; });
}

/// Held by one CPU at a time. Who waits serves its own mailbox (docs/monitor.md, Locks).
class SpinLock {
 public:
  /// Returns how often it looked in vain.
  [[gnu::noinline]] std::uint64_t lock(Hardware& hardware) {
    std::uint64_t turns = 0;
    for (;;) {
      std::uint64_t free = 0;
      if (read_shared(held_) == 0 && compare_and_swap(held_, free, 1)) return turns;
      hardware.relax();
      ++turns;
    }
  }
  void unlock() { write_shared(held_, 0); }

 private:
  std::uint64_t held_ = 0;
};

/// Holds a lock as long as it lives.
class LockGuard {
 public:
  LockGuard(SpinLock& lock, Hardware& hardware) : lock_{lock} { lock_.lock(hardware); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;
  ~LockGuard() { lock_.unlock(); }

 private:
  SpinLock& lock_;
};

}  // namespace disco
