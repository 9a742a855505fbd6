// Every body that mips4.def names.
#pragma once

#include "cpu/semantics/control.hpp"
#include "cpu/semantics/fpu_arithmetic.hpp"
#include "cpu/semantics/fpu_convert.hpp"
#include "cpu/semantics/fpu_moves.hpp"
#include "cpu/semantics/integer.hpp"
#include "cpu/semantics/memory.hpp"
#include "cpu/semantics/system.hpp"
