// Carries out the rows of cache_table.hpp for one line of one cache. What a line is made of, where
// messages go and what an access does is the business of `Slot`; this code and the table are the
// same in the machine, where lines are tags and states, and in the testers, where they carry data.
#pragma once

#include "numa/coherence/cache_table.hpp"
#include "numa/coherence/message.hpp"

namespace numa::coherence {

// A Slot provides
//   const CacheProtocol::Table& table()
//   Line line(); Party self();
//   CacheState state(); void set_state(CacheState);
//   Data& data();
//   void to_home(const Message<Data>&); void to_party(Party, const Message<Data>&);
//   void done();                 the processor's access is performed on data()
//   void lose(); void downgrade();
//   void defer(const Message<Data>&); bool has_deferred(); Message<Data> deferred();
//   void impossible(CacheState, CacheEvent, CacheNever);

/// The cache's event for a message addressed to it. Requires: it is one to a cache.
constexpr CacheEvent cache_event_of(MessageType type) {
  switch (type) {
    case MessageType::kDataShared: return CacheEvent::kDataShared;
    case MessageType::kDataExclusive: return CacheEvent::kDataExclusive;
    case MessageType::kUpgradeAck: return CacheEvent::kUpgradeAck;
    case MessageType::kNack: return CacheEvent::kNack;
    case MessageType::kInvalidate: return CacheEvent::kInvalidate;
    case MessageType::kShare: return CacheEvent::kShare;
    case MessageType::kYield: return CacheEvent::kYield;
    case MessageType::kRecall: return CacheEvent::kRecall;
    case MessageType::kPutAck: return CacheEvent::kPutAck;
    case MessageType::kPutBusyAck: return CacheEvent::kPutBusyAck;
    default: break;
  }
  check(false, "this message goes to a cache");
  return CacheEvent::kNack;
}

template <class Data, class Slot>
class CacheProtocolStep {
 public:
  explicit CacheProtocolStep(Slot& slot) : slot_{slot} {}

  void event(CacheEvent on, const Message<Data>& message) {
    const CacheState in = slot_.state();
    const CacheProtocol::Cell& cell = slot_.table().at(in, on);
    if (!cell.possible) return slot_.impossible(in, on, cell.why);
    slot_.set_state(cell.to);
    for (const CacheAction action : cell.actions) {
      if (action == CacheAction::kNone) break;
      act(action, message);
    }
  }

 private:
  void act(CacheAction action, const Message<Data>& message) {
    switch (action) {
      case CacheAction::kNone: break;
      case CacheAction::kSendGet: return request(MessageType::kGet);
      case CacheAction::kSendGetExclusive: return request(MessageType::kGetExclusive);
      case CacheAction::kSendUpgrade: return request(MessageType::kUpgrade);
      case CacheAction::kSendPutClean: return request(MessageType::kPutClean);
      case CacheAction::kAckInvalidate: return request(MessageType::kInvalidateAck);
      case CacheAction::kSendPutDirty: return request_with_data(MessageType::kPutDirty);
      case CacheAction::kTake: slot_.data() = message.data; break;
      case CacheAction::kDone: return slot_.done();
      case CacheAction::kLose: return slot_.lose();
      case CacheAction::kDowngrade: return slot_.downgrade();
      case CacheAction::kAnswerShare:
        answer(message.requester, MessageType::kDataShared);
        return request_with_data(MessageType::kShareWriteback);
      case CacheAction::kAnswerYield:
        answer(message.requester, MessageType::kDataExclusive);
        return request(MessageType::kTransfer);
      case CacheAction::kAnswerRecall: return request_with_data(MessageType::kRecallData);
      case CacheAction::kDefer: return slot_.defer(message);
      case CacheAction::kReplay: {
        if (!slot_.has_deferred()) {
          return slot_.impossible(slot_.state(), CacheEvent::kShare, CacheNever::kNothingDeferred);
        }
        const Message<Data> kept = slot_.deferred();
        return event(cache_event_of(kept.type), kept);
      }
    }
  }

  void request(MessageType type) {
    slot_.to_home(Message<Data>{type, slot_.self(), slot_.line(), Data{}});
  }
  void request_with_data(MessageType type) {
    slot_.to_home(Message<Data>{type, slot_.self(), slot_.line(), slot_.data()});
  }
  void answer(Party requester, MessageType type) {
    slot_.to_party(requester, Message<Data>{type, requester, slot_.line(), slot_.data()});
  }

  Slot& slot_;
};

template <class Data, class Slot>
void cache_step(Slot& slot, CacheEvent on, const Message<Data>& message) {
  CacheProtocolStep<Data, Slot>{slot}.event(on, message);
}

}  // namespace numa::coherence
