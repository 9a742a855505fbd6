#include "tests/fuzz/guard.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

// Of the sanitizers' run-time library, where there is one.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

// A length in a file that becomes one enormous allocation is a finding, not a reason to swap.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=1024:detect_stack_use_after_return=1:quarantine_size_mb=64";
}
extern "C" const char* __ubsan_default_options();
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }

namespace fuzz {
namespace {

// Read by handlers: nothing but plain memory and write(2).
char command_text[512];
std::atomic<std::uint64_t> current_index{0};
std::atomic<bool> is_loading{false};

void print_reproduction() {
  if (!is_loading.load()) return;
  char text[700];
  const int length = std::snprintf(text, sizeof text, "\nreproduce: %s --only %llu\n", command_text,
                                   static_cast<unsigned long long>(current_index.load()));
  if (length > 0) {
    [[maybe_unused]] const auto written = ::write(2, text, static_cast<std::size_t>(length));
  }
}

void on_signal(int number) {
  print_reproduction();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

std::uint64_t resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::uint64_t heap_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) {
    return __sanitizer_get_current_allocated_bytes();
  }
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::chrono::nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

Guard::Guard(const std::string& command, const Limits& limits)
    : limits_{limits}, resident_at_start_{resident_bytes()} {
  std::strncpy(command_text, command.c_str(), sizeof command_text - 1);
  // The sanitizers report SIGSEGV and the like themselves, and then call back.
  std::signal(SIGABRT, on_signal);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(print_reproduction);
  } else {
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, on_signal);
  }
  mark_heap();
  watcher_ = std::thread{[this] { watch(); }};
}

Guard::~Guard() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_.notify_one();
  watcher_.join();
}

void Guard::begin(std::uint64_t index) {
  current_index = index;
  ++inputs_begun_;
  is_loading = true;
}

std::optional<std::string> Guard::end(bool looks_at_heap) {
  is_loading = false;
  const std::uint64_t resident = resident_bytes();
  if (resident > resident_at_start_ + limits_.growth) {
    return "the process grew to " + std::to_string(resident >> 20) + " MB";
  }
  if (!looks_at_heap) return std::nullopt;
  const std::uint64_t heap = heap_bytes();
  if (heap > heap_at_mark_ + limits_.leak) {
    return "memory leaks: " + std::to_string((heap - heap_at_mark_) >> 10) + " KB more are in use";
  }
  return std::nullopt;
}

void Guard::mark_heap() { heap_at_mark_ = heap_bytes(); }

// Looks once in a while whether the same input is still being loaded. What counts is the
// processor's time, however busy the machine is; an input that sleeps is given longer.
void Guard::watch() {
  constexpr unsigned kAsleep = 20;
  std::uint64_t seen = 0;
  auto since = std::chrono::steady_clock::now();
  auto worked = processor_time();
  std::unique_lock lock{mutex_};
  while (!stop_.wait_for(lock, std::chrono::milliseconds{250}, [this] { return stopping_; })) {
    const std::uint64_t begun = inputs_begun_;
    const auto now = std::chrono::steady_clock::now();
    if (begun != seen || !is_loading) {
      seen = begun;
      since = now;
      worked = processor_time();
    } else if (processor_time() - worked > std::chrono::seconds{limits_.seconds} ||
               now - since > kAsleep * std::chrono::seconds{limits_.seconds}) {
      std::fprintf(stderr, "\nan input takes longer than %u s\n", limits_.seconds);
      std::abort();
    }
  }
}

}  // namespace fuzz
