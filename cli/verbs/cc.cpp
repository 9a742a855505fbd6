// disco cc prog.c -o prog: a program of the reader's own for tinyix, compiled with the flags,
// headers and library that the shipped programs are made with (guests/sdk).
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/child_process.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/locations.hpp"

namespace cli::verbs {
namespace {

constexpr char kCompiler[] = "mips64-linux-gnuabi64-gcc";

struct Options {
  std::vector<std::string> sources, extra;
  std::string output = "a.out", abi = "n64", optimise = "2";
};

Result<std::vector<std::string>, Error> read_flags(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::vector<std::string> flags;
  for (std::string flag; in >> flag;) flags.push_back(flag);
  if (!flags.empty()) return flags;
  return Failure{Error{ErrorCode::kInput, file.string(), "cannot be read, or is empty",
                       "build the project: ./bootstrap build"}};
}

Outcome compile(const Options& o, Session& session) {
  const auto sdk = config::Locations::of_program().need("guests/sdk/tinyix.ld");
  if (!sdk) return Failure{sdk.error()};
  const std::filesystem::path root = sdk->parent_path();
  const auto flags = read_flags(root / (o.abi + ".flags"));
  if (!flags) return Failure{flags.error()};
  const std::filesystem::path library = root / (o.abi == "n64" ? "lib" : "lib32");

  std::vector<std::string> words = {kCompiler};
  words.insert(words.end(), flags->begin(), flags->end());
  words.insert(words.end(), {"-O" + o.optimise, "-Wall", "-I", (root / "include").string()});
  words.insert(words.end(), o.extra.begin(), o.extra.end());
  words.push_back((library / "crt0.o").string());
  words.insert(words.end(), o.sources.begin(), o.sources.end());
  words.insert(words.end(),
               {"-L", library.string(), "-ltinyix", "-T", sdk->string(), "-o", o.output});
  std::string line;
  for (const std::string& word : words) line += word + " ";
  session.detail(line);

  const auto child =
      ChildProcess::start(words, "install gcc-mips64-linux-gnuabi64: ./bootstrap deps");
  if (!child) return Failure{child.error()};
  const int code = child->wait();
  if (code != 0)
    return Failure{Error{ErrorCode::kInput, o.sources.front(), "does not compile",
                         "the compiler's messages are above"}};
  session.emit({{"schema", "disco-cc 1"}, {"command", words}, {"output", o.output}});
  return 0;
}

}  // namespace

void add_cc(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  CLI::App* verb = line.add_verb("cc", "compile a C program for tinyix",
                                 [o](Session& session) { return compile(*o, session); });
  verb->add_option("sources", o->sources, "C or assembly files")->required()->type_name("FILE...");
  verb->add_option("-o,--output", o->output, "the program")
      ->type_name("FILE")
      ->capture_default_str();
  verb->add_option("--abi", o->abi, "n64, or o32 for a process in 32-bit mode")
      ->check(CLI::IsMember({"n64", "o32"}))
      ->capture_default_str();
  verb->add_option("-O,--optimise", o->optimise, "optimisation level")
      ->check(CLI::IsMember({"0", "1", "2", "3", "s", "g"}))
      ->capture_default_str();
  verb->add_option("--cc-arg", o->extra, "passed on to the compiler; may be repeated")
      ->type_name("WORD");
}

}  // namespace cli::verbs
