// What the keys of one point set, as plain data and before any file is looked at: the machine, what
// stands on it and how long it runs. Its initial values are the defaults of the keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/experiment.hpp"
#include "machine/boot/boot.hpp"

namespace config {

/// Virtual machines of one kind. What is not said is as for the only one.
struct VmSetup {
  std::string name;
  std::uint64_t count = 1;
  std::optional<std::uint64_t> memory = {};
  std::optional<std::string> kernel = {}, initrd = {}, append = {}, program = {};
  std::optional<std::vector<std::string>> arguments = {}, files = {};
  std::vector<std::uint32_t> cpus = {};          // none: all
  std::uint64_t start = 0, every = 0, stop = 0;  // nanoseconds; no stop: 0
  std::uint32_t restarts = 0;
  std::string placement = "first-touch";
  std::uint32_t node = 0;
};

struct Setup {
  machine::MachineConfig machine;
  bool virtualised = false;
  std::string monitor_image = "disco.elf";
  machine::MonitorParams monitor{
      .tlb_entries = 0, .l2tlb_entries = 1024, .large_pages = false, .bootargs = {}};
  std::uint64_t vm_memory = 32 * kMiB;
  std::vector<VmSetup> vms;  // by name; none: one, of the fields here
  std::string kernel = "tinyix", initrd, append;
  std::string program = "hello";
  std::vector<std::string> arguments, files;  // of the program; further ones beside it
  std::uint64_t instruction_limit = 20'000'000'000;
  std::uint64_t sample_period = 0;  // nanoseconds; 0: automatic
};

/// What a console and a folder of logs can call a virtual machine.
bool is_vm_name(std::string_view name);

/// A word of machine.fidelity. Requires: it is one.
cpu::Fidelity fidelity_named(std::string_view word);

/// Requires: every key of default_values(), all values in their held form.
Setup setup_of(const Values& values);

}  // namespace config
