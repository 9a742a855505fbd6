// What caches, homes and uncached ports say to one another. The network promises nothing about
// order: any two messages may overtake each other.
#pragma once

#include <bit>
#include <cstdint>

#include "common/address.hpp"
#include "common/check.hpp"
#include "common/units.hpp"

namespace numa::coherence {
using namespace common;

/// A secondary cache line: machine address divided by the line's size.
enum class Line : std::uint64_t {};
constexpr std::uint64_t number_of(Line line) { return static_cast<std::uint64_t>(line); }

/// The full bit vector of a directory entry has this many bits, one per cache.
inline constexpr std::uint32_t kMaxCaches = 64;

/// Who asks: the cache of a CPU, or an uncached port (one for each CPU's uncached accesses, behind
/// them one for each node's DMA).
class Party {
 public:
  constexpr Party() = default;
  static constexpr Party cache(std::uint32_t cpu) { return Party{static_cast<std::uint8_t>(cpu)}; }
  static constexpr Party port(std::uint32_t number) {
    return Party{static_cast<std::uint8_t>(kMaxCaches + number)};
  }
  constexpr bool is_cache() const { return number_ < kMaxCaches; }
  constexpr std::uint32_t cpu() const { return number_; }
  constexpr std::uint32_t port() const { return number_ - kMaxCaches; }
  constexpr std::uint8_t number() const { return number_; }
  constexpr bool operator==(const Party&) const = default;

 private:
  constexpr explicit Party(std::uint8_t number) : number_{number} {}
  std::uint8_t number_ = 0;
};
inline constexpr std::uint32_t kMaxPorts = 128;

enum class MessageType : std::uint8_t {
  // to the home
  kGet,            // read miss
  kGetExclusive,   // write miss
  kUpgrade,        // write to a shared copy
  kPutDirty,       // write-back of a replaced line; data
  kPutClean,       // a clean-exclusive line was replaced
  kUncachedRead,   // from a port: uncached loads, DMA
  kUncachedWrite,  // likewise; data: the bytes written
  kInvalidateAck,
  kShareWriteback,  // the owner has answered kShare; data
  kTransfer,        // the owner has answered kYield
  kRecallData,      // the owner has answered kRecall; data
  // to a cache (the first four also to a port)
  kDataShared,     // data
  kDataExclusive,  // data
  kUpgradeAck,
  kNack,  // the home is busy with this line: ask again
  kInvalidate,
  kShare,   // intervention: give the requester a copy, keep one
  kYield,   // intervention: give the requester the line
  kRecall,  // intervention: give the home the line
  kPutAck,
  kPutBusyAck,  // the write-back crossed an intervention, which will arrive or has arrived
  // to a port
  kUncachedAck,
};
inline constexpr unsigned kMessageTypes = static_cast<unsigned>(MessageType::kUncachedAck) + 1;

/// Lines of the shipped machine carry no data: it is in memory.
struct NoData {
  void merge(const NoData&) {}
};

/// `requester` is whom the transaction serves; in acknowledgements to the home, who acknowledges.
template <class Data>
struct Message {
  MessageType type{};
  Party requester;
  Line line{};
  [[no_unique_address]] Data data{};
};

}  // namespace numa::coherence
