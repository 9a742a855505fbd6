// What booting natively and booting the monitor have in common: images read, checked and loaded,
// and what a kernel finds at the top of its low memory.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "machine/boot/boot.hpp"
#include "machine/boot/device_tree.hpp"
#include "machine/loaders/load_elf.hpp"

namespace machine::loading {

/// "12 MB", rounded up.
std::string megabytes(std::uint64_t bytes);
Failure<Error> refuse(ErrorCode code, std::string where, std::string what, std::string remedy);

/// The segments of an ELF file or a raw image; the file's name is in its errors.
Result<Image, Error> read_image(const Blob& file);
/// Nothing of a raw image.
Result<SymbolTable, Error> symbols_of(const Blob& file);

/// RAM of a node that KSEG0 would reach on node 0: where trees and initial RAM disks go.
std::uint64_t low_ram(std::uint64_t memory);

enum class Window { kUnmapped, kGuest };
/// A kernel linked for the other side of the monitor would fail in ways that nobody can read.
Result<Nothing, Error> check_entry(const Blob& file, const Image& image, Window window);

Result<Nothing, Error> load_rom(Machine& machine, const Blob& rom);
/// Puts the segments into memory, with zeros behind those that want more than their file has.
Result<Nothing, Error> load_image(Machine& machine, const Blob& file, const Image& image);
/// Requires: there is memory at all of it.
void write_file_at(Machine& machine, PhysAddr at, std::span<const std::byte> bytes);
/// Releases the boot CPU.
void start_boot_cpu(Machine& machine, const Image& image, PhysAddr tree);

/// The tree of a machine, without what is chosen.
TreeMachine tree_of(const MachineConfig& config);

/// The initial RAM disk at the top of low memory, the tree on the page boundary below it.
struct Top {
  std::optional<Extent> initrd;
  Extent tree_at;
  std::vector<std::byte> tree;
};
/// Requires: `machine` is whole but for /chosen.
Result<Top, Error> settle_top(TreeMachine machine, const BootImage& image, PhysAddr kernel_end);

}  // namespace machine::loading
