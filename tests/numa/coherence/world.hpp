// A machine small enough to visit all its states: a few caches, ports and lines, every message that
// is under way. Data is an age: 0 is the value written last, 1 the one before, 2 any older one;
// that is all that the invariants ask about, and it keeps the states finite.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "numa/coherence/cache_protocol.hpp"
#include "numa/coherence/directory_protocol.hpp"
#include "tests/numa/coherence/tables.hpp"

namespace test {
using namespace numa::coherence;

inline constexpr std::uint8_t kOldest = 2;
/// What merge() leaves: the world gives it age 0 and makes all others older.
inline constexpr std::uint8_t kJustWritten = 0xff;

struct Age {
  std::uint8_t age = 0;
  void merge(const Age&) { age = kJustWritten; }
};

inline constexpr unsigned kWorldCaches = 3, kWorldLines = 2, kWorldPorts = 2, kWorldMessages = 24;

struct WorldShape {
  unsigned caches = 2, lines = 1, ports = 0;
};

/// All that distinguishes one situation from another. Trivially copyable, without padding that
/// matters.
struct World {
  struct CacheLine {
    CacheState state = CacheState::kInvalid;
    Age data;
  };
  struct Cache {
    std::array<CacheLine, kWorldLines> lines;
    bool waits = false;  // for `line`
    bool stores = false;
    std::uint8_t line = 0;
    std::uint8_t since = 0;  // writes to the line since the access was issued, up to kOldest
    bool defers = false;
    Message<Age> deferred;
  };
  struct Port {
    bool waits = false;
    bool stores = false;
    std::uint8_t line = 0;
    std::uint8_t since = 0;
  };
  struct Home {
    DirectoryEntry<Age> entry;
    Age memory;
  };
  struct Flying {
    bool to_home = false;
    Party to;
    Message<Age> message;
  };

  std::array<Cache, kWorldCaches> caches;
  std::array<Port, kWorldPorts> ports;
  std::array<Home, kWorldLines> homes;
  std::array<Flying, kWorldMessages> flying;
  std::uint8_t in_flight = 0;
};

/// What can happen next.
struct Step {
  enum class Kind : std::uint8_t { kAccess, kReplace, kPortAccess, kDeliver };
  Kind kind{};
  std::uint8_t who = 0;  // cache or port; kDeliver: index of the message
  std::uint8_t line = 0;
  bool store = false;
  MessageType message{};  // of kDeliver, for what is printed
  Party to;
  bool to_home = false;
};
std::string describe(const Step& step);

/// Applies steps to a world and judges the result.
class WorldRules {
 public:
  WorldRules(const WorldShape& shape, const Tables& tables) : shape_{shape}, tables_{tables} {}

  /// Steps possible in `world`: deliveries first, then new accesses. Returns their number.
  unsigned steps(const World& world, std::array<Step, 64>& out) const;

  /// Changes `world`. Empty, or what is wrong after it.
  std::string apply(World& world, const Step& step);

  /// Nothing under way and nobody waits.
  bool is_quiet(const World& world) const;

  /// A unique form of the world up to the names of the caches.
  std::string canonical(const World& world) const;
  /// The world with its caches renamed: `name[c]` is the new name of cache c.
  std::string encode(const World& world, const std::array<std::uint8_t, kWorldCaches>& name) const;

  // What the slots of the protocol code call.
  void send(World& world, const World::Flying& message);
  void wrote(World& world, unsigned line, Age& where);
  void fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
  }
  const Tables& tables() const { return tables_; }

 private:
  void deliver(World& world, unsigned index);
  void deliver_to_port(World& world, unsigned port, const Message<Age>& message);
  void judge(const World& world);
  void judge_line(const World& world, unsigned line);
  void judge_quiet_line(const World& world, unsigned line);
  WorldShape shape_;
  const Tables& tables_;
  std::string failure_;
};

}  // namespace test
