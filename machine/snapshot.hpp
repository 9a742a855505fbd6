// Snapshots: the state of a machine in a file, by section, and back. A snapshot fits only a machine
// of the same configuration; docs/state.md has the format.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine.hpp"

namespace machine {

std::vector<std::byte> snapshot(Machine& machine);
/// kInput errors: damaged, of another version, or of another configuration (names the field that
/// differs). After an error the machine's state is unspecified.
Result<Nothing, Error> restore(Machine& machine, const std::string& name,
                               std::span<const std::byte> bytes);

/// Writes a snapshot into a file. It is written beside `path` and renamed, so it is never half
/// there.
Result<Nothing, Error> save_snapshot(Machine& machine, const std::string& path);
Result<Nothing, Error> load_snapshot(Machine& machine, const std::string& path);

}  // namespace machine
