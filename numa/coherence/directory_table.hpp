// The protocol, home side: what a directory entry does in each state on each event. Events are
// message types, told apart where the entry's vector or owner decides (classify() in
// directory_protocol.hpp).
#pragma once

#include <array>
#include <cstdint>

#include "numa/coherence/table.hpp"

namespace numa::coherence {

enum class HomeState : std::uint8_t {
  kUncached,   // memory only
  kShared,     // memory and the caches of the vector, of which some may have dropped it
  kExclusive,  // one cache, the owner; memory may be stale
  // Busy: requests for the line are refused (Nack) until the transaction is over.
  kSharing,               // the owner has been asked to share with a cache or a port
  kYielding,              // the owner has been asked to yield to a cache
  kReturned,              // likewise, and that cache has already put the line back
  kInvalidating,          // acknowledgements outstanding for a GetExclusive
  kUpgrading,             // acknowledgements outstanding for an Upgrade
  kUncachedRecalling,     // the owner has been asked for the line, for an uncached write
  kUncachedInvalidating,  // acknowledgements outstanding for an uncached write
};
inline constexpr unsigned kHomeStates = 10;

enum class HomeEvent : std::uint8_t {
  kGet,
  kGetExclusive,  // no cache but the requester's is in the vector; or an Upgrade of a lost copy
  kGetExclusiveShared,  // others are in the vector
  kUpgrade,             // the requester is the only one in the vector
  kUpgradeShared,       // the requester and others are in the vector
  kOwnerAgain,          // Get, GetExclusive or Upgrade by the owner
  kUncachedRead,
  kUncachedWrite,        // the vector is empty
  kUncachedWriteShared,  // it is not
  kPutDirty,             // by the owner
  kPutClean,             // by the owner
  kPutEarly,             // PutDirty by the cache that the owner has been asked to yield to
  kPutLate,              // Put by a cache that is not the owner any more
  kInvalidateAck,        // others are outstanding
  kLastInvalidateAck,
  kShareWriteback,
  kTransfer,
  kRecallData,
};
inline constexpr unsigned kHomeEvents = 18;

/// "The requester" is the message's while a request is handled, and the remembered one afterwards.
enum class HomeAction : std::uint8_t {
  kNone,
  kSendShared,     // memory's data to the requester
  kSendExclusive,  // likewise
  kSendUpgradeAck,
  kSendUncachedAck,
  kSendNack,
  kSendPutAck,
  kSendPutBusyAck,
  kAskShare,  // interventions to the owner
  kAskYield,
  kAskRecall,
  kInvalidateOthers,  // every cache in the vector but the requester's; counts them
  kCountAck,
  kRemember,        // the requester, and what it writes
  kOwn,             // the requester becomes owner, the vector empty
  kAddSharer,       // the requester
  kShareWithOwner,  // the vector is the owner and, if it is a cache, the requester; no owner
  kForget,          // the vector is empty
  kWriteMemory,     // the message's line
  kWriteUncached,   // the bytes of the uncached write
};

/// Why a pair cannot happen.
enum class HomeNever : std::uint8_t {
  kNoOwner,             // nobody owns the line in this state
  kNoVector,            // the vector is empty in this state
  kVectorIsNotEmpty,    // it never is in this state
  kOwnerHasIt,          // an owner asks only after its Put is acknowledged
  kBusyIsRefused,       // in a busy state the old owner's request is an ordinary one
  kNothingInvalidated,  // an acknowledgement nobody waits for
  kNotYielding,         // nobody is about to become owner, or it has put the line back already
  kNobodyAsked,         // the answer to an intervention that is not outstanding
};

using HomeProtocol =
    Protocol<HomeState, kHomeStates, HomeEvent, kHomeEvents, HomeAction, HomeNever>;

namespace home_rows {
using enum HomeState;
using enum HomeAction;
using E = HomeEvent;
using N = HomeNever;

// clang-format off
inline constexpr auto kRows = std::to_array<HomeProtocol::Row>({
    {kUncached, E::kGet, kExclusive, {kSendExclusive, kOwn}},
    {kUncached, E::kGetExclusive, kExclusive, {kSendExclusive, kOwn}},
    {kUncached, E::kUncachedRead, kUncached, {kSendShared}},
    {kUncached, E::kUncachedWrite, kUncached, {kWriteUncached, kSendUncachedAck}},
    {kUncached, E::kPutLate, kUncached, {kSendPutAck}},

    {kShared, E::kGet, kShared, {kSendShared, kAddSharer}},
    {kShared, E::kGetExclusive, kExclusive, {kSendExclusive, kOwn}},  // it had dropped the only copy
    {kShared, E::kGetExclusiveShared, kInvalidating, {kRemember, kInvalidateOthers}},
    {kShared, E::kUpgrade, kExclusive, {kSendUpgradeAck, kOwn}},
    {kShared, E::kUpgradeShared, kUpgrading, {kRemember, kInvalidateOthers}},
    {kShared, E::kUncachedRead, kShared, {kSendShared}},
    {kShared, E::kUncachedWriteShared, kUncachedInvalidating, {kRemember, kInvalidateOthers}},
    {kShared, E::kPutLate, kShared, {kSendPutAck}},

    {kExclusive, E::kGet, kSharing, {kRemember, kAskShare}},
    {kExclusive, E::kGetExclusive, kYielding, {kRemember, kAskYield}},
    {kExclusive, E::kUncachedRead, kSharing, {kRemember, kAskShare}},
    {kExclusive, E::kUncachedWrite, kUncachedRecalling, {kRemember, kAskRecall}},
    {kExclusive, E::kPutDirty, kUncached, {kWriteMemory, kSendPutAck}},
    {kExclusive, E::kPutClean, kUncached, {kSendPutAck}},
    {kExclusive, E::kPutLate, kExclusive, {kSendPutAck}},

    {kSharing, E::kGet, kSharing, {kSendNack}},
    {kSharing, E::kGetExclusive, kSharing, {kSendNack}},
    {kSharing, E::kUncachedRead, kSharing, {kSendNack}},
    {kSharing, E::kUncachedWrite, kSharing, {kSendNack}},
    {kSharing, E::kPutDirty, kSharing, {kSendPutBusyAck}},
    {kSharing, E::kPutClean, kSharing, {kSendPutBusyAck}},
    {kSharing, E::kPutLate, kSharing, {kSendPutAck}},
    {kSharing, E::kShareWriteback, kShared, {kWriteMemory, kShareWithOwner}},

    {kYielding, E::kGet, kYielding, {kSendNack}},
    {kYielding, E::kGetExclusive, kYielding, {kSendNack}},
    {kYielding, E::kUncachedRead, kYielding, {kSendNack}},
    {kYielding, E::kUncachedWrite, kYielding, {kSendNack}},
    {kYielding, E::kPutDirty, kYielding, {kSendPutBusyAck}},
    {kYielding, E::kPutClean, kYielding, {kSendPutBusyAck}},
    {kYielding, E::kPutEarly, kReturned, {kWriteMemory, kSendPutAck}},
    {kYielding, E::kPutLate, kYielding, {kSendPutAck}},
    {kYielding, E::kTransfer, kExclusive, {kOwn}},

    {kReturned, E::kGet, kReturned, {kSendNack}},
    {kReturned, E::kGetExclusive, kReturned, {kSendNack}},
    {kReturned, E::kUncachedRead, kReturned, {kSendNack}},
    {kReturned, E::kUncachedWrite, kReturned, {kSendNack}},
    {kReturned, E::kPutDirty, kReturned, {kSendPutBusyAck}},
    {kReturned, E::kPutClean, kReturned, {kSendPutBusyAck}},
    {kReturned, E::kPutLate, kReturned, {kSendPutAck}},
    {kReturned, E::kTransfer, kUncached, {}},

    {kInvalidating, E::kGet, kInvalidating, {kSendNack}},
    {kInvalidating, E::kGetExclusive, kInvalidating, {kSendNack}},
    {kInvalidating, E::kGetExclusiveShared, kInvalidating, {kSendNack}},
    {kInvalidating, E::kUpgrade, kInvalidating, {kSendNack}},
    {kInvalidating, E::kUpgradeShared, kInvalidating, {kSendNack}},
    {kInvalidating, E::kUncachedRead, kInvalidating, {kSendNack}},
    {kInvalidating, E::kUncachedWriteShared, kInvalidating, {kSendNack}},
    {kInvalidating, E::kPutLate, kInvalidating, {kSendPutAck}},
    {kInvalidating, E::kInvalidateAck, kInvalidating, {kCountAck}},
    {kInvalidating, E::kLastInvalidateAck, kExclusive, {kCountAck, kSendExclusive, kOwn}},

    {kUpgrading, E::kGet, kUpgrading, {kSendNack}},
    {kUpgrading, E::kGetExclusiveShared, kUpgrading, {kSendNack}},
    {kUpgrading, E::kUpgradeShared, kUpgrading, {kSendNack}},
    {kUpgrading, E::kUncachedRead, kUpgrading, {kSendNack}},
    {kUpgrading, E::kUncachedWriteShared, kUpgrading, {kSendNack}},
    {kUpgrading, E::kPutLate, kUpgrading, {kSendPutAck}},
    {kUpgrading, E::kInvalidateAck, kUpgrading, {kCountAck}},
    {kUpgrading, E::kLastInvalidateAck, kExclusive, {kCountAck, kSendUpgradeAck, kOwn}},


    {kUncachedRecalling, E::kGet, kUncachedRecalling, {kSendNack}},
    {kUncachedRecalling, E::kGetExclusive, kUncachedRecalling, {kSendNack}},
    {kUncachedRecalling, E::kUncachedRead, kUncachedRecalling, {kSendNack}},
    {kUncachedRecalling, E::kUncachedWrite, kUncachedRecalling, {kSendNack}},
    {kUncachedRecalling, E::kPutDirty, kUncachedRecalling, {kSendPutBusyAck}},
    {kUncachedRecalling, E::kPutClean, kUncachedRecalling, {kSendPutBusyAck}},
    {kUncachedRecalling, E::kPutLate, kUncachedRecalling, {kSendPutAck}},
    {kUncachedRecalling, E::kRecallData, kUncached, {kWriteMemory, kWriteUncached, kSendUncachedAck}},

    {kUncachedInvalidating, E::kGet, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kGetExclusive, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kGetExclusiveShared, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kUpgrade, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kUpgradeShared, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kUncachedRead, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kUncachedWriteShared, kUncachedInvalidating, {kSendNack}},
    {kUncachedInvalidating, E::kPutLate, kUncachedInvalidating, {kSendPutAck}},
    {kUncachedInvalidating, E::kInvalidateAck, kUncachedInvalidating, {kCountAck}},
    {kUncachedInvalidating, E::kLastInvalidateAck, kUncached, {kCountAck, kWriteUncached, kForget, kSendUncachedAck}},
});
// clang-format on

using P = HomeProtocol;
inline constexpr std::uint32_t kAsking =
    P::states({kSharing, kYielding, kReturned, kUncachedRecalling});
inline constexpr std::uint32_t kCounting =
    P::states({kInvalidating, kUpgrading, kUncachedInvalidating});
inline constexpr std::uint32_t kOwned = P::states({kExclusive}) | kAsking;
inline constexpr std::uint32_t kOwnerless = P::all_states() & ~kOwned;
inline constexpr std::uint32_t kVectorEvents =
    P::events({E::kGetExclusiveShared, E::kUpgrade, E::kUpgradeShared, E::kUncachedWriteShared});

inline constexpr auto kNevers = std::to_array<HomeProtocol::Never>({
    {N::kNoVector, P::states({kUncached}) | kOwned, kVectorEvents},
    {N::kVectorIsNotEmpty, P::states({kShared}) | kCounting, P::events({E::kUncachedWrite})},
    // The vector of an Upgrade names its requester and somebody else.
    {N::kVectorIsNotEmpty, P::states({kUpgrading}), P::events({E::kGetExclusive, E::kUpgrade})},
    {N::kOwnerHasIt, P::states({kExclusive}), P::events({E::kOwnerAgain})},
    {N::kBusyIsRefused, kAsking, P::events({E::kOwnerAgain})},
    {N::kNoOwner, kOwnerless, P::events({E::kOwnerAgain, E::kPutDirty, E::kPutClean})},
    {N::kNothingInvalidated, P::all_states() & ~kCounting,
     P::events({E::kInvalidateAck, E::kLastInvalidateAck})},
    {N::kNobodyAsked, P::all_states() & ~P::states({kSharing}), P::events({E::kShareWriteback})},
    {N::kNobodyAsked, P::all_states() & ~P::states({kYielding, kReturned}),
     P::events({E::kTransfer})},
    {N::kNotYielding, P::all_states() & ~P::states({kYielding}), P::events({E::kPutEarly})},
    {N::kNobodyAsked, P::all_states() & ~P::states({kUncachedRecalling}),
     P::events({E::kRecallData})},
});
}  // namespace home_rows

inline constexpr HomeProtocol::Table kHomeTable =
    HomeProtocol::make(home_rows::kRows, home_rows::kNevers);

}  // namespace numa::coherence
