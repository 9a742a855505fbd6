// The protocol, cache side: what a cache does with a line in each state on each event. docs/numa.md
// explains the races; this table is the protocol.
#pragma once

#include <array>
#include <cstdint>

#include "numa/coherence/table.hpp"

namespace numa::coherence {

/// The first four are the R10000's (UM 4.6); the others last as long as a transaction.
enum class CacheState : std::uint8_t {
  kInvalid,
  kShared,
  kCleanExclusive,
  kDirtyExclusive,
  kReadPending,       // Get sent
  kReadInvalidated,   // Get sent, an invalidation came: shared data may be used once
  kReadForwarded,     // Get was granted exclusively, an intervention overtook the data
  kWritePending,      // GetExclusive sent (or Upgrade, and the copy was lost since)
  kWriteForwarded,    // an intervention overtook the data
  kUpgradePending,    // Upgrade sent, the shared copy is still here
  kUpgradeForwarded,  // an intervention overtook the UpgradeAck
  kLeaving,           // replaced by its owner, Put sent; the data waits in the write-back buffer
  kLeavingAnswered,   // an intervention has taken the data
  kLeavingExpected,   // the home says that an intervention is on its way
};
inline constexpr unsigned kCacheStates = 14;

enum class CacheEvent : std::uint8_t {
  kLoad,
  kStore,
  kReplace,  // from the processor
  kDataShared,
  kDataExclusive,
  kUpgradeAck,
  kNack,
  kInvalidate,
  kShare,
  kYield,
  kRecall,
  kPutAck,
  kPutBusyAck,
};
inline constexpr unsigned kCacheEvents = 13;

enum class CacheAction : std::uint8_t {
  kNone,
  kSendGet,
  kSendGetExclusive,
  kSendUpgrade,
  kSendPutDirty,
  kSendPutClean,
  kAckInvalidate,
  kTake,          // the line's data is the message's
  kDone,          // the processor's access happens now
  kLose,          // primary copies go, the link breaks
  kDowngrade,     // primary copies become read-only, the link breaks
  kAnswerShare,   // data to the requester and to the home
  kAnswerYield,   // data to the requester, ownership with it; the home hears of it
  kAnswerRecall,  // data to the home
  kDefer,         // keep the intervention until the data is here
  kReplay,        // handle the intervention kept
};

/// Why a pair cannot happen.
enum class CacheNever : std::uint8_t {
  kNothingToReplace,   // no line, no replacement
  kNothingRequested,   // a reply without a request
  kNoPut,              // an acknowledgement without a write-back
  kNotOwner,           // interventions go to the owner, who stays it until his Put is acknowledged
  kOwnerIsAsked,       // owners get interventions, never invalidations
  kProcessorWaits,     // one access at a time; the line stays in its place until it has come
  kLineIsLeaving,      // accesses wait until the Put is acknowledged
  kAnswerOfOtherKind,  // a reply to another request than the one sent
  kAlreadyGranted,     // an intervention came, so the request had been granted
  kOneIntervention,    // the home is busy until the first one is answered
  kNothingDeferred,    // a wrong row replays an intervention that nobody kept
  kCopyIsKept,  // the home grants data to an upgrade only after the copy's loss was acknowledged
};

using CacheProtocol =
    Protocol<CacheState, kCacheStates, CacheEvent, kCacheEvents, CacheAction, CacheNever>;

namespace cache_rows {
using enum CacheState;
using enum CacheAction;
using E = CacheEvent;
using N = CacheNever;

// clang-format off
inline constexpr auto kRows = std::to_array<CacheProtocol::Row>({
    {kInvalid, E::kLoad, kReadPending, {kSendGet}},
    {kInvalid, E::kStore, kWritePending, {kSendGetExclusive}},
    {kInvalid, E::kInvalidate, kInvalid, {kAckInvalidate}},  // the copy was dropped silently

    {kShared, E::kLoad, kShared, {kDone}},
    {kShared, E::kStore, kUpgradePending, {kSendUpgrade}},
    {kShared, E::kReplace, kInvalid, {kLose}},
    {kShared, E::kInvalidate, kInvalid, {kLose, kAckInvalidate}},

    {kCleanExclusive, E::kLoad, kCleanExclusive, {kDone}},
    {kCleanExclusive, E::kStore, kDirtyExclusive, {kDone}},
    {kCleanExclusive, E::kReplace, kLeaving, {kLose, kSendPutClean}},
    {kCleanExclusive, E::kShare, kShared, {kDowngrade, kAnswerShare}},
    {kCleanExclusive, E::kYield, kInvalid, {kLose, kAnswerYield}},
    {kCleanExclusive, E::kRecall, kInvalid, {kLose, kAnswerRecall}},

    {kDirtyExclusive, E::kLoad, kDirtyExclusive, {kDone}},
    {kDirtyExclusive, E::kStore, kDirtyExclusive, {kDone}},
    {kDirtyExclusive, E::kReplace, kLeaving, {kLose, kSendPutDirty}},
    {kDirtyExclusive, E::kShare, kShared, {kDowngrade, kAnswerShare}},
    {kDirtyExclusive, E::kYield, kInvalid, {kLose, kAnswerYield}},
    {kDirtyExclusive, E::kRecall, kInvalid, {kLose, kAnswerRecall}},

    {kReadPending, E::kDataShared, kShared, {kTake, kDone}},
    {kReadPending, E::kDataExclusive, kCleanExclusive, {kTake, kDone}},
    {kReadPending, E::kNack, kReadPending, {kSendGet}},
    {kReadPending, E::kInvalidate, kReadInvalidated, {kAckInvalidate}},
    {kReadPending, E::kShare, kReadForwarded, {kDefer}},
    {kReadPending, E::kYield, kReadForwarded, {kDefer}},
    {kReadPending, E::kRecall, kReadForwarded, {kDefer}},

    {kReadInvalidated, E::kDataShared, kInvalid, {kTake, kDone, kLose}},
    // Exclusive copies are never invalidated: the invalidation was meant for an earlier copy.
    {kReadInvalidated, E::kDataExclusive, kCleanExclusive, {kTake, kDone}},
    {kReadInvalidated, E::kNack, kReadPending, {kSendGet}},  // likewise
    {kReadInvalidated, E::kInvalidate, kReadInvalidated, {kAckInvalidate}},
    {kReadInvalidated, E::kShare, kReadForwarded, {kDefer}},
    {kReadInvalidated, E::kYield, kReadForwarded, {kDefer}},
    {kReadInvalidated, E::kRecall, kReadForwarded, {kDefer}},

    {kReadForwarded, E::kDataExclusive, kCleanExclusive, {kTake, kDone, kReplay}},

    {kWritePending, E::kDataExclusive, kDirtyExclusive, {kTake, kDone}},
    {kWritePending, E::kNack, kWritePending, {kSendGetExclusive}},
    {kWritePending, E::kInvalidate, kWritePending, {kAckInvalidate}},
    {kWritePending, E::kShare, kWriteForwarded, {kDefer}},
    {kWritePending, E::kYield, kWriteForwarded, {kDefer}},
    {kWritePending, E::kRecall, kWriteForwarded, {kDefer}},

    {kWriteForwarded, E::kDataExclusive, kDirtyExclusive, {kTake, kDone, kReplay}},

    {kUpgradePending, E::kUpgradeAck, kDirtyExclusive, {kDone}},
    {kUpgradePending, E::kNack, kUpgradePending, {kSendUpgrade}},
    {kUpgradePending, E::kInvalidate, kWritePending, {kLose, kAckInvalidate}},
    {kUpgradePending, E::kShare, kUpgradeForwarded, {kDefer}},
    {kUpgradePending, E::kYield, kUpgradeForwarded, {kDefer}},
    {kUpgradePending, E::kRecall, kUpgradeForwarded, {kDefer}},

    {kUpgradeForwarded, E::kUpgradeAck, kDirtyExclusive, {kDone, kReplay}},

    {kLeaving, E::kPutAck, kInvalid, {}},
    {kLeaving, E::kPutBusyAck, kLeavingExpected, {}},
    {kLeaving, E::kShare, kLeavingAnswered, {kAnswerShare}},
    {kLeaving, E::kYield, kLeavingAnswered, {kAnswerYield}},
    {kLeaving, E::kRecall, kLeavingAnswered, {kAnswerRecall}},

    {kLeavingAnswered, E::kPutAck, kInvalid, {}},
    {kLeavingAnswered, E::kPutBusyAck, kInvalid, {}},
    {kLeavingAnswered, E::kInvalidate, kLeavingAnswered, {kAckInvalidate}},  // the home took it for a sharer

    {kLeavingExpected, E::kShare, kInvalid, {kAnswerShare}},
    {kLeavingExpected, E::kYield, kInvalid, {kAnswerYield}},
    {kLeavingExpected, E::kRecall, kInvalid, {kAnswerRecall}},
});
// clang-format on

using P = CacheProtocol;
inline constexpr std::uint32_t kStable =
    P::states({kInvalid, kShared, kCleanExclusive, kDirtyExclusive});
inline constexpr std::uint32_t kForwarded =
    P::states({kReadForwarded, kWriteForwarded, kUpgradeForwarded});
inline constexpr std::uint32_t kPending =
    P::states({kReadPending, kReadInvalidated, kWritePending, kUpgradePending});
inline constexpr std::uint32_t kGone = P::states({kLeaving, kLeavingAnswered, kLeavingExpected});
inline constexpr std::uint32_t kInterventions = P::events({E::kShare, E::kYield, E::kRecall});
inline constexpr std::uint32_t kReplies =
    P::events({E::kDataShared, E::kDataExclusive, E::kUpgradeAck, E::kNack});
inline constexpr std::uint32_t kPutReplies = P::events({E::kPutAck, E::kPutBusyAck});
inline constexpr std::uint32_t kProcessor = P::events({E::kLoad, E::kStore, E::kReplace});

inline constexpr auto kNevers = std::to_array<CacheProtocol::Never>({
    {N::kNothingToReplace, P::states({kInvalid}), P::events({E::kReplace})},
    {N::kNothingRequested, kStable | kGone, kReplies},
    {N::kNoPut, kStable | kPending | kForwarded, kPutReplies},
    {N::kNoPut, P::states({kLeavingExpected}), kPutReplies},
    {N::kNotOwner, P::states({kInvalid, kShared, kLeavingAnswered}), kInterventions},
    {N::kOwnerIsAsked, P::states({kCleanExclusive, kDirtyExclusive, kLeaving, kLeavingExpected}),
     P::events({E::kInvalidate})},
    {N::kProcessorWaits, kPending | kForwarded, kProcessor},
    {N::kLineIsLeaving, kGone, kProcessor},
    {N::kAnswerOfOtherKind,
     P::states({kReadPending, kReadInvalidated, kReadForwarded, kWritePending, kWriteForwarded}),
     P::events({E::kUpgradeAck})},
    {N::kAnswerOfOtherKind,
     P::states({kWritePending, kWriteForwarded, kUpgradePending, kUpgradeForwarded}),
     P::events({E::kDataShared})},
    {N::kCopyIsKept, P::states({kUpgradePending, kUpgradeForwarded}),
     P::events({E::kDataExclusive})},
    {N::kAlreadyGranted, kForwarded, P::events({E::kNack, E::kInvalidate})},
    {N::kAlreadyGranted, P::states({kReadForwarded}), P::events({E::kDataShared})},
    {N::kOneIntervention, kForwarded, kInterventions},
});
}  // namespace cache_rows

inline constexpr CacheProtocol::Table kCacheTable =
    CacheProtocol::make(cache_rows::kRows, cache_rows::kNevers);

}  // namespace numa::coherence
