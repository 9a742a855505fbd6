// The programs.
#include "tests/numa/coherence/litmus.hpp"

namespace test {
namespace {

constexpr std::uint32_t x = 0, y = 1;

LitmusStep load(std::uint32_t variable) { return {Op::kLoad, variable, 0}; }
LitmusStep store(std::uint32_t variable, std::uint32_t value) {
  return {Op::kStore, variable, value};
}
LitmusStep load_linked(std::uint32_t variable) { return {Op::kLoadLinked, variable, 0}; }
LitmusStep store_conditional(std::uint32_t variable, std::uint32_t value) {
  return {Op::kStoreConditional, variable, value};
}
LitmusStep uncached_load(std::uint32_t variable) { return {Op::kUncachedLoad, variable, 0}; }
LitmusStep uncached_store(std::uint32_t variable, std::uint32_t value) {
  return {Op::kUncachedStore, variable, value};
}

}  // namespace

std::vector<Litmus> all_litmus_tests() {
  return {
      {"SB", 2, {{store(x, 1), load(y)}, {store(y, 1), load(x)}}},
      {"MP", 2, {{store(x, 1), store(y, 1)}, {load(y), load(x)}}},
      {"LB", 2, {{load(x), store(y, 1)}, {load(y), store(x, 1)}}},
      {"IRIW", 2, {{store(x, 1)}, {store(y, 1)}, {load(x), load(y)}, {load(y), load(x)}}},
      {"CoRR", 1, {{store(x, 1)}, {load(x), load(x)}}},
      {"CoRR2", 1, {{store(x, 1)}, {store(x, 2)}, {load(x), load(x)}, {load(x), load(x)}}},
      {"2+2W", 2, {{store(x, 1), store(y, 2)}, {store(y, 1), store(x, 2)}}},
      {"SB+uncached", 2, {{uncached_store(x, 1), load(y)}, {store(y, 1), uncached_load(x)}}},
      {"MP+uncached", 2, {{store(x, 1), uncached_store(y, 1)}, {uncached_load(y), load(x)}}},
      {"LL/SC race",
       1,
       {{load_linked(x), store_conditional(x, 1)}, {load_linked(x), store_conditional(x, 2)}}},
      {"LL/SC and a store", 1, {{load_linked(x), store_conditional(x, 1)}, {store(x, 2)}}},
      {"LL/SC and an uncached store",
       1,
       {{load_linked(x), store_conditional(x, 1)}, {uncached_store(x, 2)}}},
      {"LL/SC and a reader", 1, {{load_linked(x), store_conditional(x, 1)}, {load(x), load(x)}}},
      {"LL/SC of three",
       1,
       {{load_linked(x), store_conditional(x, 1)},
        {load_linked(x), store_conditional(x, 2)},
        {load_linked(x), store_conditional(x, 3)}}},
      {"SB+SC",
       2,
       {{load_linked(x), store_conditional(x, 1), load(y)},
        {load_linked(y), store_conditional(y, 1), load(x)}}},
  };
}

}  // namespace test
