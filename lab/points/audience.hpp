// Whom a run tells what happens while it goes on. Declared here, by the user; cli/ implements it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lab/points/work_estimate.hpp"

namespace lab {

class Audience {
 public:
  virtual ~Audience() = default;
  /// A remark; an audience that is quiet does not hear it.
  virtual void note(std::string_view line) const = 0;
  /// What every audience hears.
  virtual void warn(std::string_view line) const = 0;
  virtual bool is_quiet() const = 0;
};

struct ProgressState {
  std::size_t done = 0, total = 0;  // runs
  Forecast work;                    // of all runs together
  std::uint64_t executed = 0;       // instructions, those of this invocation
  std::string now;                  // what is running
};

/// Shows how far the runs are.
class ProgressView {
 public:
  virtual ~ProgressView() = default;
  /// Called several times a second.
  virtual void update(const ProgressState& state) = 0;
  /// Other output comes now; the next update may draw again.
  virtual void clear() = 0;
};

}  // namespace lab
