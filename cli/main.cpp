#include "cli/command_line.hpp"
#include "cli/verbs/verbs.hpp"

int main(int argc, char** argv) {
  cli::CommandLine line;
  cli::verbs::add_run(line);
  cli::verbs::add_check(line);
  cli::verbs::add_report(line);
  cli::verbs::add_compare(line);
  cli::verbs::add_explain(line);
  cli::verbs::add_verify(line);
  cli::verbs::add_record(line);
  cli::verbs::add_replay(line);
  cli::verbs::add_trace(line);
  cli::verbs::add_boot(line);
  cli::verbs::add_debug(line);
  cli::verbs::add_cc(line);
  cli::verbs::add_disasm(line);
  cli::verbs::add_info(line);
  cli::verbs::add_ls(line);
  return line.run(argc, argv);
}
