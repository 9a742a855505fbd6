// The monitor's own reader of guest kernels. The loader's, written for the host over libelf, judges
// it: what both accept they must understand alike.
#include <fmt/format.h>

#include "common/units.hpp"
#include "disco/core/life/elf_image.hpp"
#include "machine/loaders/load_elf.hpp"
#include "tests/fuzz/corpus_subject.hpp"
#include "tests/fuzz/elf_corpus.hpp"

namespace fuzz {
namespace {

using namespace common;

constexpr std::size_t kLongest = 512 * kKiB;

bool lies_in(std::span<const std::byte> part, const Bytes& file) {
  const std::byte* const end = file.data() + file.size();
  return part.empty() || (part.data() >= file.data() && part.data() <= end &&
                          part.size() <= static_cast<std::size_t>(end - part.data()));
}

/// How the two differ about a file that both accept; "" if they agree.
std::string difference(const disco::ElfImage& ours, const machine::Image& judge) {
  if (ours.entry() != judge.entry.bits()) return "another entry point";
  if (ours.segments().size() != judge.segments.size()) return "another number of segments";
  for (std::size_t i = 0; i < judge.segments.size(); ++i) {
    const disco::ElfSegment& a = ours.segments()[i];
    const machine::Segment& b = judge.segments[i];
    if (a.at != b.at)
      return fmt::format("segment {} at {:#x}, not {:#x}", i, a.at.bits(), b.at.bits());
    if (a.memory_bytes != b.memory_bytes || a.bytes.data() != b.bytes.data() ||
        a.bytes.size() != b.bytes.size()) {
      return fmt::format("segment {} has another extent", i);
    }
  }
  return {};
}

class ImageSubject final : public CorpusSubject {
 public:
  ImageSubject()
      : CorpusSubject{elf_corpus(ElfParts::kWhatLoads), ByteMutator{ByteOrder::kBig, kLongest}} {}

  Verdict load(const Input& input) override {
    const char* why = nullptr;
    const auto image = disco::ElfImage::parse(input.bytes, why);
    if (!image) {
      if (why == nullptr || *why == '\0') return broken("a refusal without a clause");
      return refused(class_of(why));
    }
    if (image->segments().empty()) return broken("an image with nothing to load");
    for (const disco::ElfSegment& s : image->segments()) {
      if (!lies_in(s.bytes, input.bytes)) return broken("a segment beyond the file");
      if (s.memory_bytes < s.bytes.size()) return broken("a segment larger in the file");
    }
    const auto other = machine::read_elf("image.elf", input.bytes);
    if (!other) return accepted("the loader refuses it: " + class_of(other.error().what));
    const std::string differs = difference(*image, *other);
    return differs.empty() ? accepted("and the loader agrees") : broken(differs);
  }
};

}  // namespace

std::unique_ptr<Subject> make_image_subject() { return std::make_unique<ImageSubject>(); }

}  // namespace fuzz
