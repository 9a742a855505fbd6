#include "cli/command_line.hpp"
#include "cli/verbs/verbs.hpp"

int main(int argc, char** argv) {
  cli::CommandLine line;
#define VERB(name) cli::verbs::add_##name(line);
#include "cli/verbs/verbs.def"
#undef VERB
  return line.run(argc, argv);
}
