// What watches over the process while inputs are loaded: inputs that do not come back, that crash
// it, or that make it grow. Whatever happens, the command that reproduces it is printed.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace fuzz {

struct Limits {
  unsigned seconds = 30;     // of the processor: an input takes no longer
  std::uint64_t growth = 0;  // bytes that the process may hold more than at the start, at most
  std::uint64_t leak = 0;    // bytes on the heap, likewise, when nothing is being loaded
};

class Guard {
 public:
  /// One at a time. `command`: "disco_fuzz elf --seed 7".
  Guard(const std::string& command, const Limits& limits);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  void begin(std::uint64_t index);
  /// Says what grew too much, if anything did. Looking at the heap takes time, so it is asked for.
  std::optional<std::string> end(bool looks_at_heap);
  /// The heap as it is now is where leaks are measured from.
  void mark_heap();

 private:
  void watch();

  Limits limits_;
  std::uint64_t resident_at_start_ = 0, heap_at_mark_ = 0;
  std::atomic<std::uint64_t> inputs_begun_{0};
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace fuzz
