#include "cpu/interpreter/block.hpp"

namespace cpu {

CodePage& CodeCache::page(MachineAddr at, const std::byte* host, DecodeContext context) {
  auto& contexts = pages_[at.bits()].contexts;
  for (const auto& page : contexts) {
    if (page->context != context) continue;
    page->host = host;
    return *page;
  }
  contexts.push_back(std::make_unique<CodePage>());
  CodePage& page = *contexts.back();
  page.at = at;
  page.host = host;
  page.context = context;
  // Its tables, and those for single steps, which it may need too.
  size_ += (sizeof(CodePage) + sizeof(CodePage::Starts)) / sizeof(Decoded);
  return page;
}

void CodeCache::note_decoded(MachineAddr at) {
  pages_[at.aligned_down(kPageSize).bits()].decoded.set(at.offset_in(kPageSize) / 4);
}

CodeCache::Written CodeCache::written(MachineAddr at, std::uint64_t size) {
  const auto found = pages_.find(at.aligned_down(kPageSize).bits());
  if (found == pages_.end()) return Written::kNoCode;
  MachinePage& page = found->second;
  const std::uint64_t first = at.offset_in(kPageSize) / 4;
  const std::uint64_t last = (at.offset_in(kPageSize) + size - 1) / 4;
  bool hit = false;
  for (std::uint64_t word = first; word <= last; ++word) hit |= page.decoded.test(word);
  if (!hit) return page.decoded.any() ? Written::kMissed : Written::kNoCode;
  for (auto& context : page.contexts) dropped_.push_back(std::move(context));
  pages_.erase(found);
  return Written::kDropped;
}

void CodeCache::clear() {
  pages_.clear();
  dropped_.clear();
  blocks_.clear();
  code_.clear();
  size_ = 0;
}

void CodeCache::forget_pages() {
  for (auto& [at, page] : pages_) {
    for (auto& context : page.contexts) dropped_.push_back(std::move(context));
  }
  pages_.clear();
}

Block* CodeCache::store(const std::vector<Decoded>& code, std::uint32_t cycles,
                        std::uint32_t instructions) {
  size_ += code.size();
  code_.push_back(code);
  blocks_.push_back(Block{code_.back().data(), cycles, instructions});
  return &blocks_.back();
}

}  // namespace cpu
