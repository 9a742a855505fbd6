#include "cli/gdb/server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cli::gdb {

namespace {

constexpr int kPollMilliseconds = 200;

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

Result<SessionEnd, Error> Server::serve(machine::Machine& machine, const machine::RunLimits& limits,
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
