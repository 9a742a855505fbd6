// The commands of gdb's remote protocol, over a machine's debug ports. One packet in, one reply
// out; the transport (server.hpp) frames packets, carries out the runs that a reply asks for and
// reports their ends.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/units.hpp"
#include "cpu/debug_port.hpp"

namespace cli::gdb {
using namespace common;

/// What the stub debugs. Implemented over config::Machine, and by a small fake in tests.
class Target {
 public:
  virtual ~Target() = default;
  virtual std::uint32_t cpu_count() const = 0;
  virtual cpu::DebugPort& debug(CpuId cpu) = 0;
  /// "node 0, kernel", shown by `info threads`.
  virtual std::string describe_cpu(CpuId cpu) = 0;
  /// Text of a `monitor` command about `cpu`; empty if there is no such command.
  virtual std::string monitor_command(std::string_view command, CpuId cpu) = 0;
};

/// What the transport must do after a packet.
enum class Next : std::uint8_t {
  kReply,     // send Answer::reply
  kContinue,  // run until something happens, then send stop_reply()
  kStep,      // Execution::step() of selected_cpu(), then send stop_reply()
  kDetach,    // send the reply, then let the machine run on without a debugger
  kKill,      // end the run
};

struct Answer {
  Next next = Next::kReply;
  std::string reply;
};

/// Why the machine stands still, as gdb is told.
struct StopReason {
  enum class Kind : std::uint8_t { kTrap, kInterrupt, kExited } kind = Kind::kTrap;
  CpuId cpu{};
  std::uint64_t exit_code = 0;
};

class Stub {
 public:
  explicit Stub(Target& target) : target_{target} {}

  Answer handle(std::string_view packet);
  /// Remembers the reason for later `?` packets and words it.
  std::string stop_reply(const StopReason& reason);
  CpuId selected_cpu() const { return selected_; }
  /// For a machine that goes on without a debugger.
  void remove_all_breakpoints();
  /// True once gdb has asked for no more acknowledgements.
  bool acks_are_off() const { return acks_off_; }

 private:
  Answer query(std::string_view packet);
  Answer verbose(std::string_view packet);
  Answer carry_out(std::string_view actions);
  Answer transfer_features(std::string_view range);
  Answer resume(std::string_view packet, Next how);
  Answer select_thread(std::string_view packet);
  std::string read_all_registers();
  std::string write_all_registers(std::string_view hex);
  std::string read_register(std::string_view number);
  std::string write_register(std::string_view assignment);
  std::string read_memory(std::string_view where);
  std::string write_memory(std::string_view where, bool binary);
  std::string breakpoint(std::string_view packet);
  /// Sets or removes it; asked for twice it is there once.
  void change_breakpoint(char how, std::uint64_t at);
  bool is_marked(std::uint64_t at) const;
  bool is_thread(std::optional<std::uint64_t> number) const;
  std::string thread_list() const;
  /// Where an address leads that gdb may have cut to 32 bits, as it does for 32-bit programs.
  VirtAddr canonical(std::uint64_t number);
  cpu::DebugPort& port() { return target_.debug(selected_); }

  Target& target_;
  CpuId selected_{};
  StopReason last_stop_;
  bool acks_off_ = false;
  std::set<std::uint64_t> breakpoints_;  // as asked for
};

}  // namespace cli::gdb
