#include "cli/boot_options.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "cli/console_input.hpp"
#include "cli/whole_number.hpp"
#include "config/locations.hpp"
#include "config/prepare.hpp"
#include "config/schema/quantity.hpp"
#include "machine/boot/initrd.hpp"
#include "machine/group.hpp"

namespace cli {
namespace {

Result<std::uint64_t, Error> quantity(const char* option, const std::string& text,
                                      config::Unit unit) {
  const auto value = config::parse_quantity(text, unit);
  if (!value)
    return Failure{Error{ErrorCode::kUsage, option, "\"" + text + "\" " + value.error().clause, ""}};
  return *value;
}

// FILE[,write|,read-only][,instant][,cache=SIZE]
Result<machine::DiskConfig, Error> disk_config(const std::string& text) {
  machine::DiskConfig disk;
  std::size_t comma = text.find(',');
  disk.image = text.substr(0, comma);
  while (comma != std::string::npos) {
    const std::size_t from = comma + 1;
    comma = text.find(',', from);
    const std::string word = text.substr(from, comma - from);
    if (word == "write") {
      disk.access = machine::DiskMedium::Access::kWriteBack;
    } else if (word == "read-only") {
      disk.access = machine::DiskMedium::Access::kReadOnly;
    } else if (word == "instant") {
      disk.drive.timing.is_instant = true;
    } else if (word.starts_with("cache=")) {
      const auto bytes = quantity("--disk cache=", word.substr(6), config::Unit::kBytes);
      if (!bytes) return Failure{bytes.error()};
      const std::uint64_t sectors = *bytes / machine::kSectorBytes;
      if (sectors > machine::WriteCache::kMost || *bytes % machine::kSectorBytes != 0) {
        return Failure{Error{ErrorCode::kUsage, "--disk " + text,
                             word + " is not a multiple of 512 bytes up to 32 MB", ""}};
      }
      disk.drive.cache_sectors = static_cast<std::uint32_t>(sectors);
    } else {
      return Failure{Error{ErrorCode::kUsage, "--disk " + text, "unknown word \"" + word + "\"",
                           "write, read-only, instant, or cache=SIZE"}};
    }
  }
  return disk;
}

/// The defaults of an experiment and what --set says, as far as no other option does.
Result<config::Values, Error> machine_values(const BootOptions& o) {
  static const std::map<std::string, std::string> kOptions = {
      {"machine.mem.per_node", "--memory"},
      {"machine.clock", "--clock"},
      {"machine.nodes", "--nodes"},
      {"machine.cpus_per_node", "--cpus"},
      {"machine.cpu.tlb.entries", "--tlb"},
      {"machine.fidelity", "--fidelity"},
      {"machine.engine", "--engine"},
      {"machine.console", "--console"},
      {"machine.cpu.fp_unimplemented", "--fp-unimplemented"}};
  config::Values values = config::default_values();
  for (const std::string& set : o.sets) {
    const auto refuse = [&](const std::string& what, const std::string& remedy) {
      return Failure{Error{ErrorCode::kUsage, "--set " + set, what, remedy}};
    };
    const auto option = kOptions.find(set.substr(0, set.find('=')));
    if (option != kOptions.end())
      return refuse("has an option of its own", "use " + option->second);
    if (!set.starts_with("machine.")) {
      return refuse("is not a key of the machine", "`disco info params` lists the keys machine.*");
    }
    const auto done = config::set_value(values, set);
    if (!done) return refuse(done.error().clause, "`disco info params` lists the keys machine.*");
  }
  return values;
}

// One end of the link that joins all of them.
Result<Nothing, Error> add_network(const BootOptions& o, std::uint32_t number,
                                   machine::MachineConfig& machine) {
  const auto bandwidth = quantity("--bandwidth", o.bandwidth, config::Unit::kBitsPerSecond);
  if (!bandwidth) return Failure{bandwidth.error()};
  const auto latency = quantity("--latency", o.latency, config::Unit::kNanoseconds);
  if (!latency) return Failure{latency.error()};
  machine.network = machine::NetworkConfig{{*bandwidth, *latency}, number};
  for (const machine::DiskConfig& disk : machine.disks) {
    if (disk.access != machine::DiskMedium::Access::kWriteBack) continue;
    return Failure{Error{ErrorCode::kUsage, "--disk " + disk.image,
                         "several machines cannot write to one image file",
                         "leave out \"write\": then each has its own copy"}};
  }
  return Nothing{};
}

// "{machine}" in a text means the machine's number.
std::string for_machine(std::string text, std::uint32_t number) {
  static const std::string kWord = "{machine}";
  for (std::size_t at = text.find(kWord); at != std::string::npos; at = text.find(kWord, at))
    text.replace(at, kWord.size(), std::to_string(number));
  return text;
}

Result<machine::MachineConfig, Error> machine_config(const BootOptions& o, std::uint32_t number) {
  const auto values = machine_values(o);
  if (!values) return Failure{values.error()};
  machine::MachineConfig machine = config::setup_of(*values).machine;
  const auto memory = quantity("--memory", o.memory, config::Unit::kBytes);
  if (!memory) return Failure{memory.error()};
  const auto clock = quantity("--clock", o.clock, config::Unit::kHertz);
  if (!clock) return Failure{clock.error()};
  machine.memory_per_node = *memory;
  machine.clock_hz = *clock;
  machine.nodes = o.nodes;
  machine.cpus_per_node = o.cpus;
  machine.tlb.entries = o.tlb_entries;
  machine.seed = o.seed;
  machine.virtio_console = o.console == "virtio";
  for (const std::string& text : o.disks) {
    auto disk = disk_config(text);
    if (!disk) return Failure{disk.error()};
    machine.disks.push_back(std::move(*disk));
  }
  for (machine::DiskConfig& disk : machine.disks) {
    const auto path = config::Locations::of_program().image(disk.image);
    if (!path) return Failure{path.error()};
    disk.image = path->string();
  }
  if (o.machines > 1) {
    if (const auto added = add_network(o, number, machine); !added) return Failure{added.error()};
  }
  machine.fidelity = config::fidelity_named(o.fidelity);
  machine.fp_unimplemented = o.fp_unimplemented == "complete" ? cpu::FpUnimplemented::kComplete
                                                              : cpu::FpUnimplemented::kTrap;
  return machine;
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

// Is standard input typed at the console of the first machine?
bool feeds_console(const BootOptions& o) {
  if (!o.input.empty()) return o.input == "-";
  return o.may_take_input && boots_shell(o) && (boots_default_shell(o) || is_typed_at());
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
  if (number == 0 && feeds_console(o) && is_typed_at())
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

}  // namespace

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
  const auto machine = machine_config(o, number);
  if (!machine) return Failure{machine.error()};
  const auto image = boot_image(o, number);
  if (!image) return Failure{image.error()};
  if (!o.monitor) return machine::boot_native(*machine, *image);

  std::string monitor_path = o.monitor_image;
  if (monitor_path.empty()) {
    const auto found = config::Locations::of_program().need("disco.elf");
    if (!found) return Failure{found.error()};
    monitor_path = found->string();
  }
  const auto monitor = machine::read_blob(monitor_path);
  if (!monitor) return Failure{monitor.error()};
  const auto memory = quantity("--guest-memory", o.guest_memory, config::Unit::kBytes);
  if (!memory) return Failure{memory.error()};
  machine::VmImage vm;
  vm.boot = *image;
  vm.memory = *memory;
  return machine::boot_monitor(
      *machine, *monitor, {vm},
      {.l2tlb_entries = o.l2tlb, .large_pages = o.large_pages, .bootargs = {}});
}

namespace {

void connect_input(Session& session, const BootOptions& o, machine::Machine& machine) {
  const bool types_ctrl_d = o.input_end.empty() ? o.kernel == "linux" : o.input_end == "ctrl-d";
  const auto input = std::make_shared<ConsoleInput>(
      session.human(), types_ctrl_d ? ConsoleInput::End::kCtrlD : ConsoleInput::End::kHangUp,
      [&machine] { return machine.takes_input(); });
  if (input->is_terminal()) session.note("disco: keys go to the guest; Ctrl-] ends the run");
  machine.set_console_source(
      [input](std::chrono::nanoseconds idle) { return input->next(idle); },
      input->is_terminal() ? machine::InputPace::kReal : machine::InputPace::kSimulated);
}

}  // namespace

Result<std::shared_ptr<ConsoleOutput>, Error> connect_console(Session& session,
                                                              const BootOptions& o,
                                                              std::uint32_t number,
                                                              machine::Machine& machine) {
  std::FILE* out = session.human();
  const std::string name = o.machines > 1 ? "console-" + std::to_string(number) : "console";
  const auto output = ConsoleOutput::open(out, o.machines > 1 ? fmt::format("{}| ", number) : "",
                                          o.logs.empty() ? "" : o.logs + "/" + name + ".log");
  if (!output) return Failure{output.error()};
  machine.set_console_output(
      [output = *output, &machine, works = true](machine::ConsoleChannel, char c) mutable {
        if (output->put(c) || !works) return;
        works = false;
        machine.interrupt();
      });
  if (number == 0 && feeds_console(o)) connect_input(session, o, machine);
  return *output;
}

void add_machines_options(CLI::App& verb, BootOptions& o) {
  verb.add_option("--machines", o.machines,
                  "so many machines of this kind, joined by a network; {machine} in --append and "
                  "--args is the number of each, from 0")
      ->check(whole_number(machine::MachineGroup::kMostMachines))
      ->check(CLI::Range(std::uint32_t{1}, machine::MachineGroup::kMostMachines))
      ->capture_default_str();
  verb.add_option("--bandwidth", o.bandwidth, "of the network")
      ->type_name("RATE")
      ->needs("--machines")
      ->capture_default_str();
  verb.add_option("--latency", o.latency, "of the network")
      ->type_name("TIME")
      ->needs("--machines")
      ->capture_default_str();
}

void add_boot_options(CLI::App& verb, BootOptions& o) {
  verb.add_option("kernel", o.kernel, "ELF or raw image, or the name of a kernel: tinyix, linux")
      ->required()
      ->type_name("KERNEL");
  verb.add_option("--memory", o.memory, "RAM of each node")
      ->type_name("SIZE")
      ->capture_default_str();
  constexpr std::uint64_t kMost = 0xffffffff;  // what the machine makes of it, it says itself
  verb.add_option("--nodes", o.nodes, "nodes")->check(whole_number(kMost))->capture_default_str();
  verb.add_option("--cpus", o.cpus, "processors in each node")
      ->check(whole_number(kMost))
      ->capture_default_str();
  verb.add_option("--clock", o.clock, "processor clock")
      ->type_name("FREQUENCY")
      ->capture_default_str();
  verb.add_option("--tlb", o.tlb_entries, "TLB entries of each processor")
      ->check(whole_number(kMost))
      ->capture_default_str();
  verb.add_option("--engine", o.engine, "how instructions are executed")
      ->check(CLI::IsMember({"interpreter"}))
      ->capture_default_str();
  verb.add_option("--fidelity", o.fidelity, "what is timed")
      ->check(CLI::IsMember({"functional", "tlb", "memory"}))
      ->capture_default_str();
  verb.add_option("--fp-unimplemented", o.fp_unimplemented,
                  "what the FPU does with what the R10000 leaves to software: subnormals, "
                  "conversions that do not fit")
      ->check(CLI::IsMember({"trap", "complete"}))
      ->capture_default_str();
  verb.add_option("--set", o.sets,
                  "a key of the machine that has no option here, as in an experiment: "
                  "machine.latency.remote=600ns")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  verb.add_option("--seed", o.seed, "of everything that is random")
      ->check(whole_number(kLargestSeed))
      ->capture_default_str();
  verb.add_option("--initrd", o.initrd, "initial RAM disk (cpio)")->type_name("FILE");
  verb.add_option("--disk", o.disks,
                  "a virtio disk from a raw image: FILE[,write|,read-only][,instant][,cache=SIZE]; "
                  "the file stays as it is without \"write\"")
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
  verb.add_option("--append", o.append, "boot arguments")->type_name("TEXT");
  verb.add_option("--program", o.program, "pack this program into an initrd and start it as init")
      ->type_name("NAME|FILE")
      ->excludes("--initrd");
  verb.add_option("--env", o.environment, "a variable of its environment; may be repeated")
      ->type_name("NAME=VALUE")
      ->check([](const std::string& variable) -> std::string {
        const std::size_t equals = variable.find('=');
        return equals == 0 || equals == std::string::npos ? "\"" + variable + "\" is no NAME=VALUE"
                                                          : "";
      })
      ->allow_extra_args(false)
      ->needs("--program");
  verb.add_option("--args", o.arguments, "its arguments; or all words behind --")
      ->type_name("WORD...")
      ->needs("--program");
  verb.add_option("--input", o.input,
                  "what is typed at the console: - for stdin, none for nothing; without it a shell "
                  "is given stdin")
      ->check(CLI::IsMember({"-", "none"}))
      ->type_name("-|none");
  verb.add_option("--input-end", o.input_end,
                  "what the guest sees of the end of stdin: its serial line hangs up, or Ctrl-D is "
                  "typed (the default for linux)")
      ->check(CLI::IsMember({"hang-up", "ctrl-d"}))
      ->type_name("HOW");
  verb.add_option("--console", o.console,
                  "what is typed at: the serial port, or a virtio console besides (hvc0 in Linux)")
      ->check(CLI::IsMember({"uart", "virtio"}))
      ->capture_default_str();
  verb.add_option("--logs", o.logs,
                  "what each machine says also goes to a file in this folder: console.log, or "
                  "console-0.log, console-1.log ...")
      ->type_name("FOLDER");
  auto* const monitor =
      verb.add_flag("--monitor", o.monitor, "boot Disco and start the kernel as its guest");
  verb.add_option("--rom", o.rom, "contents of the boot ROM, at most 64 KB")
      ->type_name("FILE")
      ->excludes(monitor);
  verb.add_option("--monitor-image", o.monitor_image, "another monitor than the shipped one")
      ->type_name("FILE")
      ->needs("--monitor");
  verb.add_option("--l2tlb", o.l2tlb, "entries of the second-level TLB, 0 = off")
      ->check(whole_number(kMost))
      ->needs("--monitor")
      ->capture_default_str();
  verb.add_flag("--large-pages", o.large_pages, "let the monitor use larger TLB pages")
      ->needs("--monitor");
  verb.add_option("--guest-memory", o.guest_memory, "RAM of the virtual machine")
      ->type_name("SIZE")
      ->needs("--monitor")
      ->capture_default_str();
}

}  // namespace cli
