#include "cli/boot_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>

#include "cli/boot_vms.hpp"
#include "cli/console_input.hpp"
#include "config/locations.hpp"
#include "config/prepare.hpp"
#include "config/schema/quantity.hpp"
#include "machine/boot/initrd.hpp"
#include "machine/group.hpp"
#include "machine/parameters.hpp"

namespace cli {
namespace {

Failure<Error> refuse(const std::string& option, const std::string& what,
                      const std::string& remedy) {
  return Failure{Error{ErrorCode::kUsage, option, what, remedy}};
}

// What an option says of a number that the machine's parameter of that name may be.
Result<std::uint64_t, Error> quantity(const char* option, const std::string& text,
                                      const machine::Parameter& parameter) {
  const auto value = config::parse_quantity(text, parameter.unit);
  if (!value) return refuse(option, "\"" + text + "\" " + value.error().clause, "");
  return *value;
}

// FILE[,write|,read-only][,instant][,cache=SIZE], put into the disk of this number.
Result<Nothing, Error> add_disk(const std::string& text, machine::MachineConfig& config) {
  const std::size_t number = config.disks.size();
  const auto choose = [&](const char* key, const std::string& word) {
    const machine::Parameter& parameter = machine::parameter(key);
    parameter.set(config, number, value_named(parameter, word));
  };
  const machine::Parameter& cache = machine::parameter("machine.disks.*.cache");
  std::size_t comma = text.find(',');
  machine::parameter("machine.disks.*.image").set_text(config, number, text.substr(0, comma));
  while (comma != std::string::npos) {
    const std::size_t from = comma + 1;
    comma = text.find(',', from);
    const std::string word = text.substr(from, comma - from);
    if (word == "write" || word == "read-only") {
      choose("machine.disks.*.access", word);
    } else if (word == "instant") {
      choose("machine.disks.*.latency", "none");
    } else if (word.starts_with("cache=")) {
      const auto bytes = quantity("--disk cache=", word.substr(6), cache);
      if (!bytes) return Failure{bytes.error()};
      if (*bytes > cache.most || *bytes % cache.multiple != 0) {
        return refuse("--disk " + text,
                      fmt::format("{} is not a multiple of {} bytes up to {} MB", word,
                                  cache.multiple, cache.most / kMiB),
                      "");
      }
      cache.set(config, number, *bytes);
    } else {
      return refuse("--disk " + text, "unknown word \"" + word + "\"",
                    "write, read-only, instant, or cache=SIZE");
    }
  }
  return Nothing{};
}

// One end of the link that joins all of them.
Result<Nothing, Error> add_network(const BootOptions& o, std::uint32_t number,
                                   machine::MachineConfig& config) {
  const machine::Parameter& bits = machine::parameter("machine.network.bandwidth");
  const machine::Parameter& time = machine::parameter("machine.network.latency");
  const auto bandwidth = quantity("--bandwidth", o.bandwidth, bits);
  if (!bandwidth) return Failure{bandwidth.error()};
  const auto latency = quantity("--latency", o.latency, time);
  if (!latency) return Failure{latency.error()};
  bits.set(config, 0, *bandwidth);
  time.set(config, 0, *latency);
  machine::parameter("machine.network.station").set(config, 0, number);
  for (const machine::DiskConfig& disk : config.disks) {
    if (disk.access != machine::DiskMedium::Access::kWriteBack) continue;
    return refuse("--disk " + disk.image, "several machines cannot write to one image file",
                  "leave out \"write\": then each has its own copy");
  }
  return Nothing{};
}

// What stands in experiments beside the keys: disks by their order, and the network.
Result<Nothing, Error> add_devices(const BootOptions& o, std::uint32_t number,
                                   machine::MachineConfig& config) {
  for (const std::string& text : o.disks) {
    if (const auto added = add_disk(text, config); !added) return added;
  }
  for (machine::DiskConfig& disk : config.disks) {
    const auto path = config::Locations::of_program().image(disk.image);
    if (!path) return Failure{path.error()};
    disk.image = path->string();
  }
  return o.machines > 1 ? add_network(o, number, config) : Nothing{};
}

// "{machine}" in a text means the machine's number.
std::string for_machine(std::string text, std::uint32_t number) {
  static const std::string kWord = "{machine}";
  for (std::size_t at = text.find(kWord); at != std::string::npos; at = text.find(kWord, at))
    text.replace(at, kWord.size(), std::to_string(number));
  return text;
}

constexpr const char* kShell = "/bin/sh";
// The boot argument that says that a person sits at the console. To Linux a word with a dot is a
// parameter of some module.
constexpr const char* kTerminal = "disco.terminal";

bool is_known_by_name(const BootOptions& o) {
  std::error_code ignored;
  return o.kernel.find('/') == std::string::npos && !std::filesystem::exists(o.kernel, ignored);
}

// The value of init= among the boot arguments, "" without one; what follows -- is the program's.
std::string init_of(const std::string& bootargs) {
  std::istringstream words{bootargs};
  std::string init;
  for (std::string word; words >> word && word != "--";)
    if (word.starts_with("init=")) init = word.substr(5);
  return init;
}

// Nobody says what the kernel runs: tinyix and Linux then start a shell.
bool boots_default_shell(const BootOptions& o) {
  return is_known_by_name(o) && o.program.empty() && init_of(o.append).empty();
}

bool boots_shell(const BootOptions& o) {
  if (boots_default_shell(o)) return true;
  if (!o.program.empty()) return o.program == "sh" && o.arguments.empty();
  return init_of(o.append) == kShell && o.append.find(" -- ") == std::string::npos;
}

// tinyix's shell has all shipped programs.
bool brings_programs(const BootOptions& o) {
  if (o.kernel != "tinyix" || !is_known_by_name(o) || !o.initrd.empty()) return false;
  return o.program.empty() || o.program == "sh";
}

// Is a person's shell started by these options?
bool asks_for_input(const BootOptions& o) {
  if (!o.input.empty()) return o.input == "-";
  return o.may_take_input && boots_shell(o) && (boots_default_shell(o) || is_typed_at());
}

/// One kernel, or one kind of virtual machines: the options as if there were no other.
struct Kind {
  BootOptions options;
  std::optional<config::VmSetup> vm;  // where --vm says so
};

// What a --vm does not say is as KERNEL and its options say; another kernel has nothing of theirs.
Kind kind_of(const BootOptions& o, const config::VmSetup& vm) {
  Kind kind{o, vm};
  BootOptions& own = kind.options;
  own.vms.clear();
  if (vm.kernel) {
    own.kernel = *vm.kernel;
    own.initrd.clear();
    own.program.clear();
    own.arguments.clear();
    own.append.clear();
  }
  if (vm.initrd) own.initrd = *vm.initrd;
  if (vm.program) {
    own.program = *vm.program;
    own.arguments.clear();
  }
  if (vm.arguments) own.arguments = *vm.arguments;
  if (vm.append) own.append = *vm.append;
  return kind;
}

Result<std::vector<Kind>, Error> kinds_of(const BootOptions& o) {
  std::vector<Kind> kinds;
  if (o.vms.empty()) return std::vector<Kind>{Kind{o, std::nullopt}};
  const auto vms = parse_vms(o.vms);
  if (!vms) return Failure{vms.error()};
  for (const config::VmSetup& vm : *vms) kinds.push_back(kind_of(o, vm));
  return kinds;
}

// --program: that one program in the RAM disk, started as init. A shell keeps the RAM disk that it
// has: it is of no use alone.
Result<Nothing, Error> add_program(const BootOptions& o, std::uint32_t number,
                                   machine::BootImage& image) {
  const auto path = config::Locations::of_program().program(o.program);
  if (!path) return Failure{path.error()};
  const auto program = machine::read_blob(path->string());
  if (!program) return Failure{program.error()};
  const std::string name = machine::initrd_entry(*path);
  if (!brings_programs(o)) {
    machine::Initrd initrd;
    initrd.add_file(name, program->bytes, true);
    machine::add_archive(image.initrd, initrd.finish());
  }
  std::vector<std::string> arguments;
  for (const std::string& text : o.arguments) arguments.push_back(for_machine(text, number));
  image.bootargs = machine::boot_arguments(image.bootargs, name, arguments);
  return Nothing{};
}

Result<machine::BootImage, Error> boot_image(const BootOptions& o, std::uint32_t number) {
  const auto files = find_boot_files(o);
  if (!files) return Failure{files.error()};
  machine::BootImage image;
  const auto kernel = machine::read_blob(files->kernel);
  if (!kernel) return Failure{kernel.error()};
  image.kernel = *kernel;
  image.bootargs = for_machine(o.append, number);
  for (const std::string& variable : o.environment)
    image.bootargs += (image.bootargs.empty() ? "" : " ") + machine::boot_word("env=" + variable);
  if (number == 0 && asks_for_input(o) && is_typed_at())
    image.bootargs = std::string{kTerminal} + (image.bootargs.empty() ? "" : " ") + image.bootargs;
  if (!files->initrd.empty()) {
    const auto initrd = machine::read_blob(files->initrd);
    if (!initrd) return Failure{initrd.error()};
    image.initrd = *initrd;
  }
  if (!o.rom.empty()) {
    const auto rom = machine::read_blob(o.rom);
    if (!rom) return Failure{rom.error()};
    image.rom = *rom;
  }
  if (!o.program.empty()) {
    if (const auto added = add_program(o, number, image); !added) return Failure{added.error()};
  }
  return image;
}

Result<machine::Blob, Error> monitor_image(const BootOptions& o) {
  if (!o.monitor_image.empty()) return machine::read_blob(o.monitor_image);
  const auto shipped = config::Locations::of_program().need("disco.elf");
  if (!shipped) return Failure{shipped.error()};
  return machine::read_blob(shipped->string());
}

}  // namespace

bool feeds_console(const BootOptions& o) {
  const auto kinds = kinds_of(o);
  return kinds && std::any_of(kinds->begin(), kinds->end(),
                              [](const Kind& kind) { return asks_for_input(kind.options); });
}

Result<BootFiles, Error> find_boot_files(const BootOptions& o) {
  BootFiles files{o.kernel, o.initrd};
  if (!is_known_by_name(o)) return files;
  const auto locations = config::Locations::of_program();
  const auto kernel = locations.kernel(o.kernel, o.monitor);
  if (!kernel) return Failure{kernel.error()};
  files.kernel = kernel->string();
  if (brings_programs(o)) {
    const auto programs = locations.need("guests/initrd.cpio");
    if (!programs) return Failure{programs.error()};
    files.initrd = programs->string();
  } else if (o.initrd.empty()) {
    if (const auto disk = locations.disk(o.kernel)) files.initrd = disk->string();
  }
  return files;
}

Result<machine::Booted, Error> boot_machine(const BootOptions& o, std::uint32_t number) {
  auto setup = o.keys.setup(o.sets);
  if (!setup) return Failure{setup.error()};
  if (const auto added = add_devices(o, number, setup->machine); !added)
    return Failure{added.error()};
  config::Prepared prepared;
  prepared.setup = std::move(*setup);
  prepared.setup.virtualised = o.monitor;
  const auto kinds = kinds_of(o);
  if (!kinds) return Failure{kinds.error()};
  for (const Kind& kind : *kinds) {
    auto image = boot_image(kind.options, number);
    if (!image) return Failure{image.error()};
    prepared.kernels.push_back({std::move(*image), kind.options.program, {}});
    if (kind.vm) prepared.setup.vms.push_back(*kind.vm);
  }
  if (o.monitor) {
    auto monitor = monitor_image(o);
    if (!monitor) return Failure{monitor.error()};
    prepared.monitor = std::move(*monitor);
  }
  return config::boot(prepared);
}

bool types_ctrl_d(const BootOptions& o) {
  if (!o.input_end.empty()) return o.input_end == "ctrl-d";
  const auto kinds = kinds_of(o);
  return kinds && std::any_of(kinds->begin(), kinds->end(),
                              [](const Kind& kind) { return kind.options.kernel == "linux"; });
}

void add_machines_options(Verb verb, BootOptions& o) {
  verb.option("--machines", o.machines,
              "so many machines of this kind, joined by a network; {machine} in --append and "
              "--args is the number of each, from 0")
      .whole_number(1, machine::MachineGroup::kMostMachines)
      .shows_default();
  verb.option("--bandwidth", o.bandwidth, "of the network")
      .type_name("RATE")
      .needs("--machines")
      .shows_default();
  verb.option("--latency", o.latency, "of the network")
      .type_name("TIME")
      .needs("--machines")
      .shows_default();
}

void add_vm_options(Verb verb, BootOptions& o) {
  verb.option("--vm", o.vms,
              "virtual machines of a kind: WORD=VALUE,... (" + vm_words() +
                  "); what is not said is as KERNEL and the other options say; may be repeated")
      .type_name("WORD=VALUE,...")
      .repeats()
      .needs("--monitor")
      .excludes("--machines");
}

void add_boot_options(Verb verb, BootOptions& o) {
  verb.option("kernel", o.kernel, "ELF or raw image, or the name of a kernel: tinyix, linux")
      .required()
      .type_name("KERNEL");
  o.keys.add_options(verb, KeyGroup::kMachine);
  verb.option("--set", o.sets,
              "a key of the machine that has no option here, as in an experiment: "
              "machine.latency.remote=600ns")
      .type_name("KEY=VALUE")
      .repeats();
  o.keys.add_options(verb, KeyGroup::kSeed);
  verb.option("--initrd", o.initrd, "initial RAM disk (cpio)").type_name("FILE");
  verb.option("--disk", o.disks,
              "a virtio disk from a raw image: FILE[,write|,read-only][,instant][,cache=SIZE]; "
              "the file stays as it is without \"write\"")
      .type_name("FILE")
      .repeats();
  verb.option("--append", o.append, "boot arguments").type_name("TEXT");
  verb.option("--program", o.program, "pack this program into an initrd and start it as init")
      .type_name("NAME|FILE")
      .excludes("--initrd");
  verb.option("--env", o.environment, "a variable of its environment; may be repeated")
      .type_name("NAME=VALUE")
      .check([](const std::string& variable) -> std::string {
        const std::size_t equals = variable.find('=');
        return equals == 0 || equals == std::string::npos ? "\"" + variable + "\" is no NAME=VALUE"
                                                          : "";
      })
      .takes_no_more_words()
      .needs("--program");
  verb.option("--args", o.arguments, "its arguments; or all words behind --")
      .type_name("WORD...")
      .needs("--program");
  verb.option("--input", o.input,
              "what is typed at the console: - for stdin, none for nothing; without it a shell "
              "is given stdin")
      .one_of({"-", "none"})
      .type_name("-|none");
  verb.option("--input-end", o.input_end,
              "what the guest sees of the end of stdin: its serial line hangs up, or Ctrl-D is "
              "typed (the default for linux)")
      .one_of({"hang-up", "ctrl-d"})
      .type_name("HOW");
  o.keys.add_options(verb, KeyGroup::kConsole);
  verb.option("--logs", o.logs,
              "what each machine says also goes to a file in this folder: console.log, or "
              "console-0.log, console-1.log ...; of virtual machines console-NAME.log")
      .type_name("FOLDER");
  verb.flag("--monitor", o.monitor, "boot Disco and start the kernel as its guest");
  verb.option("--rom", o.rom, "contents of the boot ROM, at most 64 KB")
      .type_name("FILE")
      .excludes("--monitor");
  verb.option("--monitor-image", o.monitor_image, "another monitor than the shipped one")
      .type_name("FILE")
      .needs("--monitor");
  o.keys.add_options(verb, KeyGroup::kMonitor);
}

}  // namespace cli
