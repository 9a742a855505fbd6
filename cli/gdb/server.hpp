// A gdb remote server for one machine on a loopback TCP port: accepts one debugger. What follows is
// a Session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cli/gdb/session.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine.hpp"

namespace cli::gdb {
using namespace common;

class Server {
 public:
  /// Listens on 127.0.0.1:`port` (0: any free port). Error kUsage if the port cannot be had.
  static Result<std::unique_ptr<Server>, Error> listen(std::uint16_t port);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// Waits for a debugger (the machine stands still) and listens no longer, then serves it until
  /// the session ends. `limits` hold for the machine as in Machine::run. `give_up` is asked several
  /// times a second, whether the machine runs, stands still or waits for a debugger; true ends the
  /// session as kKilled. Requires: not called before.
  Result<SessionEnd, Error> serve(machine::Machine& machine, const machine::RunLimits& limits,
                                  const std::function<bool()>& give_up);

 private:
  explicit Server(int listening);
  int listening_;
};

}  // namespace cli::gdb
