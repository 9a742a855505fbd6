// The serial port by itself, with a line of which every question is noted: what tests/machine asks
// of the machine's port and tests/disco of a guest's holds for both because they are this class.
#include <deque>
#include <string>

#include "hardware/board/ns16550.hpp"
#include "tests/support/catch.hpp"

namespace hardware {
namespace {

using namespace ns16550;

class Port : public Ns16550<Port> {
 public:
  std::deque<std::uint8_t> waiting;
  std::string sent;
  bool has_left = false, listens = false;

  void send(std::uint8_t byte) { sent.push_back(static_cast<char>(byte)); }
  std::optional<std::uint8_t> next() {
    if (waiting.empty()) return std::nullopt;
    const std::uint8_t byte = waiting.front();
    waiting.pop_front();
    return byte;
  }
  bool has_ended() const { return has_left && waiting.empty(); }
  void listen(bool has_room) { listens = has_room; }

  void comes(const std::string& text) {
    waiting.insert(waiting.end(), text.begin(), text.end());
    fill();
  }
  std::string read_all() {
    std::string all;
    while ((read_register(kLsr) & kLsrReady) != 0) {
      all.push_back(static_cast<char>(read_register(kData)));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("Ns16550: the receiver takes what it has room for and listens while it has some",
          "[hardware]") {
  Port port;
  port.comes("ab");
  CHECK(port.waiting.size() == 1);
  CHECK_FALSE(port.listens);
  port.write_register(kFcr, kFcrEnable);
  port.comes("cdefghijklmnopqrstuv");
  CHECK(port.waiting.size() == 5);
  CHECK_FALSE(port.listens);
  CHECK(port.read_all() == "bcdefghijklmnopqrstuv");
  CHECK(port.listens);
}

TEST_CASE("Ns16550: the carrier drops when all that was sent has been read", "[hardware]") {
  Port port;
  port.write_register(kFcr, kFcrEnable);
  port.write_register(kIer, kIerModem);
  port.comes("xy");
  port.has_left = true;
  port.fill();
  CHECK(port.read_register(kMsr) == (kMsrCts | kMsrDsr | kMsrCarrier));
  CHECK(port.read_all() == "xy");
  CHECK(port.interrupt_line());
  CHECK(port.read_register(kIir) == (kIirModem | kIirFifos));
  CHECK(port.read_register(kMsr) == (kMsrCts | kMsrDsr | kMsrDeltaCarrier));
  CHECK(port.read_register(kMsr) == (kMsrCts | kMsrDsr));
  CHECK_FALSE(port.interrupt_line());
}

TEST_CASE("Ns16550: loopback comes back, overruns, and takes nothing from the line", "[hardware]") {
  Port port;
  port.write_register(kMcr, kMcrLoop | kMcrOut2);
  port.comes("z");
  CHECK(port.waiting.size() == 1);
  CHECK_FALSE(port.listens);
  port.write_register(kData, 'p');
  port.write_register(kData, 'q');
  CHECK(port.sent.empty());
  CHECK((port.read_register(kLsr) & kLsrOverrun) != 0);
  CHECK(port.read_register(kData) == 'q');
  CHECK((port.read_register(kMsr) & 0xf0) == kMsrCarrier);
  port.write_register(kMcr, 0);
  CHECK(port.read_register(kData) == 'z');
}

TEST_CASE("Ns16550: an empty transmitter interrupts once when enabled and after every byte",
          "[hardware]") {
  Port port;
  port.write_register(kIer, kIerThrEmpty);
  CHECK(port.read_register(kIir) == kIirThrEmpty);
  CHECK(port.read_register(kIir) == kIirNone);
  port.write_register(kData, 'h');
  CHECK(port.sent == "h");
  CHECK(port.interrupt_line());
}

}  // namespace hardware
