// What a debugger may send: bytes to the packet reader, packets to the stub, over a fake that is
// all memory and registers and now and then over a machine; and whole sessions over a socket, with
// machines some of whose CPUs sleep, which end whenever the debugger goes.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <span>
#include <string_view>

#include "cli/gdb/machine_target.hpp"
#include "cli/gdb/packet.hpp"
#include "cli/gdb/session.hpp"
#include "cli/gdb/stub.hpp"
#include "tests/fuzz/corpus_subject.hpp"
#include "tests/machine/machine_program.hpp"

namespace fuzz {
namespace {

using namespace common;
using cli::gdb::Next;

constexpr std::size_t kLongest = 80 * kKiB;  // beyond the longest packet
constexpr unsigned kMachineOneIn = 32, kSessionOneIn = 16;

class FakePort final : public cpu::DebugPort {
 public:
  std::uint64_t read_register(cpu::RegisterClass which, unsigned number) const override {
    const auto found = registers_.find({static_cast<unsigned>(which), number});
    return found == registers_.end() ? 0 : found->second;
  }
  void write_register(cpu::RegisterClass which, unsigned number, std::uint64_t value) override {
    registers_[{static_cast<unsigned>(which), number}] = value;
  }
  std::size_t read_virtual(VirtAddr va, std::span<std::byte> out) override {
    std::size_t n = 0;
    for (; n < out.size() && has(va, n); ++n) out[n] = memory_[va.bits() + n - kBase];
    return n;
  }
  std::size_t write_virtual(VirtAddr va, std::span<const std::byte> in) override {
    std::size_t n = 0;
    for (; n < in.size() && has(va, n); ++n) memory_[va.bits() + n - kBase] = in[n];
    return n;
  }
  std::size_t read_physical(PhysAddr, std::span<std::byte>) override { return 0; }
  std::size_t write_physical(PhysAddr, std::span<const std::byte>) override { return 0; }
  void add_breakpoint(VirtAddr) override {}
  void remove_breakpoint(VirtAddr) override {}
  void step() override {}

 private:
  static constexpr std::uint64_t kBase = 0x1000, kBytes = 0x10000;
  static bool has(VirtAddr va, std::size_t n) { return va.bits() + n - kBase < kBytes; }

  std::map<std::pair<unsigned, unsigned>, std::uint64_t> registers_;
  std::array<std::byte, kBytes> memory_{};
};

class FakeTarget final : public cli::gdb::Target {
 public:
  std::uint32_t cpu_count() const override { return 2; }
  cpu::DebugPort& debug(CpuId cpu) override { return ports_.at(index_of(cpu)); }
  std::string describe_cpu(CpuId cpu) override { return fmt::format("cpu{}", index_of(cpu)); }
  std::string monitor_command(std::string_view command, CpuId) override {
    return command == "hello" ? "world\n" : "";
  }

 private:
  std::array<FakePort, 2> ports_;
};

Sample conversation(const char* name, const std::vector<std::string>& packets) {
  std::string text = "+";
  for (const std::string& packet : packets) text += cli::gdb::frame(packet) + "+";
  const auto bytes = std::as_bytes(std::span{text});
  return {name, {bytes.begin(), bytes.end()}, {}};
}

std::vector<Sample> gdb_corpus() {
  const std::string registers(72 * 16, '0');
  return {
      conversation("attach",
                   {"qSupported:multiprocess+;swbreak+;xmlRegisters=i386", "QStartNoAckMode",
                    "qXfer:features:read:target.xml:0,ffb", "Hg0", "qTStatus", "?", "qfThreadInfo",
                    "qsThreadInfo", "qAttached", "Hc-1", "qC", "qOffsets"}),
      conversation("look", {"g", "p25", "p0", "p1f", "m1000,40", "mffffffff80100000,10", "m1ffc,8",
                            "qThreadExtraInfo,1", "qThreadExtraInfo,2", "T1", "T7"}),
      conversation("change",
                   {"P25=ffffffff80100000", "P0=0000000000000000", "G" + registers,
                    "M1000,4:deadbeef", "X1000,5:a\x01\x7f}b", "Mffffffff80100000,4:00000000"}),
      conversation("run", {"Z0,ffffffff80100008,4", "Z1,1000,4", "vCont?", "vCont;s:1;c", "c", "s",
                           "vCont;c:2", "z0,ffffffff80100008,4", "Z2,1000,8"}),
      conversation("ask",
                   {"qRcmd," + cli::gdb::to_hex("hello"), "qRcmd," + cli::gdb::to_hex("tlb"),
                    "qRcmd," + cli::gdb::to_hex("phys 100000 40"),
                    "qRcmd," + cli::gdb::to_hex("time"), "qRcmd," + cli::gdb::to_hex("help")}),
      conversation("leave", {"Hg2", "D", "k", "vKill;1", "R00"}),
  };
}

/// One packet with small changes, framed with a right checksum: past the framing, into the
/// commands.
Bytes with_sound_frames(const Bytes& bytes) {
  std::string packet, all;
  bool open = false;
  for (const std::byte b : bytes) {
    const char c = std::to_integer<char>(b);
    if (c == '$') {
      open = true;
      packet.clear();
    } else if (c == '#' && open) {
      open = false;
      all += cli::gdb::frame(packet);
    } else if (open) {
      packet += c;
    }
  }
  const auto view = std::as_bytes(std::span{all});
  return {view.begin(), view.end()};
}

/// The debugger's end of a connection. It says a piece whenever it is looked at, reads or does not,
/// and goes when all is said.
class Peer {
 public:
  Peer(const Bytes& bytes, std::uint64_t choice)
      : rest_{std::as_bytes(std::span{bytes})},
        piece_{1 + rest_.size() / (1 + choice / 64 % 8)},
        reads_{choice / 512 % 4 != 0} {
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_) == 0);
  }
  ~Peer() { leave(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int server_end() const { return ends_[1]; }
  /// Whether the server should give up: it was asked far more often than there is to say.
  bool take_turn() {
    char answers[4096];
    while (reads_ && ends_[0] >= 0 && ::recv(ends_[0], answers, sizeof answers, 0) > 0) continue;
    if (rest_.empty()) {
      leave();
    } else {
      const std::size_t length = std::min(piece_, rest_.size());
      const ssize_t sent = ::send(ends_[0], rest_.data(), length, MSG_NOSIGNAL);
      rest_ = rest_.subspan(sent > 0 ? static_cast<std::size_t>(sent) : rest_.size());
    }
    return ++turns_ > kMostTurns;
  }

 private:
  static constexpr unsigned kMostTurns = 100'000;
  void leave() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

  std::span<const std::byte> rest_;
  const std::size_t piece_;
  const bool reads_;
  int ends_[2] = {-1, -1};
  unsigned turns_ = 0;
};

/// Two CPUs: one that works and takes interrupts, or sleeps for ever, or until its timer goes off
/// and then works for ever; the other is parked.
machine::BootImage kernel_of(std::uint64_t choice) {
  using namespace machine::test;
  const Words doze{lui(kT0, 0xbc3f), ori(kT0, kT0, 0xf000), sw(kZero, 0x38, kT0)};
  Words timer{mfc0(kT0, kCount), addiu(kT0, kT0, 5000), mtc0(kT0, kCompare),
              ori(kT1, kZero, 0x8000), mtc0(kT1, kStatus)};
  append(timer, doze);
  append(timer, {addiu(kV0, kV0, 1), 0x1000fffe, kNop});
  switch (choice / 4096 % 3) {
    case 0: return busy_kernel(1000);
    case 1: {
      Words asleep = doze;
      append(asleep, power_off(5));
      return raw_kernel(asleep);
    }
    default: return raw_kernel(timer);
  }
}

Verdict converse(const Input& input) {
  machine::MachineConfig config = machine::test::small_machine();
  config.memory_per_node = 2 * kMiB;
  config.cpus_per_node = 2;
  const auto booted = machine::boot_native(config, kernel_of(input.choice));
  CHECK(booted.has_value());
  machine::Machine& machine = *booted->machine;
  Peer peer{input.bytes, input.choice};
  bool gave_up = false;
  const std::function<bool()> give_up = [&] { return gave_up = gave_up || peer.take_turn(); };
  {
    cli::gdb::Connection connection{peer.server_end()};
    const auto end = cli::gdb::Session{connection, machine, {}, give_up}.serve();
    if (gave_up) return broken("a session does not end when its debugger has gone");
    if (!end) return refused("the machine cannot go on");
  }
  const auto on = machine.run({.cycles = machine.now() + Cycles{20'000}});
  if (on && *on == machine::RunEnd::kBreakpoint) return broken("a breakpoint is left behind");
  return accepted("a session");
}

class GdbSubject final : public CorpusSubject {
 public:
  GdbSubject() : CorpusSubject{gdb_corpus(), ByteMutator{ByteOrder::kBig, kLongest}} {}

  Verdict load(const Input& input) override {
    if (input.choice % kSessionOneIn == 2) return converse(input);
    if (input.choice % kMachineOneIn != 0) {
      FakeTarget target;
      return talk(input, target);
    }
    machine::MachineConfig config = machine::test::small_machine();
    config.memory_per_node = 2 * kMiB;
    config.cpus_per_node = 2;
    const auto booted = machine::boot_native(config, machine::test::busy_kernel(10));
    CHECK(booted.has_value());
    cli::gdb::Execution execution{*booted->machine, {}};
    cli::gdb::MachineTarget target{*booted->machine, execution};
    Verdict verdict = talk(input, target);
    // Whatever registers were written, the machine can still run.
    static_cast<void>(booted->machine->step(CpuId{0}));
    return verdict;
  }

 protected:
  void finish(Input& input) const override {
    if (input.choice % 4 != 1) input.bytes = with_sound_frames(input.bytes);
  }

 private:
  static bool is_sendable(std::string_view reply) {
    // Replies are text, but for the features document, and never need more than one packet.
    return reply.size() <= 2 * cli::gdb::PacketReader::kMaxPacket;
  }

  static Verdict talk(const Input& input, cli::gdb::Target& target) {
    cli::gdb::Stub stub{target};
    cli::gdb::PacketReader reader;
    reader.feed({reinterpret_cast<const char*>(input.bytes.data()), input.bytes.size()});
    unsigned packets = 0, damaged = 0, errors = 0, answers = 0, unknown = 0;
    while (const auto incoming = reader.next()) {
      if (incoming->kind == cli::gdb::Incoming::Kind::kDamaged) ++damaged;
      if (incoming->kind != cli::gdb::Incoming::Kind::kPacket) continue;
      ++packets;
      const cli::gdb::Answer answer = stub.handle(incoming->data);
      if (index_of(stub.selected_cpu()) >= target.cpu_count())
        return broken("a CPU that does not exist");
      if (!is_sendable(answer.reply)) return broken("a reply too long to send");
      const bool runs = answer.next == Next::kContinue || answer.next == Next::kStep;
      if (runs && stub.stop_reply({{}, stub.selected_cpu(), 0}).empty())
        return broken("no stop reply");
      ++(answer.reply.starts_with('E')   ? errors
         : answer.reply.empty() && !runs ? unknown
                                         : answers);
    }
    if (packets == 0) return refused(damaged != 0 ? "checksums are wrong" : "no packet");
    if (answers == 0) return refused(errors != 0 ? "errors only" : "unknown packets only");
    return accepted(errors + unknown + damaged == 0 ? "everything answered"
                    : errors != 0                   ? "answers and errors"
                                                    : "answers, and packets not understood");
  }
};

}  // namespace

std::unique_ptr<Subject> make_gdb_subject() { return std::make_unique<GdbSubject>(); }

}  // namespace fuzz
