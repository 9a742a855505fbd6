#include "tests/numa/coherence/names.hpp"

#include <array>
#include <cstddef>

namespace test {
using namespace numa::coherence;

namespace {
template <class Value, std::size_t kNames>
const char* pick(const std::array<const char*, kNames>& names, Value value) {
  return names.at(static_cast<std::size_t>(value));
}
}  // namespace

const char* name_of(CacheState value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "Invalid",
      "Shared",
      "CleanExclusive",
      "DirtyExclusive",
      "ReadPending",
      "ReadInvalidated",
      "ReadForwarded",
      "WritePending",
      "WriteForwarded",
      "UpgradePending",
      "UpgradeForwarded",
      "Leaving",
      "LeavingAnswered",
      "LeavingExpected",
  });
  return pick(kNames, value);
}

const char* name_of(CacheEvent value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "Load",
      "Store",
      "Replace",
      "DataShared",
      "DataExclusive",
      "UpgradeAck",
      "Nack",
      "Invalidate",
      "Share",
      "Yield",
      "Recall",
      "PutAck",
      "PutBusyAck",
  });
  return pick(kNames, value);
}

const char* name_of(CacheAction value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "None",
      "SendGet",
      "SendGetExclusive",
      "SendUpgrade",
      "SendPutDirty",
      "SendPutClean",
      "AckInvalidate",
      "Take",
      "Done",
      "Lose",
      "Downgrade",
      "AnswerShare",
      "AnswerYield",
      "AnswerRecall",
      "Defer",
      "Replay",
  });
  return pick(kNames, value);
}

const char* name_of(CacheNever value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "NothingToReplace",
      "NothingRequested",
      "NoPut",
      "NotOwner",
      "OwnerIsAsked",
      "ProcessorWaits",
      "LineIsLeaving",
      "AnswerOfOtherKind",
      "AlreadyGranted",
      "OneIntervention",
      "NothingDeferred",
      "CopyIsKept",
  });
  return pick(kNames, value);
}

const char* name_of(HomeState value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "Uncached",
      "Shared",
      "Exclusive",
      "Sharing",
      "Yielding",
      "Returned",
      "Invalidating",
      "Upgrading",
      "UncachedRecalling",
      "UncachedInvalidating",
  });
  return pick(kNames, value);
}

const char* name_of(HomeEvent value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "Get",
      "GetExclusive",
      "GetExclusiveShared",
      "Upgrade",
      "UpgradeShared",
      "OwnerAgain",
      "UncachedRead",
      "UncachedWrite",
      "UncachedWriteShared",
      "PutDirty",
      "PutClean",
      "PutEarly",
      "PutLate",
      "InvalidateAck",
      "LastInvalidateAck",
      "ShareWriteback",
      "Transfer",
      "RecallData",
  });
  return pick(kNames, value);
}

const char* name_of(HomeAction value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "None",      "SendShared",       "SendExclusive",  "SendUpgradeAck", "SendUncachedAck",
      "SendNack",  "SendPutAck",       "SendPutBusyAck", "AskShare",       "AskYield",
      "AskRecall", "InvalidateOthers", "CountAck",       "Remember",       "Own",
      "AddSharer", "ShareWithOwner",   "Forget",         "WriteMemory",    "WriteUncached",
  });
  return pick(kNames, value);
}

const char* name_of(HomeNever value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "NoOwner",
      "NoVector",
      "VectorIsNotEmpty",
      "OwnerHasIt",
      "BusyIsRefused",
      "NothingInvalidated",
      "NotYielding",
      "NobodyAsked",
  });
  return pick(kNames, value);
}

const char* name_of(MessageType value) {
  static constexpr auto kNames = std::to_array<const char*>({
      "Get",          "GetExclusive",  "Upgrade",       "PutDirty",       "PutClean",
      "UncachedRead", "UncachedWrite", "InvalidateAck", "ShareWriteback", "Transfer",
      "RecallData",   "DataShared",    "DataExclusive", "UpgradeAck",     "Nack",
      "Invalidate",   "Share",         "Yield",         "Recall",         "PutAck",
      "PutBusyAck",   "UncachedAck",
  });
  return pick(kNames, value);
}

std::string name_of(Party party) {
  return party.is_cache() ? "cache " + std::to_string(party.cpu())
                          : "port " + std::to_string(party.port());
}

}  // namespace test
