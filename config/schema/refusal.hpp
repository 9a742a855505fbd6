// Why a text or a value is not what it should be.
#pragma once

#include <cstdint>
#include <string>

namespace config {

struct Refusal {
  enum class Why : std::uint8_t {
    kForm,   // nothing of the kind that is wanted
    kRange,  // well written, but beyond a bound
  };
  Why why = Why::kForm;
  std::string clause;  // no full stop
};

}  // namespace config
