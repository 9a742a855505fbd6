// The tables under judgement: the shipped ones, or a copy with one wrong row.
#pragma once

#include "numa/coherence/cache_table.hpp"
#include "numa/coherence/directory_table.hpp"

namespace test {

struct Tables {
  numa::coherence::CacheProtocol::Table cache = numa::coherence::kCacheTable;
  numa::coherence::HomeProtocol::Table home = numa::coherence::kHomeTable;
};

}  // namespace test
