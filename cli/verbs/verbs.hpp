// One function per verb: adds the subcommand and its options to the tree.
#pragma once

#include "cli/command_line.hpp"

namespace cli::verbs {

void add_boot(CommandLine& line);
void add_cc(CommandLine& line);
void add_check(CommandLine& line);
void add_compare(CommandLine& line);
void add_debug(CommandLine& line);
void add_disasm(CommandLine& line);
void add_explain(CommandLine& line);
void add_info(CommandLine& line);
void add_ls(CommandLine& line);
void add_record(CommandLine& line);
void add_replay(CommandLine& line);
void add_report(CommandLine& line);
void add_run(CommandLine& line);
void add_trace(CommandLine& line);
void add_verify(CommandLine& line);

}  // namespace cli::verbs
