// Catch2 beside our own CHECK: in a test CHECK is Catch2's. Include this, never <catch2/catch.hpp>.
// Inline code in headers therefore writes common::check() where it means ours.
#pragma once

#include "common/check.hpp"

#undef CHECK
#include <catch2/catch.hpp>
