// Boot images: config's reader of executables and of symbols, and now and then the machine that is
// booted with what came of it.
#include <fmt/format.h>

#include "machine/boot/boot.hpp"
#include "machine/loaders/load_elf.hpp"
#include "machine/loaders/load_symbols.hpp"
#include "tests/fuzz/corpus_subject.hpp"
#include "tests/fuzz/elf_corpus.hpp"
#include "tests/machine/machine_program.hpp"

namespace fuzz {
namespace {

using namespace common;

constexpr const char* kName = "fuzzed-image.elf";
constexpr std::size_t kLongest = 512 * kKiB;
constexpr std::uint64_t kAddressable = std::uint64_t{1} << 40;
constexpr unsigned kBootsOneIn = 8;
constexpr std::uint64_t kInstructions = 2000;

/// A broken promise of the image, or nullptr.
const char* fault_of(const machine::Image& image, const Bytes& file) {
  if (image.segments.empty()) return "an image with nothing to load";
  for (const machine::Segment& s : image.segments) {
    if (s.memory_bytes == 0 || s.memory_bytes < s.bytes.size())
      return "a segment larger in the file";
    if (s.at.bits() >= kAddressable || s.memory_bytes > kAddressable)
      return "a segment out of reach";
    const std::byte* const end = file.data() + file.size();
    const bool lies_in =
        s.bytes.empty() || (s.bytes.data() >= file.data() && s.bytes.data() <= end &&
                            s.bytes.size() <= static_cast<std::size_t>(end - s.bytes.data()));
    if (!lies_in) return "a segment beyond the file";
  }
  if (image.end() < image.begin()) return "an image that ends before it begins";
  return nullptr;
}

/// Asks the table whatever its users ask. A broken promise, or nullptr.
const char* fault_of(const machine::SymbolTable& table) {
  const machine::Symbol* before = nullptr;
  for (const machine::Symbol& s : table.symbols()) {
    if (before != nullptr && s.at < before->at) return "symbols out of order";
    if (s.name.empty() || table.find(s.name) == nullptr) return "a symbol that cannot be found";
    before = &s;
  }
  for (std::size_t i = 0; i < table.symbols().size(); i += 1 + table.symbols().size() / 64) {
    const machine::Symbol& s = table.symbols()[i];
    for (const std::uint64_t offset : {std::uint64_t{0}, s.size - 1, s.size}) {
      const auto found = table.name_of(s.at + offset);
      if (found && found->name.empty()) return "an address in a symbol without a name";
    }
    const auto range = table.range_of(s.name);
    static_cast<void>(table.range(s.name, table.symbols().front().name));
    static_cast<void>(range);
  }
  static_cast<void>(table.section(".disco.marks"));
  return nullptr;
}

class ElfSubject final : public CorpusSubject {
 public:
  ElfSubject()
      : CorpusSubject{elf_corpus(ElfParts::kAll), ByteMutator{ByteOrder::kBig, kLongest}} {}

  Verdict load(const Input& input) override {
    const auto table = machine::SymbolTable::read(kName, input.bytes);
    if (table) {
      if (const char* fault = fault_of(*table)) return broken(fault);
    } else if (const Verdict v = judge(table.error(), ErrorCode::kInput, kName);
               v.kind == Verdict::Kind::kBroken) {
      return v;
    }
    if (input.choice % kBootsOneIn == 0) return boot(input);
    const auto image = machine::read_elf(kName, input.bytes);
    if (!image) return judge(image.error(), ErrorCode::kInput, kName);
    if (const char* fault = fault_of(*image, input.bytes)) return broken(fault);
    return accepted(table && !table->empty() ? "with symbols" : "without symbols");
  }

 private:
  static Verdict boot(const Input& input) {
    machine::BootImage image;
    image.kernel = {kName, input.bytes};
    const auto booted = machine::boot_native(machine::test::small_machine(), image);
    if (!booted) {
      Verdict verdict = judge(booted.error(), ErrorCode::kInput, kName);
      verdict.what = "boot: " + verdict.what;
      return verdict;
    }
    const auto end =
        booted->machine->run({.cycles = Cycles::never(), .instructions = kInstructions});
    if (end) return accepted(fmt::format("booted, then {}", machine::name_of(*end)));
    const Error& error = end.error();
    if (error.code != ErrorCode::kGuest ||
        !error.what.starts_with("takes exceptions without end")) {
      return broken("the run ends with: " + error.message());
    }
    return accepted("booted, then stopped: " + class_of(error.what));
  }
};

}  // namespace

std::unique_ptr<Subject> make_elf_subject() { return std::make_unique<ElfSubject>(); }

}  // namespace fuzz
