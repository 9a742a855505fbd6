// CHECK(condition): on in every build. A false one is a bug of ours, never bad input and never
// something a guest did. The host prints and aborts; the monitor stops the machine with a report.
#pragma once

namespace common {

/// Defined once per program: common/check.cpp on the host, disco/mips/ on the target.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

/// CHECK for inline code in headers, where the macro's name may belong to a test framework.
inline void check(bool holds, const char* condition) {
  if (!holds) [[unlikely]]
    check_failed(condition, "a header", 0);
}

}  // namespace common

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::common::check_failed(#condition, __FILE__, __LINE__))
