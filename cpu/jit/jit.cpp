#include "cpu/jit/jit.hpp"

#include <algorithm>
#include <new>

#include "cpu/jit/stubs.hpp"

namespace cpu::jit {

namespace {

constexpr std::size_t kArenaBytes = 32 * kMiB;
/// Room for a block and its page's table, at least.
constexpr std::size_t kLeastRoom = 64 * kKiB;
/// Block::executions of a block that stays the interpreter's.
constexpr std::uint32_t kNever = ~std::uint32_t{0};
constexpr std::uint64_t kMostBudget = std::uint64_t{1} << 62;

std::int32_t distance(const void* to, const void* from) {
  const std::ptrdiff_t bytes =
      static_cast<const std::byte*>(to) - static_cast<const std::byte*>(from);
  CHECK(bytes == static_cast<std::int32_t>(bytes));
  return static_cast<std::int32_t>(bytes);
}

}  // namespace

Jit::Jit(Processor& processor, CodeCache& code)
    : p_{processor}, code_{code}, arena_{kArenaBytes}, layout_{layout_of()} {
  if (!arena_.is_usable()) return;
  stubs_ = make_stubs(arena_, layout_,
                      {.self = this,
                       .base = &p_.core.state.regs.gpr[16],
                       .processor = &p_,
                       .left = &left,
                       .end_block = &end_block});
  stubs_end_ = arena_.used();
  translator_ = std::make_unique<BlockTranslator>(arena_, layout_, stubs_);
}

Layout Jit::layout_of() const {
  const void* const base = &p_.core.state.regs.gpr[16];
  return {.base = base,
          .state = distance(&p_.core.state, base),
          .recent = distance(p_.data.soft().recent().data(), base),
          .soft = distance(p_.data.soft().entries(), base),
          .fetch = distance(p_.fetch.entries(), base)};
}

void Jit::forget() {
  arena_.cut(stubs_end_);
  ++counts_.flushes;
}

// ---- running

bool Jit::is_over() const {
  const CpuState& state = p_.core.state;
  return state.attention || state.slot_pending || state.cycle >= state.limit ||
         state.retired >= limits_->instructions;
}

bool Jit::looks_calm() {
  Core& core = p_.core;
  CpuState& state = core.state;
  if (core.signals.wants_attention() || core.observation.is_at_breakpoint() ||
      core.observation.watches_retirement() || state.cycle >= core.next_deadline() ||
      state.cycle >= limits_->cycle || p_.interrupts.is_something_due()) {
    return false;
  }
  state.attention = false;
  state.limit = std::min(limits_->cycle, core.next_deadline());
  return true;
}

void Jit::enter_budget() {
  CpuState& state = p_.core.state;
  const std::uint64_t budget =
      std::min({state.limit - state.cycle, limits_->instructions - state.retired, kMostBudget});
  state.generated.end = state.cycle + budget;
  state.generated.lag = state.cycle - state.retired;
  state.generated.budget = budget;
}

bool Jit::run(const RunLimits& limits) {
  CpuState& state = p_.core.state;
  limits_ = &limits;
  bool has_happened = false;
  while (!is_over()) {
    if (arena_.room() < kLeastRoom) {
      forget();
      code_.clear();
      p_.fetch.flush();
    }
    const void* const code = find();
    if (code == nullptr) return has_happened;
    if (p_.timing.is_on() && !p_.fetch.fetch_line(false)) return true;
    state.leave = 0;
    state.left_at = nullptr;
    enter_budget();
    const std::uint64_t cycle = state.cycle, retired = state.retired, calls = calls_;
    ++counts_.entries;
    reinterpret_cast<Enter>(reinterpret_cast<std::uintptr_t>(stubs_.enter))(code);
    counts_.translated += state.retired - retired;
    if (state.cycle == cycle && calls_ == calls) {
      if (p_.timing.is_on()) p_.fetch.keep_fetched();
      refuse(Interpreted::kLimit);
      return has_happened;
    }
    has_happened = true;
  }
  return has_happened;
}

void Jit::note_interpreted(std::uint64_t instructions) {
  counts_.interpreted[static_cast<unsigned>(refused_for_)] += instructions;
}

const void* Jit::refuse(Interpreted why) {
  refused_for_ = why;
  return nullptr;
}

const void* Jit::find() {
  const CpuState& state = p_.core.state;
  if ((state.decode_context & kDecodeInstrumented) != 0) return refuse(Interpreted::kInstrumented);
  const FetchPath::Entry* const entry = p_.fetch.find();
  if (entry == nullptr) return refuse(Interpreted::kSeldom);  // it meets the fault once more
  CodePage& page = *entry->code;
  if ((page.context & kDecodeUncached) != 0) return refuse(Interpreted::kShape);
  const std::size_t word = state.regs.pc.bits() / 4 % kWordsPerPage;
  if (page.translated != nullptr && page.translated[word] != stubs_.leave) {
    return page.translated[word];
  }
  Block* const block = page.starts[word];
  if (block == nullptr) return refuse(Interpreted::kSeldom);
  if (block->executions == kNever) return refuse(Interpreted::kShape);
  if (++block->executions < p_.core.config.translate_after) return refuse(Interpreted::kSeldom);
  return translate(*block, page, word);
}

bool Jit::make_table(CodePage& page) {
  if (page.translated != nullptr) return true;
  if (arena_.room() < sizeof(void*) * kWordsPerPage) return false;
  const auto* const table = reinterpret_cast<const void* const*>(arena_.next());
  auto* const words = reinterpret_cast<const void**>(arena_.take(sizeof(void*) * kWordsPerPage));
  std::fill_n(words, kWordsPerPage, stubs_.leave);
  page.translated = table;
  return true;
}

const void* Jit::translate(Block& block, CodePage& page, std::size_t word) {
  block.executions = kNever;
  if (!make_table(page)) return refuse(Interpreted::kSeldom);
  const std::size_t used = arena_.used();
  const auto result = translator_->translate(block, page, word, page.translated,
                                             {p_.timing.instruction_tags(), p_.timing.data_tags()});
  if (result.code == nullptr) return refuse(Interpreted::kShape);
  ++counts_.blocks;
  counts_.instructions += block.instructions;
  counts_.bytes += arena_.used() - used;
  const void* const slot = page.translated + word;
  *reinterpret_cast<const void**>(arena_.writable(slot)) = result.code;
  return result.code;
}

const void* Jit::resume() {
  CpuState& state = p_.core.state;
  state.leave = 0;
  state.left_at = nullptr;
  ++calls_;
  if (state.attention && looks_calm()) {
    enter_budget();  // the limit may be another
  } else {
    state.generated.lag = state.cycle - state.retired;
    state.generated.budget = state.generated.end - state.cycle;
  }
  const bool stays = !is_over() && state.cycle < state.generated.end && !p_.fetch.has_fetched_any();
  return stays ? stubs_.dispatch : stubs_.leave;
}

const void* Jit::left(void* self) {
  Jit& jit = *static_cast<Jit*>(self);
  leave_block(jit.p_, *jit.p_.core.state.left_at);
  return jit.resume();
}

const void* Jit::end_block(void* self, const CallSite* site) {
  Jit& jit = *static_cast<Jit*>(self);
  CpuState& state = jit.p_.core.state;
  const InstructionSite& last = site->instruction.site;
  site->instruction.execute(jit.p_, &site->instruction);
  state.cycle += last.cycles_before + last.cost;
  state.retired += last.retired_before + 1u;
  state.regs.pc = site->is_return ? state.branch_target : state.regs.pc + last.offset + 4;
  return jit.resume();
}

std::unique_ptr<Runner> make_runner(Processor& processor, CodeCache& code) {
  auto jit = std::make_unique<Jit>(processor, code);
  if (!jit->is_usable()) return nullptr;
  return jit;
}

}  // namespace cpu::jit
