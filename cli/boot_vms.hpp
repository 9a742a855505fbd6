// Virtual machines on the command line of `disco boot`: one --vm for each kind, in words that stand
// for the keys vms.NAME.* of experiments.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "config/setup.hpp"

namespace cli {
using namespace common;

/// What a --vm may say, for help texts.
std::string vm_words();

/// The kinds that "name=web,kernel=linux,memory=64MB,count=4,start=100ms,cpus=0-3" and its like
/// describe, in their order. A comma within a value is written twice, processors are joined by "+"
/// (0-3+6), arguments by spaces. kUsage errors name the option and the word.
Result<std::vector<config::VmSetup>, Error> parse_vms(const std::vector<std::string>& texts);

/// The names of all virtual machines of these kinds, by number.
std::vector<std::string> names_of(const std::vector<config::VmSetup>& vms);

}  // namespace cli
