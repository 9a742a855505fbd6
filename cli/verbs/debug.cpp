// disco debug KERNEL: boots it standing still and starts gdb-multiarch on it, told everything that
// gdb cannot guess about a big-endian R10000. Without the endianness gdb shows byte-swapped
// registers.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "cli/boot_options.hpp"
#include "cli/child_process.hpp"
#include "cli/gdb/server.hpp"
#include "cli/guest_console.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/locations.hpp"
#include "lab/points/interrupt.hpp"

namespace cli::verbs {
namespace fs = std::filesystem;
namespace {

struct Options {
  BootOptions boot;
  std::string debugger = "gdb-multiarch";
  std::vector<std::string> symbols, debugger_arguments;
};

// What is debugged: the image that gdb takes as its program, if it is one that gdb knows (a raw one
// is not), and those that it should know besides.
struct Images {
  std::string program;
  std::vector<std::string> others;

  void add(const std::string& file) {
    std::error_code ignored;
    const auto is_same = [&](const std::string& known) {
      return known == file || fs::equivalent(known, file, ignored);
    };
    const bool is_known = is_same(program) || std::any_of(others.begin(), others.end(), is_same);
    if (!is_known) others.push_back(file);
  }
};

bool is_elf(const std::string& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return false;  // whoever reads it says so
  std::ifstream in{file, std::ios::binary};
  std::string magic(4, '\0');
  return in.read(magic.data(), 4) && magic ==
                                         "\x7f"
                                         "ELF";
}

Result<Images, Error> find_images(const Options& o) {
  const auto files = find_boot_files(o.boot);
  if (!files) return Failure{files.error()};
  const auto locations = config::Locations::of_program();
  Images images;
  if (is_elf(files->kernel)) images.program = files->kernel;
  if (o.boot.monitor && !o.boot.monitor_image.empty()) images.add(o.boot.monitor_image);
  if (o.boot.monitor && o.boot.monitor_image.empty()) {
    if (const auto monitor = locations.find("disco.elf")) images.add(monitor->string());
  }
  if (!o.boot.program.empty()) {
    const auto program = locations.program(o.boot.program);
    if (!program) return Failure{program.error()};
    if (is_elf(program->string())) images.add(program->string());
  }
  for (const std::string& file : o.symbols) images.add(file);
  return images;
}

// A word of a command of gdb's.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::vector<std::string> gdb_command(const Options& o, const Images& images, std::uint16_t port) {
  std::vector<std::string> words = {o.debugger, "-q", "-ex", "set endian big", "-ex",
                                    "set architecture mips:10000",
                                    // `watch` works by single steps.
                                    "-ex", "set can-use-hw-watchpoints 0"};
  // Shipped images name their sources relative to the project's root.
  if (const auto sources = config::Locations::of_program().find("sources"))
    words.insert(words.end(), {"-d", sources->string()});
  // Without a program gdb takes addresses to have 32 bits.
  if (images.program.empty()) words.insert(words.end(), {"-ex", "set mips abi n64"});
  for (const std::string& file : images.others)
    words.insert(words.end(), {"-ex", "with confirm off -- add-symbol-file " + quoted(file)});
  words.insert(words.end(), {"-ex", "target remote localhost:" + std::to_string(port)});
  words.insert(words.end(), o.debugger_arguments.begin(), o.debugger_arguments.end());
  if (!images.program.empty()) words.push_back(images.program);
  return words;
}

// gdb has detached and is still there: the machine runs on as long as it is.
void run_on(machine::Machine& machine, const std::function<bool()>& give_up) {
  const auto hook = machine.add_slice_hook([&] {
    if (give_up()) machine.interrupt();
  });
  for (auto end = machine.run({}); end && *end == machine::RunEnd::kInterrupted && !give_up();)
    end = machine.run({});
}

Outcome debug(const Options& o, Session& session) {
  const auto images = find_images(o);
  if (!images) return Failure{images.error()};
  lab::outlive_readers();
  auto booted = boot_machine(o.boot, 0);
  if (!booted) return Failure{booted.error()};
  const auto connected = connect_console(session, o.boot, 0, *booted);
  if (!connected) return Failure{connected.error()};
  const auto server = gdb::Server::listen(0);
  if (!server) return Failure{server.error()};
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for gdb, which passes it on over the connection
  const auto child = ChildProcess::start(
      gdb_command(o, *images, (*server)->port()),
      "install gdb-multiarch, or name another gdb that knows MIPS with --debugger");
  if (!child) return Failure{child.error()};
  const std::function<bool()> has_ended = [&child] { return child->has_ended(); };
  const auto end = (*server)->serve(*booted->machine, {}, has_ended);
  if (end && end->kind == gdb::SessionEnd::Kind::kDetached) run_on(*booted->machine, has_ended);
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
  Verb verb = line.add_verb("debug", "boot a kernel image under gdb, standing still",
                            [o](Session& session) { return debug(*o, session); });
  add_boot_options(verb, o->boot);
  verb.option("--debugger", o->debugger, "the gdb to start").shows_default();
  verb.option("--symbols", o->symbols, "more images whose symbols gdb should know")
      .type_name("ELF...");
  verb.option("--gdb-arg", o->debugger_arguments, "passed on to gdb; may be repeated")
      .type_name("WORD");
}

}  // namespace cli::verbs
