// Where a machine's console is connected to: people, files, and what is typed.
#pragma once

#include <memory>

#include "cli/boot_options.hpp"
#include "cli/session.hpp"
#include "machine/machine.hpp"

namespace cli {

/// What the machines say, on its way to people and files.
class GuestConsole {
 public:
  virtual ~GuestConsole() = default;
  /// Finishes unfinished lines. kInput, with the name of what could not be written, if anything is
  /// lost. Nothing may be said behind it.
  virtual Result<Nothing, Error> close() = 0;
};

/// Console bytes go to the session's human stream and to --logs; --input - feeds stdin to the
/// first machine. A machine whose console cannot be written is interrupted; close() of what this
/// gives says why. Errors: a log that cannot be created.
Result<std::shared_ptr<GuestConsole>, Error> connect_console(Session& session, const BootOptions& o,
                                                             std::uint32_t number,
                                                             machine::Booted& booted);

}  // namespace cli
