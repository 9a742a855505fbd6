#include "cli/gdb/connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cli::gdb {

Connection::Connection(int socket) : socket_{socket} {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
}

Connection::~Connection() { ::close(socket_); }

std::optional<Incoming> Connection::next() {
  if (incoming_.empty()) return std::nullopt;
  Incoming first = std::move(incoming_.front());
  incoming_.pop_front();
  return first;
}

bool Connection::take_interrupt() {
  flush();
  receive();
  const auto found = std::find_if(incoming_.begin(), incoming_.end(), [](const Incoming& in) {
    return in.kind == Incoming::Kind::kInterrupt;
  });
  const bool interrupted = found != incoming_.end();
  if (interrupted) incoming_.erase(found);
  if (incoming_.size() > kMostWaiting) incoming_.resize(kMostWaiting);
  return interrupted;
}

void Connection::send(std::string_view bytes) {
  outgoing_ += bytes;
  flush();
}

void Connection::exchange() {
  flush();
  if (incoming_.empty()) receive();
}

void Connection::wait(std::chrono::milliseconds time) {
  const bool sends = !outgoing_.empty(), receives = !has_ended_ && has_room();
  pollfd poll_for{socket_, 0, 0};
  poll_for.events = static_cast<short>((sends ? POLLOUT : 0) | (receives ? POLLIN : 0));
  ::poll(&poll_for, 1, static_cast<int>(time.count()));
}

void Connection::flush() {
  while (!outgoing_.empty()) {
    const ssize_t n = ::send(socket_, outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    is_broken_ = n <= 0;
    outgoing_.erase(0, is_broken_ ? std::string::npos : static_cast<std::size_t>(n));
  }
}

void Connection::receive() {
  char buffer[4096];
  for (std::size_t received = 0; !has_ended_ && received < kAtOnce;) {
    const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    // It may still read the answers to what it has sent.
    has_ended_ = n <= 0;
    if (n < 0) is_broken_ = true;
    if (n <= 0) break;
    received += static_cast<std::size_t>(n);
    reader_.feed({buffer, static_cast<std::size_t>(n)});
  }
  while (auto incoming = reader_.next()) {
    if (incoming->kind != Incoming::Kind::kAck) incoming_.push_back(std::move(*incoming));
  }
}

}  // namespace cli::gdb
