// The connection to one debugger, over a socket that never blocks: what comes in is taken apart and
// kept in order, what goes out waits here until the debugger has room for it.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "cli/gdb/packet.hpp"

namespace cli::gdb {

class Connection {
 public:
  /// Owns the socket from now on.
  explicit Connection(int socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Next thing that came in, or nothing yet. Acknowledgements need no answer and are not told.
  std::optional<Incoming> next();
  /// Whether an interrupt (0x03) came in, wherever it stands among packets that wait. For while the
  /// machine runs: everything that has arrived is looked at, and packets beyond a thousand, which
  /// no debugger sends before the machine stands still, are dropped.
  bool take_interrupt();

  /// Nothing is lost: what the debugger has no room for is sent later.
  void send(std::string_view bytes);
  /// False while so much waits to be sent that no more should be asked of whoever answers.
  bool has_room() const { return outgoing_.size() < kMostOutgoing; }

  /// Sends and receives what is possible at once.
  void exchange();
  /// Waits until something can be sent or received, no longer than `time`.
  void wait(std::chrono::milliseconds time);
  bool is_flushed() const { return outgoing_.empty(); }
  /// The debugger has closed the connection, or it broke. What came before that may still wait in
  /// next().
  bool is_gone() const { return has_ended_ || is_broken_; }

 private:
  static constexpr std::size_t kMostOutgoing = 1 << 18, kMostWaiting = 1000;
  static constexpr std::size_t kAtOnce =
      1 << 16;  // bytes that are received before others have a turn

  void flush();
  void receive();

  int socket_;
  bool has_ended_ = false;  // nothing more comes in
  bool is_broken_ = false;  // nothing more goes out
  PacketReader reader_;
  std::deque<Incoming> incoming_;
  std::string outgoing_;
};

}  // namespace cli::gdb
