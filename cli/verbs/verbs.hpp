// One function per verb: adds the subcommand and its options to the tree.
#pragma once

#include "cli/command_line.hpp"

namespace cli::verbs {

#define VERB(name) void add_##name(CommandLine& line);
#include "cli/verbs/verbs.def"
#undef VERB

}  // namespace cli::verbs
