// What a point's virtual machines came to, for results.json and the files beside it.
#pragma once

#include <string>

#include "common/json.hpp"
#include "lab/points/point_console.hpp"
#include "machine/boot/boot.hpp"
#include "measure/measurement.hpp"

namespace lab {

/// [{"name", "number", "kind", "state", "starts", "exit", "first_ran", "ended_at", "entered",
/// "moved", "console", "phases"}], by number; times in seconds of simulated time, null where they
/// never came. Empty where the monitor keeps no table.
Json vms_json(const machine::Booted& booted, const measure::Measurement& m,
              const PointConsole& console, std::uint64_t clock_hz);

/// {"columns", "segments": [[cpu, from, to, vm]], "left_out"}: which virtual machine ran where, in
/// cycles; -1 is nobody, -2 several that are too short to be told apart. Null without a monitor
/// that says it.
Json timeline_json(const measure::Measurement& m);

/// "point,repeat,phase,vm,name,unit,value" of all virtual machines; what is 0 is left out.
std::string vm_counters_csv(const machine::Booted& booted, const measure::Measurement& m,
                            const std::string& point, std::uint64_t repeat);

/// The timeline as a trace that Chrome and Perfetto open: a process for each node, a thread for
/// each of its CPUs, a slice for each stay of a virtual machine. "" without a timeline.
std::string chrome_trace(const machine::Booted& booted, const measure::Measurement& m,
                         std::uint64_t clock_hz);

}  // namespace lab
