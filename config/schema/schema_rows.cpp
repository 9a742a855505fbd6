// The table. Order is that of the reference page.
#include "config/schema/schema.hpp"
#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"
#include "machine/boot/boot.hpp"
#include "numa/address_map.hpp"

namespace config {
namespace {

using enum ValueKind;

constexpr ParameterRow text(std::string_view path, Scope scope, std::string_view value,
                            std::string_view what) {
  return {path, kText, scope, Unit::kNone, 0, 0, {}, value, false, what};
}
constexpr ParameterRow integer(std::string_view path, Scope scope, std::uint64_t low,
                               std::uint64_t high, std::string_view value, std::string_view what) {
  return {path, kInteger, scope, Unit::kNone, low, high, {}, value, false, what};
}
constexpr ParameterRow quantity(std::string_view path, Unit unit, std::uint64_t low,
                                std::uint64_t high, std::string_view value, std::string_view what) {
  return {path, kQuantity, Scope::kPoint, unit, low, high, {}, value, false, what};
}
constexpr ParameterRow choice(std::string_view path, Scope scope, std::string_view choices,
                              std::string_view value, std::string_view what) {
  return {path, kChoice, scope, Unit::kNone, 0, 0, choices, value, false, what};
}
constexpr ParameterRow row(std::string_view path, ValueKind kind, Scope scope,
                           std::string_view value, std::string_view what) {
  return {path, kind, scope, Unit::kNone, 0, 0, {}, value, false, what};
}
constexpr ParameterRow required(ParameterRow one) {
  one.required = true;
  return one;
}

constexpr std::uint64_t kMany = 1'000'000'000'000'000;
constexpr auto kPoint = Scope::kPoint;
constexpr auto kExperiment = Scope::kExperiment;
constexpr auto kList = Scope::kList;

constexpr ParameterRow kRows[] = {
    text("question", kExperiment, "", "What the experiment asks; the headline of its report."),
    integer("seed", kPoint, 0, kMany, "1",
            "Seed of everything that is random in the machine; repeat r runs with seed + r."),
    integer("repeats", kExperiment, 1, 1000, "1",
            "How many times each point runs, each with another seed."),
    quantity(
        "limit", Unit::kInstructions, 1, kMany, "20Ginsn",
        "A point that is still running after this many instructions is stopped (exit code 7)."),
    quantity(
        "samples.period", Unit::kNanoseconds, 0, 3'600'000'000'000, "0ns",
        "Simulated time between samples of the counters (samples.csv); 0 = such that a run has one "
        "to two hundred."),

    integer("machine.nodes", kPoint, 1, numa::kMaxNodes, "1",
            "Nodes, each with its own memory and processors."),
    integer("machine.cpus_per_node", kPoint, 1, numa::kMaxCpusPerNode, "1",
            "Processors in each node."),
    quantity("machine.clock", Unit::kHertz, machine::kLeastClockHz, machine::kMostClockHz, "400MHz",
             "Processor clock; Count advances every second cycle."),
    quantity("machine.mem.per_node", Unit::kBytes, 2ULL << 20, 3ULL << 30, "64MB",
             "RAM of each node, a multiple of 4 KB."),
    choice("machine.engine", kPoint, "interpreter", "interpreter",
           "How instructions are executed; engines agree on every cycle."),
    choice("machine.fidelity", kPoint, "functional|tlb|memory", "tlb",
           "What is timed. functional: one cycle an instruction, exceptions free. tlb: instruction "
           "latencies, exception and ERET costs; no memory stalls. memory: caches, directories and "
           "memory, too."),
    quantity("machine.quantum", Unit::kCycles, 1, 1'000'000'000, "10Kcycles",
             "How far one processor may run ahead of the others; with one processor it changes "
             "nothing."),
    quantity("machine.memory_quantum", Unit::kCycles, 0, 1'000'000'000, "0cycles",
             "The same in fidelity memory; 0 = as long as a remote reference, and at most "
             "machine.quantum."),
    integer("machine.turns", kPoint, 0, kMany, "0",
            "Order in which processors take their turns of a quantum: 0 = each round begins with "
            "the next one; any other number is the seed of an order that is drawn for each round."),
    quantity("machine.cache.l1i.bytes", Unit::kBytes, 1ULL << 10, 1ULL << 20, "32KB",
             "Size of the primary instruction cache, a power of two. Caches are modelled in "
             "fidelity memory."),
    integer("machine.cache.l1i.ways", kPoint, 1, 8, "2", "Its ways, a power of two."),
    quantity("machine.cache.l1i.line", Unit::kBytes, 16, 128, "64B", "Its lines, a power of two."),
    quantity(
        "machine.cache.l1d.bytes", Unit::kBytes, 1ULL << 10, 1ULL << 20, "32KB",
        "Size of the primary data cache, a power of two. Caches are modelled in fidelity memory."),
    integer("machine.cache.l1d.ways", kPoint, 1, 8, "2", "Its ways, a power of two."),
    quantity("machine.cache.l1d.line", Unit::kBytes, 16, 128, "32B", "Its lines, a power of two."),
    quantity(
        "machine.cache.l2.bytes", Unit::kBytes, 16ULL << 10, 64ULL << 20, "1MB",
        "Size of the secondary cache, a power of two. Caches are modelled in fidelity memory."),
    integer("machine.cache.l2.ways", kPoint, 1, 16, "2", "Its ways, a power of two."),
    quantity("machine.cache.l2.line", Unit::kBytes, 32, 512, "128B", "Its lines, a power of two."),
    quantity("machine.latency.l1", Unit::kPicoseconds, 1, 100'000'000, "2500ps",
             "Time of a load or store that hits in the primary data cache, from the instruction to "
             "the one "
             "that uses the value; at most one cycle is free."),
    quantity("machine.latency.l2", Unit::kPicoseconds, 1, 100'000'000, "50ns",
             "The same where the secondary cache has the line."),
    quantity("machine.latency.local", Unit::kPicoseconds, 1, 100'000'000, "300ns",
             "The same where the node's own memory has it."),
    quantity("machine.latency.remote", Unit::kPicoseconds, 1, 100'000'000, "900ns",
             "The same where another node's memory has it."),
    quantity("machine.latency.dirty_remote", Unit::kPicoseconds, 1, 100'000'000, "1500ns",
             "The same where a cache on another node must give the line, or its copy, up."),
    choice("machine.memory_access", kPoint, "numa|uma", "numa",
           "numa: a reference takes what its class takes. uma: every miss takes "
           "machine.latency.local."),
    row("machine.occupancy.modelled", kFlag, kPoint, "false",
        "Let messages wait for memory controllers and ways into the network that are busy."),
    quantity("machine.occupancy.controller", Unit::kPicoseconds, 0, 100'000'000, "100ns",
             "How long a message keeps a memory controller busy."),
    quantity("machine.occupancy.network", Unit::kPicoseconds, 0, 100'000'000, "40ns",
             "How long a message keeps its node's way into the network busy."),
    text("machine.disks.*.image", kPoint, "",
         "A virtio disk, named freely; they stand in the slots in the order of their names. The "
         "path of a raw image, or "
         "the name of one that was built for a guest (linux.ext2). The file stays as it is."),
    choice("machine.disks.*.access", kPoint, "snapshot|read-only", "snapshot",
           "snapshot: what is written is kept for the run. read-only: the disk refuses writes."),
    choice("machine.disks.*.latency", kPoint, "drive|none", "drive",
           "drive: seek, rotation and transfer of an HP 97560. none: every request takes a "
           "microsecond."),
    quantity("machine.disks.*.cache", Unit::kBytes, 0, 32ULL << 20, "128KB",
             "The disk's volatile write cache, a multiple of 512 bytes; 0B = none."),
    choice("machine.console", kPoint, "uart|virtio", "uart",
           "uart: the serial port. virtio: a virtio console besides, where what is typed goes."),
    integer("machine.cpu.tlb.entries", kPoint, machine::kLeastTlbEntries, machine::kMostTlbEntries,
            "64", "Entries of the TLB, a page pair each."),
    choice("machine.cpu.tlb.random", kPoint, "manual|lfsr", "lfsr",
           "How Random moves. manual: the R10000's countdown, one step an instruction. lfsr: a "
           "seeded pseudo-random sequence, one step a tlbwr, free of locking onto loop lengths."),
    quantity("machine.cpu.exception_entry", Unit::kCycles, 0, 10'000, "5cycles",
             "Cost of entering an exception, from the faulting instruction to the vector's first "
             "fetch."),
    quantity("machine.cpu.eret", Unit::kCycles, 0, 10'000, "3cycles",
             "Cost of ERET on top of its own cycle."),
    choice("machine.cpu.fp_unimplemented", kPoint, "trap|complete", "trap",
           "What the FPU does with what the R10000 leaves to software: subnormal operands, tiny "
           "results, conversions that do not fit. trap: raises Unimplemented Operation. complete: "
           "finishes them itself."),

    choice("monitor.kind", kPoint, "none|disco", "none",
           "none: the kernel runs on the machine. disco: the monitor runs on the machine and the "
           "kernel in a virtual machine."),
    text("monitor.image", kPoint, "disco.elf", "The monitor's ELF file: a shipped name or a path."),
    integer("monitor.tlb.entries", kPoint, 0, disco::VirtualTlb::kMaxEntries, "0",
            "Entries of the TLB that each virtual CPU has, from 8 on; 0 = as many as "
            "machine.cpu.tlb.entries."),
    integer(
        "monitor.l2tlb.entries", kPoint, 0, 1 << 20, "1024",
        "Entries of the monitor's second-level software TLB of each virtual CPU, a power of two "
        "from 2 on; 0 = off."),
    row("monitor.large_pages", kFlag, kPoint, "false",
        "Let the monitor use TLB pages larger than 4 KB."),
    quantity("monitor.vm.memory", Unit::kBytes, disco::kLeastGuestMemory,
             disco::kMostGuestMemory, "32MB", "RAM of the virtual machine, a multiple of 4 KB."),

    text("guest.kernel", kPoint, "tinyix",
         "The kernel. A name stands for the shipped pair NAME-native.elf and NAME-disco.elf, a "
         "path for that file."),
    text(
        "guest.initrd", kPoint, "",
        "An initial RAM disk with programs of its own, which the workload is started from or added "
        "to. A name stands for the file NAME.cpio that belongs to the kernel of this name, a path "
        "for that file."),
    text("guest.append", kPoint, "", "Further boot arguments."),

    text("workload.program", kPoint, "hello",
         "The program that runs as init: a shipped name, or the path of a file made by `disco cc`. "
         "With guest.initrd: the name of a program on that disk, or the path of one for that "
         "kernel."),
    row("workload.args", kTextList, kPoint, "", "Its arguments."),
    row("workload.files", kTextList, kPoint, "", "Further programs for the initial RAM disk."),

    integer("phases.*.from", kExperiment, 0, 1'000'000, "0",
            "Mark at which the phase begins; 0 = power-on."),
    integer("phases.*.to", kExperiment, 0, 1'000'000, "0",
            "Mark at which it ends; 0 = the end of the run."),
    choice("phases.*.fidelity", kExperiment, "same|functional|tlb|memory", "same",
           "What is timed during the phase; same: the machine's fidelity, as after it."),
    text("measure", kExperiment, "roi",
         "The phase that the report and the expectations are about."),

    required(row("sweep.*.name", kTextList, kList, "",
                 "Name of the dimension; a list where one case has several labels.")),
    text("sweep.*.path", kList, "", "The one key that a dimension of plain values varies."),
    required(row("sweep.*.values", kCases, kList, "",
                 "Plain values of `path`, or cases: case \"label\" { key = value, ... }.")),

    required(text("expect.*.that", kList, "", "The expectation as a sentence.")),
    required(
        text("expect.*.metric", kList, "", "What is compared; `disco info metrics` lists them.")),
    row("expect.*.where", kSelector, kList, "",
        "Only points with these labels; checked for each of the rest."),
    row("expect.*.at", kSelector, kList, "",
        "The point (one value of a dimension) whose metric is tested."),
    row("expect.*.below", kBound, kList, "",
        "The metric must be less than this number, or than the metric at this point."),
    row("expect.*.above", kBound, kList, "",
        "The metric must be greater than this number, or than the metric at this point."),
    row("expect.*.near", kBound, kList, "",
        "The metric must differ from this by at most `within`."),
    row("expect.*.within", kNumber, kList, "0", "Tolerance of `near`, absolute."),

    text("report.compare", kExperiment, "",
         "The dimension whose values stand side by side; the first one if empty."),
    text("report.baseline", kExperiment, "",
         "The value of that dimension which the others are compared with; the first one if empty."),
    text("report.headline.metric", kExperiment, "cycles",
         "The metric of the answer at the top; `headline = \"miss.mean\"` for short."),
    choice("report.headline.mean", kExperiment, "auto|each|geometric", "auto",
           "How several workloads become an answer. each: one after the other. geometric: the "
           "geometric mean of their ratios to the baseline, and their range. auto: each for up to "
           "three, else geometric."),
    row("report.headline.where", kSelector, kExperiment, "",
        "Only points with these labels are in the answer."),
    row("report.differs", kTextList, kExperiment, "",
        "In what compared systems may differ although no case says so: processors. Without it a "
        "comparison of kernels with different numbers of processors is refused."),
};

}  // namespace

std::span<const ParameterRow> schema() { return kRows; }

}  // namespace config
