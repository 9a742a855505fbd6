// disco debug KERNEL: boots it standing still and starts gdb-multiarch on it, told everything that
// gdb cannot guess about a big-endian R10000. Without the endianness gdb shows byte-swapped
// registers.
#include <signal.h>

#include <vector>

#include "cli/boot_options.hpp"
#include "cli/child_process.hpp"
#include "cli/gdb/server.hpp"
#include "cli/interrupt.hpp"
#include "cli/verbs/verbs.hpp"

namespace cli::verbs {
namespace {

struct Options {
  BootOptions boot;
  std::string debugger = "gdb-multiarch";
  std::vector<std::string> symbols, debugger_arguments;
};

std::vector<std::string> gdb_command(const Options& o, std::uint16_t port) {
  std::vector<std::string> words = {o.debugger, "-q", "-ex", "set endian big", "-ex",
                                    "set architecture mips:10000",
                                    // `watch` works by single steps.
                                    "-ex", "set can-use-hw-watchpoints 0"};
  for (const std::string& file : o.symbols) {
    words.insert(words.end(), {"-ex", "add-symbol-file " + file});
  }
  words.insert(words.end(), {"-ex", "target remote localhost:" + std::to_string(port)});
  words.insert(words.end(), o.debugger_arguments.begin(), o.debugger_arguments.end());
  words.push_back(o.boot.kernel);
  return words;
}

Outcome debug(const Options& o, Session& session) {
  outlive_readers();
  auto booted = boot_machine(o.boot, 0);
  if (!booted) return Failure{booted.error()};
  const auto connected = connect_console(session, o.boot, 0, *booted->machine);
  if (!connected) return Failure{connected.error()};
  const auto server = gdb::Server::listen(0);
  if (!server) return Failure{server.error()};
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for gdb, which passes it on over the connection
  const auto child = ChildProcess::start(
      gdb_command(o, (*server)->port()),
      "install gdb-multiarch, or name another gdb that knows MIPS with --debugger");
  if (!child) return Failure{child.error()};
  const auto end = (*server)->serve(*booted->machine, {}, [&child] { return child->has_ended(); });
  booted->machine->set_console_output({});
  const auto written = (*connected)->close();
  const int code = child->wait();
  if (!end) return Failure{end.error()};
  if (!written) return Failure{written.error()};
  return code;
}

}  // namespace

void add_debug(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  CLI::App* verb = line.add_verb("debug", "boot a kernel image under gdb, standing still",
                                 [o](Session& session) { return debug(*o, session); });
  add_boot_options(*verb, o->boot);
  verb->add_option("--debugger", o->debugger, "the gdb to start")->capture_default_str();
  verb->add_option("--symbols", o->symbols, "more images whose symbols gdb should know")
      ->type_name("ELF...");
  verb->add_option("--gdb-arg", o->debugger_arguments, "passed on to gdb; may be repeated")
      ->type_name("WORD");
}

}  // namespace cli::verbs
