// What became of each virtual machine, told at the end of `disco boot`.
#pragma once

#include "cli/session.hpp"
#include "machine/boot/boot.hpp"

namespace cli {

/// [{"name", "number", "state", "starts", "exit", "ended_at_ns"}], by number; remarks say how many
/// ended and name those that did not end with 0. Empty if the monitor keeps no table.
Json note_vms(Session& session, const machine::Booted& booted);

}  // namespace cli
