#include "cli/gdb/server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "cli/gdb/machine_target.hpp"
#include "cli/gdb/packet.hpp"

namespace cli::gdb {

namespace {

constexpr int kPollMilliseconds = 200;

/// The connection to one debugger.
class Connection {
 public:
  explicit Connection(int socket) : socket_{socket} {}
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Next thing from gdb, if there is one already or, with `wait`, within kPollMilliseconds.
  std::optional<Incoming> receive(bool wait) {
    for (;;) {
      if (auto incoming = reader_.next()) return incoming;
      if (!open_ || !read_some(wait)) return std::nullopt;
    }
  }

  void send(std::string_view bytes) {
    while (open_ && !bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        open_ = false;
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  bool is_open() const { return open_; }

 private:
  bool read_some(bool wait) {
    pollfd poll_for{socket_, POLLIN, 0};
    const int ready = ::poll(&poll_for, 1, wait ? kPollMilliseconds : 0);
    if (ready <= 0) return false;
    char buffer[4096];
    const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n <= 0) {
      open_ = n < 0 && errno == EINTR;
      return false;
    }
    reader_.feed(std::string_view{buffer, static_cast<std::size_t>(n)});
    return true;
  }

  int socket_;
  bool open_ = true;
  PacketReader reader_;
};

/// One debugger and the machine, in turns.
class Session {
 public:
  Session(Connection& connection, config::Machine& machine, const config::RunLimits& limits,
          const std::function<bool()>& give_up)
      : connection_{connection},
        machine_{machine},
        limits_{limits},
        give_up_{give_up},
        target_{machine},
        stub_{target_} {}

  Result<SessionEnd, Error> serve() {
    while (!end_) {
      const auto incoming = connection_.receive(true);
      if (!incoming) {
        if (!connection_.is_open()) return SessionEnd{SessionEnd::Kind::kDetached, {}};
        if (give_up_()) return SessionEnd{SessionEnd::Kind::kKilled, {}};
        continue;
      }
      if (auto failed = take(*incoming)) return Failure{*failed};
    }
    return *end_;
  }

 private:
  std::optional<Error> take(const Incoming& incoming) {
    switch (incoming.kind) {
      case Incoming::Kind::kNak: connection_.send(last_sent_); return std::nullopt;
      case Incoming::Kind::kDamaged:
        if (!stub_.acks_are_off()) connection_.send("-");
        return std::nullopt;
      case Incoming::Kind::kAck:
      case Incoming::Kind::kInterrupt: return std::nullopt;  // the machine stands still already
      case Incoming::Kind::kPacket: break;
    }
    if (!stub_.acks_are_off()) connection_.send("+");
    const Answer answer = stub_.handle(incoming.data);
    switch (answer.next) {
      case Next::kReply: reply(answer.reply); return std::nullopt;
      case Next::kContinue: return resume(false);
      case Next::kStep: return resume(true);
      case Next::kDetach:
        reply(answer.reply);
        end_ = SessionEnd{SessionEnd::Kind::kDetached, {}};
        return std::nullopt;
      case Next::kKill:
        if (!answer.reply.empty()) reply(answer.reply);
        end_ = SessionEnd{SessionEnd::Kind::kKilled, {}};
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Error> resume(bool single) {
    // Whatever happens, the instruction at a breakpoint that gdb continues from executes first.
    auto end = machine_.step(stub_.selected_cpu());
    if (!single && end && *end == config::RunEnd::kBreakpoint) end = run();
    if (!end) {
      reply("O" + to_hex("disco: " + end.error().message() + "\n"));
      reply(stub_.stop_reply({StopReason::Kind::kExited, stub_.selected_cpu(), 255}));
      return end.error();
    }
    report(*end);
    return std::nullopt;
  }

  /// Runs in slices so that Ctrl-C in the debugger is noticed.
  Result<config::RunEnd, Error> run() {
    interrupted_ = false;
    const auto hook = machine_.add_slice_hook([this] {
      const auto incoming = connection_.receive(false);
      const bool stop =
          !connection_.is_open() || (incoming && incoming->kind == Incoming::Kind::kInterrupt);
      interrupted_ = interrupted_ || stop;
      if (stop || give_up_()) machine_.interrupt();
    });
    return machine_.run(limits_);
  }

  void report(config::RunEnd end) {
    using config::RunEnd;
    const CpuId here = stub_.selected_cpu();
    if (end == RunEnd::kBreakpoint) {
      reply(stub_.stop_reply({StopReason::Kind::kTrap, machine_.stopped_cpu(), 0}));
    } else if (end == RunEnd::kInterrupted && interrupted_) {
      reply(stub_.stop_reply({StopReason::Kind::kInterrupt, here, 0}));
    } else {
      const bool off = end == RunEnd::kPowerOff;
      if (!off)
        reply("O" + to_hex(std::string{"disco: the run ended: "} + config::name_of(end) + "\n"));
      reply(stub_.stop_reply({StopReason::Kind::kExited, here, off ? machine_.exit_code() : 255}));
      end_ = SessionEnd{off ? SessionEnd::Kind::kPoweredOff : SessionEnd::Kind::kOther, end};
    }
  }

  void reply(std::string_view data) {
    last_sent_ = frame(data);
    connection_.send(last_sent_);
  }

  Connection& connection_;
  config::Machine& machine_;
  config::RunLimits limits_;
  const std::function<bool()>& give_up_;
  MachineTarget target_;
  Stub stub_;
  std::string last_sent_;
  std::optional<SessionEnd> end_;
  bool interrupted_ = false;
};

Error cannot_listen(std::uint16_t port) {
  return Error{ErrorCode::kUsage, "--gdb " + std::to_string(port),
               std::string{"cannot listen on this port: "} + std::strerror(errno),
               "choose another one, or 0 for any free port"};
}

}  // namespace

Server::Server(int listening) : listening_{listening} {}
Server::~Server() {
  if (listening_ >= 0) ::close(listening_);
}

Result<std::unique_ptr<Server>, Error> Server::listen(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failure{cannot_listen(port)};
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 1) != 0) {
    const Error error = cannot_listen(port);
    ::close(fd);
    return Failure{error};
  }
  return std::unique_ptr<Server>{new Server{fd}};
}

std::uint16_t Server::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

Result<SessionEnd, Error> Server::serve(config::Machine& machine, const config::RunLimits& limits,
                                        const std::function<bool()>& give_up) {
  pollfd poll_for{listening_, POLLIN, 0};
  while (::poll(&poll_for, 1, kPollMilliseconds) <= 0) {
    if (give_up()) return SessionEnd{SessionEnd::Kind::kKilled, {}};
  }
  const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return Failure{cannot_listen(port())};
  // There is one debugger: whoever comes second is refused at once and not left waiting.
  ::close(std::exchange(listening_, -1));
  Connection connection{fd};
  return Session{connection, machine, limits, give_up}.serve();
}

}  // namespace cli::gdb
