#include "tests/disco/interleaved_cpus.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "common/check.hpp"

namespace disco::test {

namespace {

InterleavedCpus* running = nullptr;  // the one object whose fibers run

constexpr std::size_t kStackBytes = 256 * 1024;
constexpr std::uint64_t kMostIdleSteps = 20'000'000;

bool matches(const RealEntry& e, std::uint64_t va_bits, std::uint64_t asid) {
  const bool is_global = (e.lo0 & e.lo1 & entry_lo::kGlobal) != 0;
  return e.hi != 0 && ((e.hi ^ va_bits) & entry_hi::kVpn2 & ~e.page_mask) == 0 &&
         (is_global || (e.hi & entry_hi::kAsid) == asid);
}

}  // namespace

struct InterleavedCpus::Fiber {
  ucontext_t context{};
  std::vector<std::byte> stack = std::vector<std::byte>(kStackBytes);
};

const RealEntry* FakeCpu::find(VirtAddr va, Asid asid) const {
  for (const RealEntry& e : tlb) {
    if (matches(e, va.bits(), static_cast<std::uint8_t>(asid))) return &e;
  }
  return nullptr;
}

InterleavedCpus::InterleavedCpus(unsigned cpus, std::uint64_t seed) : cpus_(cpus), random_{seed} {
  file_ = ::memfd_create("pages", 0);
  CHECK(file_ >= 0 && ::ftruncate(file_, static_cast<off_t>(cpus * kPageSize)) == 0);
  all_ = ::mmap(nullptr, cpus * kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  own_ = ::mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  CHECK(all_ != MAP_FAILED && own_ != MAP_FAILED);
  for (FakeCpu& cpu : cpus_) cpu.skew = random_() % 2000;
}

InterleavedCpus::~InterleavedCpus() {
  ::munmap(all_, cpus_.size() * kPageSize);
  ::munmap(own_, kPageSize);
  ::close(file_);
}

void InterleavedCpus::go_to(unsigned cpu) {
  current_ = cpu;
  ++switches_;
  CHECK(::mmap(own_, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_,
               static_cast<off_t>(cpu * kPageSize)) == own_);
}

void InterleavedCpus::enter_fiber() {
  running->body_(running->current_);
  running->fail("a CPU has nothing more to do");
}

void InterleavedCpus::make_fiber() {
  Fiber& fiber = *fibers_.emplace_back(std::make_unique<Fiber>());
  CHECK(::getcontext(&fiber.context) == 0);
  fiber.context.uc_stack.ss_sp = fiber.stack.data();
  fiber.context.uc_stack.ss_size = fiber.stack.size();
  ::makecontext(&fiber.context, &InterleavedCpus::enter_fiber, 0);
}

void InterleavedCpus::run(const std::function<void(unsigned)>& body) {
  body_ = body;
  running = this;
  for (unsigned n = 0; n < cpus_.size(); ++n) make_fiber();
  let_others_first = [] { running->step(); };
  go_to(0);
  CHECK(::swapcontext(&home_, &fibers_[0]->context) == 0);
  let_others_first = nullptr;
  running = nullptr;
}

void InterleavedCpus::finish() {
  ::setcontext(&home_);
  std::abort();
}

void InterleavedCpus::fail(const std::string& why) {
  if (failure_.empty()) failure_ = "CPU " + std::to_string(current_) + ": " + why;
  finish();
}

void InterleavedCpus::step() {
  if (++idle_steps_ > kMostIdleSteps) fail("nothing happens any more");
  now_ += random_() % 4;
  if (cpus_.size() == 1 || random_() % 4 != 0) return;
  const unsigned before = current_;
  const auto other = static_cast<unsigned>(random_() % (cpus_.size() - 1));
  go_to(other < before ? other : other + 1);
  CHECK(::swapcontext(&fibers_[before]->context, &fibers_[current_]->context) == 0);
}

// ---- Hardware

void InterleavedCpus::tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) {
  const std::uint64_t asid = in_place_of & entry_hi::kAsid;
  RealEntry* place = &cpu().tlb[random_() % cpu().tlb.size()];
  for (RealEntry& e : cpu().tlb) {
    if (matches(e, in_place_of, asid)) place = &e;
  }
  *place = {};
  for (RealEntry& e : cpu().tlb) {
    if (matches(e, entry.hi, entry.hi & entry_hi::kAsid)) fail("two entries for one address");
  }
  *place = entry;
}

bool InterleavedCpus::tlb_drop(std::uint64_t hi) {
  step();
  if (sabotage.loses_drops) return false;
  for (RealEntry& e : cpu().tlb) {
    if (!matches(e, hi, hi & entry_hi::kAsid)) continue;
    e = {};
    return true;
  }
  return false;
}

unsigned InterleavedCpus::tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                                         bool any_asid) {
  step();
  unsigned dropped = 0;
  for (RealEntry& e : cpu().tlb) {
    const std::uint64_t span = (bytes - 1) | e.page_mask | (2 * kPageSize - 1);
    const bool is_global = (e.lo0 & e.lo1 & entry_lo::kGlobal) != 0;
    const bool in_space =
        any_asid || is_global || (e.hi & entry_hi::kAsid) == static_cast<std::uint8_t>(asid);
    if (e.hi == 0 || ((e.hi ^ vpn2) & entry_hi::kVpn2 & ~span) != 0 || !in_space) continue;
    e = {};
    ++dropped;
  }
  return dropped;
}

void InterleavedCpus::tlb_flush() {
  step();
  for (RealEntry& e : cpu().tlb) e = {};
}

std::uint64_t InterleavedCpus::pending_interrupts() {
  return (cpu().interrupted ? std::uint64_t{cause::kIpIpi} : 0) |
         (time() >= cpu().timer ? std::uint64_t{cause::kIpTimer} : 0);
}

void InterleavedCpus::doze() {
  while (pending_interrupts() == 0) {
    now_ += random_() % 50;
    step();
  }
}

void InterleavedCpus::interrupt_cpu(unsigned number) {
  cpus_[number].interrupted = true;
  step();
}

void InterleavedCpus::relax() {
  static_cast<Processor*>(own_)->serve_mailbox();
  step();
}

}  // namespace disco::test
