// Uncached loads and stores of a CPU and DMA of a node reach memory through a port. It takes part
// in the protocol without keeping a copy: what it reads is current, what it writes no cache still
// holds.
#pragma once

#include <cstdint>

#include "numa/coherence/message.hpp"

namespace numa::coherence {

// A Host provides
//   void to_home(const Message<Data>&);
//   void port_done(Party, Line, const Data&);
//   void impossible_at_port(Party, MessageType);
template <class Data, class Host>
class UncachedPort {
 public:
  UncachedPort(Host& host, Party self) : host_{host}, self_{self} {}

  /// Requires: !is_waiting(). `bytes`: what a write writes.
  void read(Line line) { ask(MessageType::kUncachedRead, line, Data{}); }
  void write(Line line, const Data& bytes) { ask(MessageType::kUncachedWrite, line, bytes); }
  bool is_waiting() const { return waits_; }

  void receive(const Message<Data>& message) {
    const MessageType answer = request_.type == MessageType::kUncachedWrite
                                   ? MessageType::kUncachedAck
                                   : MessageType::kDataShared;
    if (waits_ && message.type == MessageType::kNack) return host_.to_home(request_);
    if (!waits_ || message.type != answer) return host_.impossible_at_port(self_, message.type);
    waits_ = false;
    host_.port_done(self_, message.line, message.data);
  }

 private:
  void ask(MessageType type, Line line, const Data& bytes) {
    check(!waits_, "a port makes one access at a time");
    waits_ = true;
    request_ = Message<Data>{type, self_, line, bytes};
    host_.to_home(request_);
  }

  Host& host_;
  Party self_;
  bool waits_ = false;
  Message<Data> request_;  // while waits_; sent again when the home is busy
};

}  // namespace numa::coherence
