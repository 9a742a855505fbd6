// disco cc prog.c -o prog: programs of the reader's own for tinyix, compiled with the flags,
// headers and libraries that the shipped programs are made with (guests/sdk). Words that are not
// its own are the compiler's, as people type them.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/child_process.hpp"
#include "cli/compiler_words.hpp"
#include "cli/temporary_directory.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/locations.hpp"

namespace cli::verbs {
namespace {

namespace fs = std::filesystem;

constexpr char kCompiler[] = "mips64-linux-gnuabi64-gcc";
constexpr char kCxxCompiler[] = "mips64-linux-gnuabi64-g++";

struct Options {
  std::vector<std::string> words, extra;
  std::string output, abi = "n64", optimise = "2";
};

Result<std::vector<std::string>, Error> read_flags(const fs::path& file) {
  std::ifstream in{file};
  std::vector<std::string> flags;
  for (std::string flag; in >> flag;) flags.push_back(flag);
  if (!flags.empty()) return flags;
  return Failure{Error{ErrorCode::kInput, file.string(), "cannot be read, or is empty",
                       "build the project: ./bootstrap build"}};
}

// Headers, flags and libraries for one ABI.
struct Kit {
  fs::path root, script, library, newlib;
  std::vector<std::string> flags;

  static Result<Kit, Error> find(const std::string& abi) {
    const auto script = config::Locations::of_program().need("guests/sdk/tinyix.ld");
    if (!script) return Failure{script.error()};
    Kit kit;
    kit.script = *script;
    kit.root = script->parent_path();
    const std::string suffix = abi == "n64" ? "" : "32";
    kit.library = kit.root / ("lib" + suffix);
    kit.newlib = kit.root / ("newlib" + suffix);
    const auto flags = read_flags(kit.root / (abi + ".flags"));
    if (!flags) return Failure{flags.error()};
    kit.flags = *flags;
    return kit;
  }
};

class Compilation {
 public:
  Compilation(const Options& o, const CompilerWords& words, const Kit& kit, Session& session)
      : o_{o}, words_{words}, kit_{kit}, session_{session} {}

  Outcome run() {
    const auto checked = check();
    if (!checked) return Failure{checked.error()};
    const auto directory = TemporaryDirectory::make("disco-cc");
    if (!directory) return Failure{directory.error()};
    directory_ = directory->path();
    const auto done = words_.stop == Stop::kProgram ? program() : single_steps();
    if (!done) return Failure{done.error()};
    session_.emit({{"schema", "disco-cc 2"}, {"commands", commands_}, {"outputs", outputs_}});
    return 0;
  }

 private:
  Result<Nothing, Error> check() const {
    std::size_t sources = 0;
    for (const CompilerInput& input : words_.inputs) {
      if (input.kind == InputKind::kWord) continue;
      ++sources;
      std::error_code ignored;
      if (input.text != "-" && !fs::exists(input.text, ignored))
        return Failure{Error{ErrorCode::kInput, input.text, "there is no such file", ""}};
      if (input.text != "-" && !fs::is_regular_file(input.text, ignored))
        return Failure{Error{ErrorCode::kInput, input.text, "is not a regular file",
                             "a source may also come from standard input: -x c -"}};
      if (!o_.output.empty() && fs::equivalent(input.text, o_.output, ignored))
        return Failure{Error{ErrorCode::kUsage, o_.output, "is a source and the output",
                             "name another file with -o"}};
    }
    if (sources == 0)
      return Failure{Error{ErrorCode::kUsage, "", "missing sources: C or assembly files",
                           "see `disco cc --help`"}};
    if (words_.stop != Stop::kProgram && sources > 1 && !o_.output.empty())
      return Failure{Error{ErrorCode::kUsage, o_.output, "cannot be the output of several sources",
                           "leave -o out, or compile them one by one"}};
    return Nothing{};
  }

  Result<Nothing, Error> program() {
    std::vector<std::string> objects;
    for (const CompilerInput& input : words_.inputs) {
      if (input.kind != InputKind::kSource) {
        objects.push_back(input.text);
        continue;
      }
      const fs::path object = directory_ / (std::to_string(objects.size()) + ".o");
      if (auto done = compile(input, {"-c", "-o", object.string()}); !done) return done;
      objects.push_back(object.string());
    }
    const std::string output = o_.output.empty() ? "a.out" : o_.output;
    const fs::path linked = directory_ / "program";
    if (auto done = link(objects, linked, output); !done) return done;
    return deliver(linked, output);
  }

  // -c, -S and -E: one output for each source.
  Result<Nothing, Error> single_steps() {
    for (const CompilerInput& input : words_.inputs) {
      if (input.kind != InputKind::kSource) continue;
      const std::string step = words_.stop == Stop::kObject     ? "-c"
                               : words_.stop == Stop::kAssembly ? "-S"
                                                                : "-E";
      if (words_.stop == Stop::kPreprocessed && o_.output.empty()) {
        if (auto done = compile(input, {step}); !done) return done;
        continue;
      }
      const std::string suffix = words_.stop == Stop::kObject ? ".o" : ".s";
      const std::string output =
          o_.output.empty() ? fs::path{input.text}.stem().string() + suffix : o_.output;
      const fs::path made = directory_ / "made";
      if (auto done = compile(input, {step, "-o", made.string()}); !done) return done;
      if (auto done = deliver(made, output); !done) return done;
    }
    return Nothing{};
  }

  Result<Nothing, Error> compile(const CompilerInput& input, const std::vector<std::string>& step) {
    std::vector<std::string> command = {input.is_cxx ? kCxxCompiler : kCompiler};
    add(command, kit_.flags);
    add(command, {"-O" + o_.optimise, "-g", "-Wall", "-isystem", (kit_.root / "include").string(),
                  "-isystem", (kit_.newlib / "include").string()});
    if (input.is_cxx)
      add(command, {"-nostdinc++", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"});
    add(command, o_.extra);
    add(command, words_.flags);
    if (!input.language.empty()) add(command, {"-x", input.language});
    add(command, {input.text});
    add(command, step);
    return execute(command, {ErrorCode::kInput, input.text,
                             input.is_assembly ? "does not assemble" : "does not compile",
                             "the compiler's messages are above"});
  }

  Result<Nothing, Error> link(const std::vector<std::string>& objects, const fs::path& to,
                              const std::string& output) {
    std::vector<std::string> command = {kCompiler};
    add(command, kit_.flags);
    add(command, o_.extra);
    add(command, {(kit_.library / "crt0.o").string()});
    add(command, objects);
    add(command, {"-Wl,--start-group", (kit_.library / "libtinyix.a").string(),
                  (kit_.newlib / "libm.a").string(), (kit_.newlib / "libc.a").string(),
                  "-Wl,--end-group", "-T", kit_.script.string(), "-o", to.string()});
    return execute(command, {ErrorCode::kInput, output, "cannot be linked",
                             "the linker's messages are above; docs/tinyix.md says what the "
                             "library has"});
  }

  // Puts what was made where it was asked for.
  Result<Nothing, Error> deliver(const fs::path& made, const std::string& output) {
    std::ifstream from{made, std::ios::binary};
    std::error_code ignored;
    const auto status = fs::status(output, ignored);
    if (fs::is_regular_file(status)) fs::remove(output, ignored);  // it may be running
    errno = 0;
    std::ofstream to{output, std::ios::binary | std::ios::trunc};
    if (to) to << from.rdbuf();
    if (to) to.flush();
    if (!to)
      return Failure{Error{ErrorCode::kInput, output,
                           std::string{"cannot be written: "} +
                               (errno != 0 ? std::strerror(errno) : "the write failed"),
                           "choose another place with -o"}};
    if (words_.stop == Stop::kProgram && fs::is_regular_file(output, ignored))
      fs::permissions(output,
                      fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                      fs::perm_options::add, ignored);
    outputs_.push_back(output);
    return Nothing{};
  }

  Result<Nothing, Error> execute(const std::vector<std::string>& command, const Error& failure) {
    std::string line;
    for (const std::string& word : command) line += word + " ";
    session_.detail(line);
    commands_.push_back(command);
    const auto child = ChildProcess::start(
        command,
        "install gcc-mips64-linux-gnuabi64 and g++-mips64-linux-gnuabi64: ./bootstrap deps");
    if (!child) return Failure{child.error()};
    if (child->wait() != 0) return Failure{failure};
    return Nothing{};
  }

  static void add(std::vector<std::string>& to, const std::vector<std::string>& words) {
    to.insert(to.end(), words.begin(), words.end());
  }

  const Options& o_;
  const CompilerWords& words_;
  const Kit& kit_;
  Session& session_;
  fs::path directory_;
  std::vector<std::vector<std::string>> commands_;
  std::vector<std::string> outputs_;
};

Outcome compile(Options o, Session& session) {
  const auto words = read_compiler_words(o.words);
  if (!words) return Failure{words.error()};
  if (!words->output.empty()) o.output = words->output;
  const auto kit = Kit::find(o.abi);
  if (!kit) return Failure{kit.error()};
  return Compilation{o, *words, *kit, session}.run();
}

}  // namespace

void add_cc(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("cc", "compile a C program for tinyix",
                            [o](Session& session) { return compile(*o, session); });
  line.pass_words(verb);
  verb.option("sources", o->words,
              "C or assembly files, C++, objects, archives, and the compiler's own options: "
              "-I -D -l -L -g -W... -std=... -f... -c -S -E -x -include -Wl,...")
      .required()
      .type_name("FILE...");
  verb.option("-o,--output", o->output, "the program; without it a.out").type_name("FILE");
  verb.option("--abi", o->abi, "n64, or o32 for a process in 32-bit mode")
      .one_of({"n64", "o32"})
      .shows_default();
  verb.option("-O,--optimise", o->optimise, "optimisation level")
      .one_of({"0", "1", "2", "3", "s", "g", "fast"})
      .shows_default();
  verb.option("--cc-arg", o->extra, "passed on to the compiler; may be repeated")
      .type_name("WORD")
      .takes_no_more_words();
}

}  // namespace cli::verbs
