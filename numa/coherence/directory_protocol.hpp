// Carries out the rows of directory_table.hpp for one directory entry. As on the cache side, `Home`
// says where messages go and what memory is.
#pragma once

#include <bit>
#include <cstdint>

#include "numa/coherence/directory_table.hpp"
#include "numa/coherence/message.hpp"

namespace numa::coherence {

/// All zero is the state after power-on.
template <class Data>
struct DirectoryEntry {
  std::uint64_t sharers = 0;  // bit per cache; kShared and while acknowledgements are counted
  HomeState state = HomeState::kUncached;
  Party owner;            // kExclusive and while the owner has been asked
  Party requester;        // busy states
  std::uint8_t acks = 0;  // outstanding
  std::uint8_t unused[4] = {};
  [[no_unique_address]] Data write{};  // busy for an uncached write

  bool is_owned() const { return (home_rows::kOwned >> static_cast<unsigned>(state) & 1) != 0; }
};
static_assert(sizeof(DirectoryEntry<NoData>) == 16);

constexpr std::uint64_t vector_of(Party party) {
  return party.is_cache() ? std::uint64_t{1} << party.cpu() : 0;
}

/// Which column of the table a message is. Requires: the message goes to a home.
template <class Data>
HomeEvent classify(const DirectoryEntry<Data>& entry, const Message<Data>& message) {
  const std::uint64_t self = vector_of(message.requester);
  const bool others = (entry.sharers & ~self) != 0;
  const bool owns = entry.is_owned() && entry.owner == message.requester;
  const bool asks_again = entry.state == HomeState::kExclusive && owns;
  switch (message.type) {
    case MessageType::kGet: return asks_again ? HomeEvent::kOwnerAgain : HomeEvent::kGet;
    case MessageType::kUpgrade:
      if ((entry.sharers & self) != 0)
        return others ? HomeEvent::kUpgradeShared : HomeEvent::kUpgrade;
      [[fallthrough]];  // the copy was invalidated while the Upgrade was on its way
    case MessageType::kGetExclusive:
      if (asks_again) return HomeEvent::kOwnerAgain;
      return others ? HomeEvent::kGetExclusiveShared : HomeEvent::kGetExclusive;
    case MessageType::kUncachedRead: return HomeEvent::kUncachedRead;
    case MessageType::kUncachedWrite:
      return others ? HomeEvent::kUncachedWriteShared : HomeEvent::kUncachedWrite;
    case MessageType::kPutDirty:
      if (entry.state == HomeState::kYielding && entry.requester == message.requester) {
        return HomeEvent::kPutEarly;
      }
      return owns ? HomeEvent::kPutDirty : HomeEvent::kPutLate;
    case MessageType::kPutClean: return owns ? HomeEvent::kPutClean : HomeEvent::kPutLate;
    case MessageType::kInvalidateAck:
      return entry.acks == 1 ? HomeEvent::kLastInvalidateAck : HomeEvent::kInvalidateAck;
    case MessageType::kShareWriteback: return HomeEvent::kShareWriteback;
    case MessageType::kTransfer: return HomeEvent::kTransfer;
    case MessageType::kRecallData: return HomeEvent::kRecallData;
    default: break;
  }
  check(false, "this message goes to a home");
  return HomeEvent::kGet;
}

// A Home provides
//   const HomeProtocol::Table& table()
//   DirectoryEntry<Data>& entry();
//   Data& memory();              the line in memory
//   void to_party(Party, const Message<Data>&);
//   void impossible(HomeState, HomeEvent, HomeNever);
template <class Data, class Home>
class HomeProtocolStep {
 public:
  HomeProtocolStep(Home& home, const Message<Data>& message)
      : home_{home}, entry_{home.entry()}, message_{message}, requester_{message.requester} {}

  void run() {
    const HomeState in = entry_.state;
    const HomeEvent on = classify(entry_, message_);
    const HomeProtocol::Cell& cell = home_.table().at(in, on);
    if (!cell.possible) return home_.impossible(in, on, cell.why);
    if (finishes(on)) requester_ = entry_.requester;
    entry_.state = cell.to;
    for (const HomeAction action : cell.actions) {
      if (action == HomeAction::kNone) break;
      act(action);
    }
    tidy();
  }

 private:
  /// What the state does not use is zero: equal situations are equal words.
  void tidy() {
    if (entry_.state <= HomeState::kExclusive) {
      entry_.requester = Party{};
      entry_.write = Data{};
    }
    if (!entry_.is_owned()) entry_.owner = Party{};
  }

  /// Whether the message belongs to the transaction that the entry is busy with.
  static bool finishes(HomeEvent on) { return on >= HomeEvent::kInvalidateAck; }
  bool is_request() const { return message_.type <= MessageType::kUncachedWrite; }

  void act(HomeAction action) {
    switch (action) {
      case HomeAction::kNone: break;
      case HomeAction::kSendShared:
        return send(requester_, MessageType::kDataShared, home_.memory());
      case HomeAction::kSendExclusive:
        return send(requester_, MessageType::kDataExclusive, home_.memory());
      case HomeAction::kSendUpgradeAck: return send(requester_, MessageType::kUpgradeAck, Data{});
      case HomeAction::kSendUncachedAck: return send(requester_, MessageType::kUncachedAck, Data{});
      case HomeAction::kSendNack: return send(requester_, MessageType::kNack, Data{});
      case HomeAction::kSendPutAck: return send(requester_, MessageType::kPutAck, Data{});
      case HomeAction::kSendPutBusyAck: return send(requester_, MessageType::kPutBusyAck, Data{});
      case HomeAction::kAskShare: return send(entry_.owner, MessageType::kShare, Data{});
      case HomeAction::kAskYield: return send(entry_.owner, MessageType::kYield, Data{});
      case HomeAction::kAskRecall: return send(entry_.owner, MessageType::kRecall, Data{});
      case HomeAction::kInvalidateOthers: return invalidate_others();
      case HomeAction::kCountAck: --entry_.acks; break;
      case HomeAction::kRemember:
        entry_.requester = requester_;
        entry_.write = message_.data;
        break;
      case HomeAction::kOwn:
        entry_.owner = requester_;
        entry_.sharers = 0;
        break;
      case HomeAction::kAddSharer: entry_.sharers |= vector_of(requester_); break;
      case HomeAction::kShareWithOwner:
        entry_.sharers = vector_of(entry_.owner) | vector_of(requester_);
        break;
      case HomeAction::kForget: entry_.sharers = 0; break;
      case HomeAction::kWriteMemory: home_.memory() = message_.data; break;
      case HomeAction::kWriteUncached:
        home_.memory().merge(is_request() ? message_.data : entry_.write);
        break;
    }
  }

  void send(Party to, MessageType type, const Data& data) {
    home_.to_party(to, Message<Data>{type, requester_, message_.line, data});
  }

  void invalidate_others() {
    std::uint64_t left = entry_.sharers & ~vector_of(requester_);
    entry_.acks = static_cast<std::uint8_t>(std::popcount(left));
    for (; left != 0; left &= left - 1) {
      send(Party::cache(static_cast<std::uint32_t>(std::countr_zero(left))),
           MessageType::kInvalidate, Data{});
    }
  }

  Home& home_;
  DirectoryEntry<Data>& entry_;
  const Message<Data>& message_;
  Party requester_;
};

template <class Data, class Home>
void home_step(Home& home, const Message<Data>& message) {
  HomeProtocolStep<Data, Home>{home, message}.run();
}

}  // namespace numa::coherence
