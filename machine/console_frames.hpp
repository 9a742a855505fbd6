// The console of a machine whose monitor runs several virtual machines: one stream of bytes in
// which frames say whose bytes follow, in both directions (docs/monitor.md, Console).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace machine {

/// In place of a virtual machine's number: the monitor itself.
inline constexpr std::uint16_t kMonitorConsole = 0xffff;

/// Takes the stream apart. Whatever comes, no byte is lost: what is no frame is passed on as it is.
class ConsoleSplitter {
 public:
  using Sink = std::function<void(std::uint16_t vm, char c)>;
  /// What comes before the first frame is the monitor's.
  explicit ConsoleSplitter(Sink sink) : sink_{std::move(sink)} {}

  void put(char c);
  /// Whose bytes come.
  std::uint16_t current() const { return vm_; }

 private:
  enum class At : std::uint8_t { kText, kEscape, kHigh, kLow };

  Sink sink_;
  At at_ = At::kText;
  std::uint8_t high_ = 0;
  std::uint16_t vm_ = kMonitorConsole;
};

/// Puts the stream together.
class ConsoleJoiner {
 public:
  /// `bytes` for `vm` as they go into the stream.
  std::string frame(std::uint16_t vm, std::string_view bytes);

 private:
  bool begun_ = false;
  std::uint16_t vm_ = 0;
};

}  // namespace machine
