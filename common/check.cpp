#include "common/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace common {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "disco: internal error: CHECK(%s) failed at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace common
