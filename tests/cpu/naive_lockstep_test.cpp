// The engine against the naive processor: the same random program on both, stopped at random places
// and compared in everything that software or a report can see.
#include <fmt/format.h>

#include <iostream>

#include "tests/cpu/lockstep_program.hpp"
#include "tests/cpu/naive_cpu.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kStart = kKseg0 + kHandler;

struct Variant {
  std::uint32_t tlb_entries = 16;
  bool latencies = true;
  unsigned cpus = 1;
};

/// One processor in both forms.
struct Pair {
  Pair(const Variant& variant, unsigned number, FlatMemory& memory, StoreWatch& watch,
       NaiveBoard& board)
      : engine{std::make_unique<Cpu>(config(variant, number), memory, watch)},
        naive{{variant.tlb_entries, variant.latencies}, board} {
    engine->start(VirtAddr{kStart}, 0, 0, 0, 0);
    naive.start(kStart);
    engine->debug().write_register(RegisterClass::kGpr, 26, kKseg0);
    naive.gpr[26] = kKseg0;
  }
  static CpuConfig config(const Variant& variant, unsigned number) {
    CpuConfig c;
    c.id = CpuId{number};
    c.tlb.entries = variant.tlb_entries;
    c.tlb.random = mmu::RandomKind::kManual;
    c.fidelity = variant.latencies ? Fidelity::kTlb : Fidelity::kFunctional;
    return on_tested_engine(c);
  }

  std::unique_ptr<Cpu> engine;  // one that can be exchanged
  NaiveCpu naive;
};

/// What a write to the device page asks of a CPU of either form.
template <class AnyCpu, class Limit>
void act(AnyCpu& cpu, Limit limit, std::uint64_t offset, std::uint64_t value) {
  if (offset == kLineRegister)
    cpu.set_interrupt_line(static_cast<unsigned>(2 + value % 5), (value >> 4 & 1) != 0);
  if (offset == kDozeRegister) cpu.doze();
  if (offset == kStopRegister) cpu.request_stop();
  if (offset == kLimitRegister) limit(value % 64);
}

class Lockstep {
 public:
  Lockstep(std::uint64_t seed, const Variant& variant) : program{seed}, variant_{variant} {
    program.write(memory);
    board.ram = memory.ram;
    board.boot_rom = memory.boot_rom;
    handlers_.assign(memory.ram.begin(), memory.ram.begin() + kCounters);
    board.device_page = kDevicePage;
    for (unsigned n = 0; n < variant.cpus; ++n) {
      cpus.push_back(std::make_unique<Pair>(variant, n, memory, watch, board));
      NaiveCpu& naive = cpus.back()->naive;
      naive.on_retired = [this](std::uint64_t pc, std::uint32_t word) {
        trace_[traced_++ % trace_.size()] = {pc, word};
      };
      naive.on_device_write = [this, &naive](std::uint64_t offset, std::uint64_t value) {
        naive_writes_.emplace_back(offset, value);
        act(
            naive, [&](std::uint64_t n) { naive.limit_run(naive.cycle + n); }, offset, value);
      };
    }
    memory.on_device_write = [this] {
      const auto [offset, value] = memory.device_writes.back();
      Cpu& engine = *cpus[running]->engine;
      act(
          engine, [&](std::uint64_t n) { engine.limit_run(engine.now() + Cycles{n}); }, offset,
          value);
    };
  }

  Pair& pair() { return *cpus[running]; }
  std::uint64_t pick(std::uint64_t n) { return program.pick(n); }

  /// Runs both for up to `cycles`, or so many instructions.
  Stop run(std::uint64_t cycles, std::uint64_t instructions = ~std::uint64_t{0}) {
    Pair& p = pair();
    const std::uint64_t until = p.naive.cycle + cycles;
    const std::uint64_t limit =
        instructions == ~std::uint64_t{0} ? instructions : p.naive.retired + instructions;
    p.engine->set_instruction_limit(limit);
    const Stop stop = p.engine->run(Cycles{until});
    p.naive.run(until, limit);
    return stop;
  }
  /// Runs the engine to `until` through whatever stops it earlier.
  void run_through_stops(std::uint64_t until) {
    Pair& p = pair();
    for (;;) {
      const Stop stop = p.engine->run(Cycles{until});
      if (stop == Stop::kBreakpoint) p.engine->debug().step();
      if (p.engine->now() >= Cycles{until}) break;
    }
    while (p.naive.cycle < p.engine->now().count()) p.naive.run(p.engine->now().count());
  }

  /// The state goes on in a new engine. The old one stays where the watch knows it.
  void replace_engine() {
    auto fresh = std::make_unique<Cpu>(pair().engine->config(), memory, watch);
    ::test::give_state(*fresh, ::test::take_state(*pair().engine));
    std::swap(pair().engine, fresh);
    retired_engines_.push_back(std::move(fresh));
  }

  void step() {
    pair().engine->debug().step();
    pair().naive.step();
  }

  /// Starts something new now and then: random programs soon find a loop that they like. Outside of
  /// kernel mode the address itself is an error, which has the same effect.
  void kick() {
    if (pair().naive.cycle < kicked_at_ + 300 || !program.one_in(4)) return;
    kicked_at_ = pair().naive.cycle;
    repair_handlers();
    pair().engine->debug().write_register(RegisterClass::kPc, 0, kKseg0 + 0x180);
    pair().naive.pc_now = kKseg0 + 0x180;
  }

  /// Programs overwrite the handlers sooner or later; a device puts them back.
  void repair_handlers() {
    if (std::equal(handlers_.begin(), handlers_.end(), board.ram.begin())) return;
    std::copy(handlers_.begin(), handlers_.end(), memory.ram.begin());
    watch.stored(MachineAddr{0}, handlers_.size(), nullptr);
    std::copy(handlers_.begin(), handlers_.end(), board.ram.begin());
    for (const auto& p : cpus) p->naive.break_link(0, handlers_.size());
  }

  void drive_line() {
    const auto ip = static_cast<unsigned>(2 + pick(5));
    const bool level = program.one_in(2);
    pair().engine->set_interrupt_line(ip, level);
    pair().naive.set_interrupt_line(ip, level);
  }

  /// Somebody presses a button.
  void reset_now_and_then() {
    const bool soft = program.one_in(2);
    soft ? pair().engine->soft_reset() : pair().engine->nmi();
    soft ? pair().naive.soft_reset() : pair().naive.nmi();
  }

  /// A device writes to memory, code as likely as data.
  void dma() {
    const std::uint64_t at =
        program.one_in(4) ? pick(kRamBytes / 8) * 8 : kCodeStart + pick(0x800) * 8;
    if (at < kCodeStart || (at >= kContexts && at < kEntries + 0x1000)) return;
    const std::uint32_t word = program.instruction();
    memory.put(at, {word});
    watch.stored(MachineAddr{at}, 4, nullptr);
    board.store(at, word, 4, nullptr);
  }

  /// The first difference, or nothing.
  std::string difference() {
    for (std::size_t n = 0; n < cpus.size(); ++n) {
      const std::string text = difference_of(*cpus[n]);
      if (!text.empty()) return cpus.size() == 1 ? text : fmt::format("cpu {}: {}", n, text);
    }
    if (memory.device_writes != naive_writes_) return "device writes differ";
    memory.device_writes.clear();
    naive_writes_.clear();
    return {};
  }
  /// What the naive processors executed last.
  std::string trace() const {
    std::string text;
    for (std::size_t i = traced_ - std::min(traced_, trace_.size()); i < traced_; ++i) {
      const auto& [pc, word] = trace_[i % trace_.size()];
      text += fmt::format("\n{:016x}  {:08x}", pc, word);
    }
    return text;
  }
  std::string ram_difference() {
    for (std::size_t i = 0; i < board.ram.size(); i += 8) {
      if (std::memcmp(&memory.ram[i], &board.ram[i], 8) != 0)
        return fmt::format("memory differs at {:#x}", i);
    }
    return {};
  }

  FlatMemory memory;
  StoreWatch watch;
  NaiveBoard board;
  LockstepProgram program;
  std::vector<std::unique_ptr<Pair>> cpus;
  std::size_t running = 0;

 private:
  static std::string difference_of(Pair& p) {
    const auto engine = [&](RegisterClass which, unsigned n) {
      return p.engine->debug().read_register(which, n);
    };
    std::string text;
    const auto check = [&](const char* what, unsigned n, std::uint64_t is, std::uint64_t should) {
      if (is != should)
        text += fmt::format("{} {} is {:#x}, should be {:#x}; ", what, n, is, should);
    };
    check("pc", 0, engine(RegisterClass::kPc, 0), p.naive.pc_now);
    check("cycle", 0, p.engine->now().count(), p.naive.cycle);
    check("retired", 0, p.engine->retired(), p.naive.retired);
    check("dozing", 0, p.engine->is_dozing(), p.naive.dozing);
    check("hi", 0, engine(RegisterClass::kHi, 0), p.naive.hi);
    check("lo", 0, engine(RegisterClass::kLo, 0), p.naive.lo);
    check("fcr31", 0, engine(RegisterClass::kFcr, 31), p.naive.fcsr);
    for (unsigned n = 0; n < 32; ++n) {
      check("gpr", n, engine(RegisterClass::kGpr, n), p.naive.gpr[n]);
      check("fpr", n, engine(RegisterClass::kFpr, n), p.naive.fpr[n]);
      check("cp0", n, engine(RegisterClass::kCp0, n), p.naive.read_cp0(n));
      check("exceptions", n, p.engine->counters().exceptions[n], p.naive.exceptions[n]);
    }
    for (unsigned n = 0; n < 4; ++n)
      check("performance", n, engine(RegisterClass::kPerformance, n), p.naive.read_performance(n));
    for (std::uint32_t i = 0; i < p.engine->tlb().entries(); ++i) {
      if (!(p.engine->tlb().read(i) == p.naive.tlb().read(i)))
        text += fmt::format("TLB entry {} differs; ", i);
    }
    return text;
  }

  Variant variant_;
  std::vector<std::byte> handlers_;
  std::vector<std::unique_ptr<Cpu>> retired_engines_;
  std::uint64_t kicked_at_ = 0;
  std::array<std::pair<std::uint64_t, std::uint32_t>, 12> trace_{};
  std::size_t traced_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> naive_writes_;
};

/// Notes what both forms executed and touched.
class Witness final : public Observer {
 public:
  explicit Witness(Pair& p) {
    p.engine->add_observer(*this);
    p.engine->observation().set_instruction_events(true);
    p.engine->observation().set_references(true);
    p.naive.on_retired = [this](std::uint64_t pc, std::uint32_t word) {
      expected_instructions.emplace_back(pc, word);
    };
    p.naive.on_reference = [this](const NaiveReference& r) { expected_references.push_back(r); };
  }
  void on_instruction(const InstructionEvent& e) override {
    instructions.emplace_back(e.pc.bits(), e.word);
  }
  void on_reference(const Reference& r) override {
    references.push_back({r.kind, r.va.bits(), r.pa.bits(), r.size});
  }
  void forget() {
    instructions.clear(), expected_instructions.clear();
    references.clear(), expected_references.clear();
  }

  std::vector<std::pair<std::uint64_t, std::uint32_t>> instructions, expected_instructions;
  std::vector<NaiveReference> references, expected_references;
};

/// Asks for random things from inside every event.
class Meddler final : public Observer {
 public:
  explicit Meddler(Lockstep& l) : lockstep_{l}, cpu_{*l.pair().engine} {
    cpu_.add_observer(*this);
    for (int i = 0; i < 40; ++i) set_trap();
  }
  void on_exception(const ExceptionEvent&) override { meddle(); }
  void on_eret(const EretEvent&) override { meddle(); }
  void on_mode(const ModeEvent&) override { meddle(); }
  void on_mark(const MarkEvent&) override { meddle(); }
  void on_tlb_write(const TlbWriteEvent&) override { meddle(); }
  void on_tlb_operation(const TlbOperationEvent&) override { meddle(); }
  void on_retirement(const InstructionEvent&) override { meddle(); }
  void on_instruction(const InstructionEvent&) override { meddle(); }
  void on_reference(const Reference&) override { meddle(); }

 private:
  void meddle() {
    ObservationControl& control = cpu_.observation();
    switch (random_() % 64) {
      case 0: control.set_instruction_events(true); break;
      case 1:
      case 2: control.set_instruction_events(false); break;
      case 3: control.set_references(true); break;
      case 4:
      case 5: control.set_references(false); break;
      case 6:
      case 7: control.watch_retirement(); break;
      case 8: control.cancel_retirement(); break;
      case 9: cpu_.request_stop(); break;
      case 10: set_trap(); break;
      case 11: control.remove_mark(VirtAddr{place()}); break;
      case 12: cpu_.debug().remove_breakpoint(VirtAddr{place()}); break;
      case 13: cpu_.limit_run(cpu_.now() + Cycles{random_() % 20}); break;
      case 14: static_cast<void>(cpu_.counters()); break;
      default: break;
    }
  }
  std::uint64_t place() {
    static constexpr std::uint64_t kPlaces[] = {kKseg0 + kCodeStart, kKseg0 + kHandler, kKseg0,
                                                kKseg0 + 0x180, 0};
    return kPlaces[random_() % std::size(kPlaces)] + random_() % 64 * 4;
  }
  void set_trap() {
    if (random_() % 4 == 0) {
      cpu_.debug().add_breakpoint(VirtAddr{place()});
    } else {
      cpu_.observation().add_mark(VirtAddr{place()}, 1);
    }
  }

  Lockstep& lockstep_;
  Cpu& cpu_;
  Random random_{lockstep_.pick(1u << 30)};
};

void random_slice(Lockstep& l) {
  if (l.pick(4) == 0) {
    l.run(100000, l.pick(50));
  } else {
    l.run(l.pick(8) == 0 ? l.pick(2000) : l.pick(60));
  }
  if (l.pick(64) == 0) l.dma();
}

constexpr std::uint64_t kRoundCycles = 10000;

/// What a round did, summed up so that a test cannot pass by doing nothing.
struct Coverage {
  std::uint64_t retired = 0, rounds = 0;
  std::uint64_t exceptions[32] = {}, modes[kModes] = {};

  void add(const Lockstep& l) {
    ++rounds;
    for (const auto& p : l.cpus) {
      retired += p->naive.retired;
      for (unsigned code = 0; code < 32; ++code) exceptions[code] += p->naive.exceptions[code];
      const CpuCounters& c = p->engine->counters();
      for (unsigned mode = 0; mode < kModes; ++mode) modes[mode] += c.instructions[mode];
    }
  }
  void print(std::uint64_t seed) const {
    std::cout << "seed " << seed << ": " << rounds << " rounds, " << retired << " instructions (";
    for (const std::uint64_t n : modes) std::cout << n << " ";
    std::cout << "), exceptions";
    for (const std::uint64_t n : exceptions) std::cout << " " << n;
    std::cout << "\n";
  }
  void check() const {
    for (const unsigned code : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 13u, 15u, 23u}) {
      INFO("exception code " << code);
      CHECK(exceptions[code] > 0);
    }
    for (unsigned mode = 0; mode < 3; ++mode) CHECK(modes[mode] > 100);
  }
};

/// Runs rounds of `advance(lockstep)` until each has come to its end.
template <class Advance>
void play(std::uint64_t seed, std::uint64_t rounds, unsigned cpus, Advance advance) {
  Coverage coverage;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const Variant variant{round % 3 == 0 ? 8u : round % 3 == 1 ? 16u : 64u, round % 2 == 0, cpus};
    Lockstep lockstep{seed + round, variant};
    while (lockstep.cpus[0]->naive.cycle < kRoundCycles) {
      lockstep.kick();
      if (lockstep.pick(32) == 0) lockstep.drive_line();
      if (lockstep.pick(300) == 0) lockstep.reset_now_and_then();
      advance(lockstep);
      const std::string difference = lockstep.difference();
      INFO("seed " << seed << " round " << round << " cycle " << lockstep.pair().naive.cycle
                   << (difference.empty() ? "" : lockstep.trace()));
      REQUIRE(difference == "");
    }
    INFO("seed " << seed << " round " << round);
    REQUIRE(lockstep.ram_difference() == "");
    coverage.add(lockstep);
  }
  coverage.print(seed);
  coverage.check();
}

std::uint64_t rounds_or(std::uint64_t fallback) {
  const char* text = std::getenv("DISCO_TEST_ROUNDS");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : fallback;
}

}  // namespace

TEST_CASE("Lockstep: random slices of cycles and instructions", "[cpu][lockstep]") {
  play(seed_or(4711), rounds_or(40), 1, random_slice);
}

TEST_CASE("Lockstep: single steps", "[cpu][lockstep]") {
  play(seed_or(4712), rounds_or(60), 1, [](Lockstep& l) {
    if (l.pair().naive.dozing) l.run(1 + l.pick(100));
    l.step();
  });
}

TEST_CASE("Lockstep: two processors on one memory", "[cpu][lockstep]") {
  play(seed_or(4713), rounds_or(20), 2, [](Lockstep& l) {
    l.running = l.pick(2);
    l.run(l.pick(40));
  });
}

TEST_CASE("Lockstep: every instruction and reference is reported, in order", "[cpu][lockstep]") {
  std::vector<std::unique_ptr<Witness>> witnesses;
  play(seed_or(4714), rounds_or(40), 1, [&](Lockstep& l) {
    if (l.pair().naive.cycle == 0) witnesses.push_back(std::make_unique<Witness>(l.pair()));
    Witness& witness = *witnesses.back();
    random_slice(l);
    REQUIRE(witness.instructions == witness.expected_instructions);
    REQUIRE(witness.references == witness.expected_references);
    witness.forget();
  });
}

TEST_CASE("Lockstep: observers that ask for anything anywhere change nothing", "[cpu][lockstep]") {
  std::vector<std::unique_ptr<Meddler>> meddlers;
  play(seed_or(4715), rounds_or(20), 1, [&](Lockstep& l) {
    if (l.pair().naive.cycle == 0) meddlers.push_back(std::make_unique<Meddler>(l));
    const std::uint64_t until = l.pair().naive.cycle + l.pick(100);
    l.run_through_stops(until);
  });
}

TEST_CASE("Lockstep: a state taken anywhere goes on alike in a new processor", "[cpu][lockstep]") {
  play(seed_or(4716), rounds_or(20), 1, [](Lockstep& l) {
    random_slice(l);
    if (l.pick(16) == 0) l.replace_engine();
    if (l.pick(16) == 0) l.pair().engine->forget_host_pointers();
  });
}

TEST_CASE("Lockstep: all of it for longer", "[.][lockstep-long]") {
  const std::uint64_t seed = seed_or(100000);
  play(seed, rounds_or(1000), 1, random_slice);
  play(seed, rounds_or(1000), 3, [](Lockstep& l) {
    l.running = l.pick(3);
    l.run(l.pick(40));
  });
}
