// The keys of virtual machines, of which an experiment may have several kinds: vms.NAME.*.
#pragma once

#include <vector>

#include "config/schema/schema.hpp"

namespace config {

std::vector<ParameterRow> vm_rows();

}  // namespace config
