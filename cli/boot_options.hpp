// The options that describe a machine and what is booted on it, shared by the verbs that take an
// image instead of an experiment.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/boot_keys.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/boot/boot.hpp"

namespace cli {
using namespace common;

struct BootOptions {
  std::string kernel, initrd, rom, append, program, input, input_end, logs;
  std::vector<std::string> arguments, environment, disks, sets, vms;
  BootKeys keys;
  bool monitor = false;
  bool may_take_input = false;  // standard input is the guest's if a shell is booted
  std::uint32_t machines = 1;   // equal ones, joined by a link of this bandwidth and latency
  std::string bandwidth = "100Mbit/s", latency = "10us";
  std::string monitor_image;
};

/// Adds the options to a verb; `o` must outlive the parse.
void add_boot_options(Verb verb, BootOptions& o);

/// Adds the options about several machines, for verbs that can run them.
void add_machines_options(Verb verb, BootOptions& o);

/// Adds --vm, for verbs that can show several consoles.
void add_vm_options(Verb verb, BootOptions& o);

/// Is standard input typed at the console of the first machine, or of its virtual machines?
bool feeds_console(const BootOptions& o);
/// Is Ctrl-D typed where standard input ends, and not the line hung up?
bool types_ctrl_d(const BootOptions& o);

/// KERNEL is a file, or the name of a kernel that is known, with the RAM disk that belongs to it.
struct BootFiles {
  std::string kernel, initrd;
};
Result<BootFiles, Error> find_boot_files(const BootOptions& o);

/// The machine with everything loaded, ready to run; `number` is its place among several. Errors
/// name the option or file.
Result<machine::Booted, Error> boot_machine(const BootOptions& o, std::uint32_t number);

}  // namespace cli
