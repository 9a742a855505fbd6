// The canonical form of a world. What cannot influence the future is left out: data of invalid
// lines, data of messages that carry none.
#include <algorithm>
#include <numeric>

#include "tests/numa/coherence/world.hpp"

namespace test {
namespace {

using Names = std::array<std::uint8_t, kWorldCaches>;

std::uint8_t renamed(Party party, const Names& name) {
  return party.is_cache() ? name[party.cpu()] : party.number();
}

bool carries_data(MessageType type) {
  switch (type) {
    case MessageType::kPutDirty:
    case MessageType::kShareWriteback:
    case MessageType::kRecallData:
    case MessageType::kDataShared:
    case MessageType::kDataExclusive: return true;
    default: return false;
  }
}

bool holds_data(CacheState state) {
  return state != CacheState::kInvalid && state != CacheState::kReadPending &&
         state != CacheState::kReadInvalidated && state != CacheState::kReadForwarded &&
         state != CacheState::kWritePending && state != CacheState::kWriteForwarded &&
         state != CacheState::kLeavingAnswered;
}

void put(std::string& out, unsigned byte) { out.push_back(static_cast<char>(byte)); }

void put_cache(std::string& out, const World::Cache& cache, unsigned lines, const Names& name) {
  for (unsigned l = 0; l < lines; ++l) {
    put(out, static_cast<unsigned>(cache.lines[l].state) << 2 |
                 (holds_data(cache.lines[l].state) ? cache.lines[l].data.age : 0U));
  }
  put(out, cache.waits ? 1U | unsigned{cache.stores} << 1 | unsigned{cache.line} << 2 |
                             unsigned{cache.since} << 3
                       : 0U);
  put(out, cache.defers ? 1U + static_cast<unsigned>(cache.deferred.type) : 0U);
  put(out, cache.defers ? renamed(cache.deferred.requester, name) : 0U);
}

void put_home(std::string& out, const World::Home& home, unsigned caches, const Names& name) {
  const DirectoryEntry<Age>& entry = home.entry;
  unsigned sharers = 0;
  for (unsigned c = 0; c < caches; ++c) {
    if ((entry.sharers >> c & 1) != 0) sharers |= 1U << name[c];
  }
  put(out, static_cast<unsigned>(entry.state) << 2 | home.memory.age);
  put(out, sharers << 4 | entry.acks);
  put(out, entry.is_owned() ? renamed(entry.owner, name) : 0U);
  put(out, entry.state > HomeState::kExclusive ? renamed(entry.requester, name) : 0U);
}

}  // namespace

std::string WorldRules::encode(const World& world, const Names& name) const {
  std::string out;
  out.reserve(96);
  Names cache_at{};
  for (unsigned c = 0; c < shape_.caches; ++c) cache_at[name[c]] = static_cast<std::uint8_t>(c);
  for (unsigned c = 0; c < shape_.caches; ++c)
    put_cache(out, world.caches[cache_at[c]], shape_.lines, name);
  for (unsigned p = 0; p < shape_.ports; ++p) {
    const World::Port& port = world.ports[p];
    put(out, port.waits ? 1U | unsigned{port.stores} << 1 | unsigned{port.line} << 2 |
                              unsigned{port.since} << 3
                        : 0U);
  }
  for (unsigned l = 0; l < shape_.lines; ++l) put_home(out, world.homes[l], shape_.caches, name);
  std::array<std::uint32_t, kWorldMessages> messages{};
  for (unsigned i = 0; i < world.in_flight; ++i) {
    const World::Flying& f = world.flying[i];
    const std::uint32_t to = f.to_home ? 0xffU : renamed(f.to, name);
    const std::uint32_t age = carries_data(f.message.type) ? f.message.data.age : 0U;
    messages[i] = static_cast<std::uint32_t>(f.message.type) << 24 | to << 16 |
                  std::uint32_t{renamed(f.message.requester, name)} << 8 |
                  static_cast<std::uint32_t>(number_of(f.message.line)) << 4 | age;
  }
  std::sort(messages.begin(), messages.begin() + world.in_flight);
  for (unsigned i = 0; i < world.in_flight; ++i) {
    for (unsigned shift = 0; shift < 32; shift += 8) put(out, messages[i] >> shift & 0xff);
  }
  return out;
}

std::string WorldRules::canonical(const World& world) const {
  Names name{};
  std::iota(name.begin(), name.end(), std::uint8_t{0});
  std::string best = encode(world, name);
  while (std::next_permutation(name.begin(), name.begin() + shape_.caches)) {
    best = std::min(best, encode(world, name));
  }
  return best;
}

}  // namespace test
