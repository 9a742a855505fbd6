// Records through bytes and back, whatever they say.
#include <random>

#include "tests/support/catch.hpp"
#include "tests/traces/capture.hpp"
#include "traces/format/decoder.hpp"
#include "traces/format/encoder.hpp"

using namespace common;
using namespace traces;
using test::AnyRecord;

namespace {

/// Random records that no machine would make in this order, but each of which the format can hold.
class Generator {
 public:
  Generator(std::uint64_t seed, std::uint32_t cpus) : random_{seed}, places_(cpus), pcs_(cpus) {
    for (std::uint32_t i = 0; i < cpus; ++i) places_[i].cpu = CpuId{i};
  }

  std::vector<StateRecord> states() {
    std::vector<StateRecord> states;
    for (const Place& place : places_) {
      StateRecord s{.place = place,
                    .at = time(),
                    .next = VirtAddr{random_()},
                    .epc = VirtAddr{random_()},
                    .tlb = {}};
      s.tlb.wired = static_cast<std::uint32_t>(below(64));
      s.tlb.random_base = random_();
      s.tlb.lfsr = random_();
      for (std::uint32_t i = 0; i < 64; ++i) {
        if (below(2) == 0) s.tlb.entries.push_back({i, words()});
      }
      states.push_back(s);
    }
    return states;
  }

  AnyRecord next() {
    if (below(40) == 0) cpu_ = below(places_.size());
    Place& place = places_[cpu_];
    if (below(60) == 0) place.mode = static_cast<Mode>(below(3));
    if (below(90) == 0) place.asid = Asid{static_cast<std::uint8_t>(random_())};
    if (below(200) == 0) place.vm = static_cast<std::int32_t>(below(5)) - 1;
    if (below(200) == 0) place.vcpu = static_cast<std::int32_t>(below(5)) - 1;
    switch (below(20)) {
      case 0:
        return TlbWriteRecord{place, time(), below(2) == 0, static_cast<std::uint32_t>(below(512)),
                              words()};
      case 1: {
        const auto operation = static_cast<TlbOperation>(below(3));
        std::optional<std::uint32_t> index;
        if (below(2) == 0) index = static_cast<std::uint32_t>(below(512));
        return TlbOperationRecord{place, time(), operation, random_(), index};
      }
      case 2: return exception(place);
      case 3: return eret(place);
      case 4:
        return DmaRecord{.device = static_cast<std::uint32_t>(random_()),
                         .size = random_(),
                         .is_write = below(2) == 0,
                         .pa = PhysAddr{random_() >> 24},
                         .instruction = 0};
      case 10: {
        CacheOperationRecord r{place, static_cast<std::uint8_t>(below(32)), VirtAddr{random_()},
                               std::nullopt};
        if (below(2) == 0) r.pa = PhysAddr{random_() >> 24};
        return r;
      }
      case 5:
        return MarkRecord{place, time(), static_cast<std::uint32_t>(random_()),
                          VirtAddr{random_()}};
      case 6:
      case 7:
      case 8:
      case 9: return data(place);
      default: return fetch(place);
    }
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  Time time() { return {random_() >> below(64), random_() >> below(64)}; }
  TlbWords words() { return {random_(), random_(), random_(), random_() & ~0x1fffull}; }
  std::uint64_t address() { return random_() >> below(60) << below(8); }

  /// Physical pages follow virtual ones, so that mappings repeat, now and then in another way.
  ReferenceRecord reference(const Place& place, ReferenceKind kind, std::uint64_t va,
                            std::uint8_t size) {
    const bool translated = below(12) != 0;
    ReferenceRecord r{.place = place,
                      .kind = kind,
                      .size = size,
                      .cache_attribute = 0,
                      .mapped = true,
                      .translated = translated,
                      .va = VirtAddr{va},
                      .pa = PhysAddr{}};
    if (!translated) {
      r.size = 0;
      return r;
    }
    const std::uint64_t variant = below(30) == 0 ? 1 : 0;
    r.cache_attribute = static_cast<std::uint8_t>((va >> 12) % 8);
    r.mapped = (va >> 13) % 3 != 0;
    r.pa = PhysAddr{(((va >> 12) * 77 + variant) & 0xfffffff) << 12 | (va & 0xfff)};
    return r;
  }
  ReferenceRecord fetch(const Place& place) {
    std::uint64_t& pc = pcs_[index_of(place.cpu)];
    if (below(9) == 0) pc = below(3) == 0 ? address() & ~3ull : below(100) * 0x124;
    const auto r = reference(place, ReferenceKind::kFetch, pc, 4);
    if (r.translated) pc += 4;
    return r;
  }
  ReferenceRecord data(const Place& place) {
    const auto kind = static_cast<ReferenceKind>(1 + below(4));
    const std::uint64_t va = below(3) == 0 ? address() : 0x1000 + below(20) * 0x808;
    const bool failed = kind == ReferenceKind::kStoreConditional && below(2) == 0;
    return reference(place, kind, va, failed ? 0 : static_cast<std::uint8_t>(1u << below(4)));
  }
  ExceptionRecord exception(Place& place) {
    ExceptionRecord r{.place = place,
                      .at = time(),
                      .vector = static_cast<Vector>(below(5)),
                      .code = static_cast<std::uint8_t>(below(32)),
                      .in_delay_slot = below(2) == 0,
                      .nested = below(2) == 0,
                      .is_store = below(2) == 0,
                      .enters_refill = below(2) == 0,
                      .pc = VirtAddr{below(2) == 0 ? pcs_[index_of(place.cpu)] : random_()},
                      .bad_vaddr = std::nullopt};
    if (below(2) == 0) r.bad_vaddr = VirtAddr{random_()};
    place.mode = Mode::kKernel;
    place.in_refill = r.enters_refill;
    return r;
  }
  EretRecord eret(Place& place) {
    EretRecord r{.place = place,
                 .at = time(),
                 .to = static_cast<Mode>(below(3)),
                 .stays_in_refill = below(2) == 0,
                 .target = VirtAddr{random_()}};
    place.mode = r.to;
    place.in_refill = r.stays_in_refill;
    return r;
  }

  std::mt19937_64 random_;
  std::vector<Place> places_;
  std::vector<std::uint64_t> pcs_;
  std::size_t cpu_ = 0;
};

void give(Encoder& encoder, const AnyRecord& record) {
  struct {
    Encoder& e;
    void operator()(const ReferenceRecord& r) { e.reference(r); }
    void operator()(const TlbWriteRecord& r) { e.tlb_write(r); }
    void operator()(const TlbOperationRecord& r) { e.tlb_operation(r); }
    void operator()(const ExceptionRecord& r) { e.exception(r); }
    void operator()(const EretRecord& r) { e.eret(r); }
    void operator()(const DmaRecord& r) { e.dma(r); }
    void operator()(const MarkRecord& r) { e.mark(r); }
    void operator()(const CacheOperationRecord& r) { e.cache_operation(r); }
    void operator()(const StateRecord&) {}
    void operator()(const MappingRecord&) {}
  } visitor{encoder};
  std::visit(visitor, record);
}

/// Places as the decoder makes them: with the number of the last instruction fetched.
void number_instructions(std::vector<AnyRecord>& records, std::uint64_t first) {
  std::uint64_t fetched = 0;
  for (AnyRecord& any : records) {
    if (auto* r = std::get_if<ReferenceRecord>(&any)) {
      if (r->kind == ReferenceKind::kFetch && r->translated) ++fetched;
    }
    const std::uint64_t number = first + (fetched > 0 ? fetched - 1 : 0);
    std::visit(
        [&](auto& r) {
          if constexpr (requires { r.place; })
            r.place.instruction = number;
          else
            r.instruction = number;
        },
        any);
  }
}

std::vector<AnyRecord> without_mappings(const std::vector<AnyRecord>& records) {
  std::vector<AnyRecord> kept;
  for (const AnyRecord& r : records) {
    if (!std::holds_alternative<MappingRecord>(r)) kept.push_back(r);
  }
  return kept;
}

struct Coded {
  std::vector<std::uint8_t> bytes;
  BlockPromise promise;
};

Coded coded(std::uint64_t seed, std::uint32_t cpus, int count,
            std::vector<AnyRecord>* given = nullptr) {
  Generator generator{seed, cpus};
  Encoder encoder{cpus};
  const auto states = generator.states();
  encoder.begin(states);
  if (given != nullptr) given->assign(states.begin(), states.end());
  for (int i = 0; i < count; ++i) {
    const AnyRecord r = generator.next();
    give(encoder, r);
    if (given != nullptr) given->push_back(r);
  }
  encoder.finish();
  return {{encoder.bytes().begin(), encoder.bytes().end()},
          {1000, encoder.instructions(), encoder.records()}};
}

/// Decodes mutated bytes; what counts is that it comes back.
void survive(const Coded& original, std::uint64_t seed, std::uint32_t cpus) {
  std::mt19937_64 random{seed};
  Coded c = original;
  const auto mutations = 1 + random() % 4;
  for (std::uint64_t i = 0; i < mutations && !c.bytes.empty(); ++i) {
    const std::size_t at = random() % c.bytes.size();
    switch (random() % 4) {
      case 0: c.bytes[at] = static_cast<std::uint8_t>(random()); break;
      case 1: c.bytes[at] ^= static_cast<std::uint8_t>(1u << random() % 8); break;
      case 2: c.bytes.resize(at); break;
      default:
        c.bytes.insert(c.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                       static_cast<std::uint8_t>(random()));
    }
  }
  if (random() % 8 == 0) c.promise.instructions = random() % kMaxBlockInstructions;
  test::Capture sink;
  Decoder decoder{cpus};
  const auto result = decoder.decode(c.bytes, c.promise, sink);
  if (!result) REQUIRE_FALSE(result.error().what.empty());
}

void survive_many(std::uint64_t first_seed, std::uint64_t count) {
  const Coded original = coded(first_seed, 2, 300);
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    INFO("seed " << seed);
    survive(original, seed, 2);
  }
}

}  // namespace

TEST_CASE("Codec: any sequence of records comes back as it was", "[traces][codec]") {
  const std::uint64_t seed = GENERATE(range(1u, 25u));
  const std::uint32_t cpus = GENERATE(1u, 4u);
  CAPTURE(seed, cpus);
  std::vector<AnyRecord> given;
  const Coded c = coded(seed, cpus, 3000, &given);
  number_instructions(given, c.promise.first_instruction);
  test::Capture got;
  Decoder decoder{cpus};
  const auto result = decoder.decode(c.bytes, c.promise, got);
  if (!result) FAIL(result.error().message());
  const auto found = without_mappings(got.records);
  REQUIRE(found.size() == given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!(found[i] == given[i]))
      FAIL("record " << i << " of kind " << given[i].index() << " differs");
  }
  CHECK(got.records.size() == c.promise.records);
}

TEST_CASE("Codec: the same decoder reads one block after another", "[traces][codec]") {
  Decoder decoder{2};
  for (std::uint64_t seed : {5u, 6u, 5u}) {
    const Coded c = coded(seed, 2, 500);
    test::Capture again, first;
    REQUIRE(decoder.decode(c.bytes, c.promise, again));
    REQUIRE(Decoder{2}.decode(c.bytes, c.promise, first));
    CHECK(again.records == first.records);
  }
}

TEST_CASE("Codec: records cut short anywhere are refused", "[traces][codec]") {
  const Coded c = coded(3, 2, 400);
  for (std::size_t length = 0; length < c.bytes.size(); ++length) {
    test::Capture sink;
    Decoder decoder{2};
    const auto result = decoder.decode(std::span{c.bytes}.first(length), c.promise, sink);
    if (result) FAIL("accepted " << length << " of " << c.bytes.size() << " bytes");
  }
}

TEST_CASE("Codec: a block may not claim what it does not hold", "[traces][codec]") {
  const Coded c = coded(4, 1, 400);
  test::Capture sink;
  BlockPromise promise = c.promise;
  promise.instructions -= 1;
  CHECK_FALSE(Decoder{1}.decode(c.bytes, promise, sink));
  promise = c.promise;
  promise.instructions += 1;
  CHECK_FALSE(Decoder{1}.decode(c.bytes, promise, sink));
  promise = c.promise;
  promise.records += 1;
  CHECK_FALSE(Decoder{1}.decode(c.bytes, promise, sink));
}

TEST_CASE("Codec: a run longer than the block is refused at once", "[traces][codec]") {
  // Work is bounded by what the header promises, not by a number in the records.
  Coded c = coded(8, 1, 0);
  const std::vector<std::uint8_t> run = {0xd0, 0x00, 0x70, 0x18, 0x00, 0x0f, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
  c.bytes.insert(c.bytes.end(), run.begin(), run.end());
  c.promise.instructions = 1000;
  c.promise.records = 2000;
  test::Capture sink;
  const auto result = Decoder{1}.decode(c.bytes, c.promise, sink);
  REQUIRE_FALSE(result);
  CHECK(result.error().what == "more instructions than the block's header promises");
}

TEST_CASE("Codec: a reference needs a mapping", "[traces][codec]") {
  const Coded c = coded(8, 1, 0);
  const auto refusal = [&](std::initializer_list<unsigned> more) {
    Coded with = c;
    for (unsigned b : more) with.bytes.push_back(static_cast<std::uint8_t>(b));
    with.promise.instructions = 1;
    test::Capture sink;
    const auto result = Decoder{1}.decode(with.bytes, with.promise, sink);
    REQUIRE_FALSE(result);
    return result.error().what;
  };
  CHECK(refusal({0xd0, 0x00, 0x50, 0x19, 0x08}) == "a data reference to a page without a mapping");
  CHECK(refusal({0xd0, 0x00, 0x01}) == "a fetch from a page without a mapping");
  CHECK(refusal({0x01}) == "a record before any CPU was named");
  CHECK(refusal({0xd0, 0x01}) == "a CPU whose state the block does not give");
}

TEST_CASE("Codec: unknown extended records are skipped", "[traces][codec]") {
  const Coded c = coded(8, 1, 0);
  Coded with = c;
  const std::vector<std::uint8_t> unknown = {0xf0, 0x7f, 0x03, 0xaa, 0xbb, 0xcc};
  with.bytes.insert(with.bytes.end(), unknown.begin(), unknown.end());
  test::Capture a, b;
  REQUIRE(Decoder{1}.decode(c.bytes, c.promise, a));
  REQUIRE(Decoder{1}.decode(with.bytes, with.promise, b));
  CHECK(a.records == b.records);
}

TEST_CASE("Codec: damaged records never crash the reader", "[traces][codec][fuzz]") {
  survive_many(1, 3000);
}

TEST_CASE("Codec: 100000 damaged records never crash the reader", "[traces][codec][.fuzz]") {
  for (std::uint64_t part = 0; part < 100; ++part) survive_many(1'000'000 * (part + 1), 1000);
}

TEST_CASE("Bytes: numbers come back, overlong and cut ones are refused", "[traces]") {
  ByteSink sink;
  const std::uint64_t values[] = {
      0, 1, 127, 128, 16383, 16384, ~0ull, 1ull << 63, 0x123456789abcdef0};
  for (std::uint64_t v : values) sink.number(v);
  for (std::uint64_t v : values) sink.relative(v, 77);
  ByteSource source{sink.bytes()};
  for (std::uint64_t v : values) CHECK(source.number() == v);
  for (std::uint64_t v : values) CHECK(source.relative(77) == v);
  CHECK(source.at_end());
  CHECK_FALSE(source.failed());
  source.byte();
  CHECK(source.failed());
  const std::vector<std::uint8_t> overlong(11, 0x80);
  ByteSource bad{overlong};
  bad.number();
  CHECK(bad.failed());
}
