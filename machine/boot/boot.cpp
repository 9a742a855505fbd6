#include "machine/boot/boot.hpp"

#include <utility>

#include "machine/boot/load_kernel.hpp"

namespace machine {

using namespace loading;

Result<Booted, Error> boot_native(const MachineConfig& config, const BootImage& image) {
  auto machine = Machine::make(config);
  if (!machine) return Failure{machine.error()};
  const auto kernel = read_image(image.kernel);
  if (!kernel) return Failure{kernel.error()};
  if (const auto ok = check_entry(image.kernel, *kernel, Window::kUnmapped); !ok)
    return Failure{ok.error()};
  auto symbols = symbols_of(image.kernel);
  if (!symbols) return Failure{symbols.error()};
  const auto top = settle_top(tree_of(config), image, kernel->end());
  if (!top) return Failure{top.error()};
  if (const auto ok = load_rom(**machine, image.rom); !ok) return Failure{ok.error()};
  if (const auto ok = load_image(**machine, image.kernel, *kernel); !ok) return Failure{ok.error()};

  if (top->initrd) write_file_at(**machine, top->initrd->at, image.initrd.bytes);
  write_file_at(**machine, top->tree_at.at, top->tree);
  start_boot_cpu(**machine, *kernel, top->tree_at.at);
  Booted booted;
  booted.machine = std::move(*machine);
  booted.symbols = std::move(*symbols);
  booted.entry = kernel->entry;
  booted.tree = top->tree_at.at;
  booted.tree_bytes = top->tree.size();
  return booted;
}

}  // namespace machine
