// Names of states, events and messages, for what the judges print.
#pragma once

#include <string>

#include "numa/coherence/cache_table.hpp"
#include "numa/coherence/directory_table.hpp"
#include "numa/coherence/message.hpp"

namespace test {

const char* name_of(numa::coherence::CacheState state);
const char* name_of(numa::coherence::CacheEvent event);
const char* name_of(numa::coherence::CacheAction action);
const char* name_of(numa::coherence::CacheNever why);
const char* name_of(numa::coherence::HomeState state);
const char* name_of(numa::coherence::HomeEvent event);
const char* name_of(numa::coherence::HomeAction action);
const char* name_of(numa::coherence::HomeNever why);
const char* name_of(numa::coherence::MessageType type);

/// "cache 2", "port 0".
std::string name_of(numa::coherence::Party party);

}  // namespace test
