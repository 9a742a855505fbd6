// The sandbox: what a configuration can reach, how long it may run, and that it says the same every
// time.
#include <nlohmann/json.hpp>

#include "config/lua/lua_state.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace config;

namespace {

Result<LuaResult, LuaFailure> run(const std::string& text, std::uint64_t seed = 1) {
  LuaState lua{seed};
  return lua.run(text);
}

LuaFailures failures(const std::string& text) {
  const auto result = run(text);
  INFO(text);
  if (!result) return {result.error()};
  REQUIRE_FALSE(result->wrong.empty());
  return result->wrong;
}
LuaFailure failure(const std::string& text) { return failures(text).front(); }

// The value of an expression, through the question of an experiment.
SortedJson value_of(const std::string& expression, std::uint64_t seed = 1) {
  const auto result = run("experiment \"t\" { v = " + expression + " }", seed);
  INFO(expression << (result ? "" : result.error().what));
  REQUIRE(result);
  REQUIRE(result->wrong.empty());
  return result->experiment["body"]["v"];
}

// Why that value is none.
std::string why(const std::string& expression) {
  return failure("experiment \"t\" { v = " + expression + " }").what;
}

}  // namespace

TEST_CASE("Lua: nothing of the outside can be reached", "[config]") {
  const auto* name =
      GENERATE("io", "os", "require", "load", "loadfile", "dofile", "loadstring", "debug",
               "package", "coroutine", "collectgarbage", "getmetatable", "setmetatable", "rawset",
               "rawget", "rawequal", "pcall", "xpcall", "next", "_G", "print", "utf8", "warn");
  CHECK(failure(std::string{"local x = "} + name)
            .what.find("unknown name \"" + std::string{name} + "\"") == 0);
}

TEST_CASE("Lua: a message quotes nothing that a terminal would act upon", "[config]") {
  CHECK(failure("x = } \x1b[2J").what.find('\x1b') == std::string::npos);
  CHECK(failure("x = \"\x1b[2J\n").what == "unfinished string near '\"?[2J'");
  CHECK(failure("x = \x7f").what.find('\x7f') == std::string::npos);
  CHECK(failure("error('a\\nb\\27c')").what == "a?b?c");
  CHECK(failure("error('\xc3\xa9 \xff')").what == "?? ?");
  CHECK(failure("error('\xc3\xa9')").what == "\xc3\xa9");
  CHECK(why("'a\x7f'").find("control characters") != std::string::npos);
}

TEST_CASE("Lua: no way around through what is left", "[config]") {
  CHECK(value_of("tostring(string.dump)") == "nil");
  CHECK(value_of("tostring(string.gsub)") == "nil");
  CHECK(value_of("tostring(table.move)") == "nil");
  CHECK(value_of("tostring(math.randomseed)") == "nil");
  CHECK(failure("\x1bLua").what.find("attempt to load a binary chunk") != std::string::npos);
  // A string's methods are the same few.
  CHECK(failure("local s = ('x'):gmatch('.')").what.find("attempt to call a nil value") == 0);
}

TEST_CASE("Lua: where no line is known none is told", "[config]") {
  const LuaFailure thrown = failure("local x = 1\nerror({})");
  CHECK(thrown.line == 0);
  CHECK(thrown.what == "error() was called without a text");
  const LuaFailure large = failure("local x = 1\nlocal t = {} while true do t[#t + 1] = {} end");
  CHECK(large.line == 0);
  CHECK(large.what == "the file needs too much memory");
}

TEST_CASE("Lua: of very many wrong values the first fifty are told", "[config]") {
  for (const std::size_t wrong : {49u, 50u, 51u, 1000u}) {
    const auto told = failures("local t = {} for i = 1, " + std::to_string(wrong) +
                               " do t['k' .. i] = function() end end experiment 't' { v = t }");
    CHECK(told.size() == std::min<std::size_t>(wrong, 50));
  }
}

TEST_CASE("Lua: what does not end is ended", "[config]") {
  CHECK(failure("while true do end").what.find("instruction budget") != std::string::npos);
  CHECK(failure("local function f() return f() end f()").what.find("instruction budget") !=
        std::string::npos);
  CHECK(failure("local t = {} for i = 1, 1e18 do t[1] = i end").what.find("instruction budget") !=
        std::string::npos);
  CHECK(failure("local t = {} for i = 1, 60000 do t[i] = -i end while true do table.sort(t) end")
            .what.find("instruction budget") != std::string::npos);
  CHECK(failure("local t = {} while true do t[#t + 1] = {} end").what.find("memory") !=
        std::string::npos);
  CHECK(failure("local s = 'x' while true do s = s .. s end").what.find("memory") !=
        std::string::npos);
  CHECK(failure("local s = ('x'):rep(1000000) while true do local t = s .. 'y' end")
            .what.find("memory") != std::string::npos);
  CHECK(failure("local s = ('x'):rep(1 << 40)").what.find("too long") != std::string::npos);
  CHECK_FALSE(failure("local function f() return 1 + f() end f()").what.empty());
}

TEST_CASE("Lua: a table that contains itself, or far too much, is no value", "[config]") {
  CHECK(failure("local t = {} t.t = t experiment 'x' (t)").what.find("nested too deeply") !=
        std::string::npos);
  CHECK(failure("local t = {1} for i = 1, 40 do t = {t, t} end experiment 'x' {t = t}")
            .what.find("nested too deeply") != std::string::npos);
  CHECK(failure("local t = {1} for i = 1, 20 do t = {t, t} end experiment 'x' {t = t}")
            .what.find("too many values") != std::string::npos);
  CHECK(failure("experiment 'x' { 1, 2, a = 3 }").what ==
        "a table mixes a list with named keys (\"a\")");
}

TEST_CASE("Lua: what is no value is told in its place and hides nothing", "[config]") {
  CHECK(why("function() end") == "a function cannot be a value");
  CHECK(why("none") == "a function cannot be a value (did you mean none()?)");
  CHECK(why("flash") == "a function cannot be a value (did you mean flash { ... }?)");
  CHECK(why("case 'a'") == "a function cannot be a value (did you mean case \"label\" { ... }?)");
  CHECK(why("0/0") == "a number is not finite");
  CHECK(why("'\\xff'").find("not UTF-8") != std::string::npos);
  CHECK(why("'a\\0b'").find("control characters") != std::string::npos);
  const auto several = failures("experiment 't' { a = { 1, { b = function() end } }, c = none }");
  REQUIRE(several.size() == 2);
  CHECK(several[0].path == "a.2.b");
  CHECK(several[0].what == "a function cannot be a value");
  CHECK(several[1].path == "c");
}

TEST_CASE("Lua: pairs has an order, chance a seed, and no address becomes text", "[config]") {
  const char* keys =
      "(function() local s = '' for k in pairs{zeta=1, alpha=2, mid=3, [2]=4, [1]=5, [true]=6} do "
      "s = s .. tostring(k) .. ' ' end return s end)()";
  CHECK(value_of(keys) == "true 1 2 alpha mid zeta ");
  const char* dice = "math.random(1, 1000000)";
  CHECK(value_of(dice, 7) == value_of(dice, 7));
  CHECK(value_of(dice, 7) != value_of(dice, 8));
  CHECK(value_of("tostring({})") == "table");
  CHECK(value_of("tostring(tostring)") == "function");
  CHECK(failure("local s = string.format('%s', {})").what.find("cannot print a table") !=
        std::string::npos);
  CHECK(failure("local s = string.format('%p', 'x')").what.find("not available") !=
        std::string::npos);
  CHECK(failure("for k in pairs { [{}] = 1 } do end").what.find("has no order") !=
        std::string::npos);
}

TEST_CASE("Lua: the words of an experiment", "[config]") {
  CHECK(value_of("none()")["kind"] == "none");
  CHECK(value_of("disco { l2tlb = { entries = 4 } }")["l2tlb"]["entries"] == 4);
  CHECK(value_of("disco {}")["kind"] == "disco");
  CHECK(value_of("workload 'chase'")["program"] == "chase");
  CHECK(value_of("workload 'chase' { args = { 1 } }")["program"] == "chase");
  CHECK(value_of("case { 'a', 'b' } { x = 1 }")["labels"] == SortedJson::array({"a", "b"}));
  CHECK(failure("experiment 'a' {} experiment 'b' {}").what ==
        "a file holds one experiment, this is the second");
  CHECK(failure("local x = 1").what == "declares no experiment (experiment \"name\" { ... })");
  CHECK(failure("flsh {}").what == "unknown name \"flsh\" (did you mean \"flash\"?)");
}

TEST_CASE("Lua: a mistake has its line", "[config]") {
  CHECK(failure("\n\nlocal x = = 1").line == 3);
  CHECK(failure("local x = 1\nerror('no')").line == 2);
  CHECK(failure("local x = 1\n\n\nfnord()").line == 4);
}

TEST_CASE("Lua: sorting, inserting and removing work as usual", "[config]") {
  const char* sorted =
      "(function() local t = {3, 1, 2} table.sort(t) table.insert(t, 1, 9) table.insert(t, 5) "
      "table.remove(t, 2) return table.concat(t, ' ') end)()";
  CHECK(value_of(sorted) == "9 2 3 5");
  CHECK(value_of("table.concat({table.unpack({1, 2, 3}, 2)}, ' ')") == "2 3");
}

TEST_CASE("Lua: every value that cannot be one is told, in one order", "[config]") {
  const LuaFailures all = failures(
      "local f = function() end experiment 'x' { z = f, b = { 1, f, 0/0 }, a = { k = f, j = f }, "
      "m = '\\xff' }");
  std::string told;
  for (const LuaFailure& one : all) told += one.path + ": " + one.what + "; ";
  CHECK(told ==
        "a.j: a function cannot be a value; a.k: a function cannot be a value; "
        "b.2: a function cannot be a value; b.3: a number is not finite; "
        "m: a text is not UTF-8 or has control characters; z: a function cannot be a value; ");
  CHECK(failure("experiment 'x' { v = { 1, nil, 3 } }").what ==
        "a list has a hole: it holds something at 3, nothing at 2");
  CHECK(failure("local s = ('x'):rep(100000) local t = {} for i = 1, 1000 do t[i] = s end "
                "experiment 'x' { v = t }")
            .what == "the texts of the experiment are too long");
}

TEST_CASE("Lua: sorting follows the list and the order alone", "[config]") {
  // Lua's own sort draws pivots from the clock for lists that are unbalanced and long.
  const char* count =
      "(function() local n, t = 0, {} for i = 1, 3000 do t[i] = i <= 2700 and 0 or i % 7 end "
      "table.sort(t, function(a, b) n = n + 1 return a < b end) return n end)()";
  const SortedJson first = value_of(count);
  for (int i = 0; i < 20; ++i) CHECK(value_of(count) == first);
  CHECK(value_of("(function() local t = {} for i = 1, 100 do t[i] = { i % 3, i } end "
                 "table.sort(t, function(a, b) return a[1] < b[1] end) local s = '' "
                 "for i = 1, 100 do s = s .. t[i][1] end return s end)()") ==
        std::string(33, '0') + std::string(34, '1') + std::string(33, '2'));
  CHECK(failure("table.sort({ 3, {}, 1 })").what.find("attempt to compare") == 0);
  CHECK(failure("table.sort({ 3, 1 }, 5)").what == "table.sort: the order is no function");
  CHECK(value_of("(function() local t = { 3, 1, 2 } table.sort(t, function() return true end) "
                 "return #t end)()") == 3);
}

TEST_CASE("Lua: the length of a list with holes is a function of what was done with it",
          "[config]") {
  // Where names lie in a table depends on a seed that Lua takes from the clock and from addresses,
  // and with it when a table grows, and which of several borders `#` finds.
  const char* lengths =
      "(function() local out = {} for round = 1, 40 do local t = {} "
      "for i = 1, 6 do t['a' .. i .. '_' .. round] = true end t[1] = 1 t[2] = 1 "
      "for i = 1, 6 do t['a' .. i .. '_' .. round] = nil end "
      "t[5] = 1 t[6] = 1 t[7] = 1 t[8] = 1 "
      "for i = 1, 30 do t['k' .. i .. '_' .. round] = true t['k' .. i - 1 .. '_' .. round] = nil "
      "out[#out + 1] = #t end end return table.concat(out, ' ') end)()";
  const SortedJson first = value_of(lengths);
  for (int i = 0; i < 20; ++i) CHECK(value_of(lengths) == first);
}

TEST_CASE("Lua: # binds and counts as Lua's own", "[config]") {
  const std::pair<const char*, int> cases[] = {
      {"#'abc'", 3},
      {"#{1, 2, 3}", 3},
      {"-#'ab'", -2},
      {"2^#'ab'", 4},
      {"#'ab' + 1", 3},
      {"1 + #'ab' * 2", 5},
      {"#('ab' .. 'cd')", 4},
      {"#('ab'):rep(3)", 6},
      {"10 - #'a' - #'b'", 8},
      {"#[==[a]]b]==]", 4},
      {"#\"it's #1\"", 7},
      {"#'a\\'#b'", 4},
      {"#{n = 1}", 0},
      {"(function()return#'abcd'end)()", 4},
      {"#--[[ # ]]'abc'", 3},
      {"#'a\\z\n  b'", 2},
      {"select('#', 1, nil, nil)", 3},
      {"(function() local t = {} for i = 1, 9 do t[#t + 1] = i end t[#t] = nil return #t end)()",
       8},
  };
  for (const auto& [expression, length] : cases) {
    INFO(expression);
    CHECK(value_of(expression).get<double>() == length);
  }
  CHECK(failure("local x = #5").what == "attempt to get the length of a number value");
  CHECK(failure("local t = {}\nlocal x = #t.a").line == 2);
  CHECK(failure("local x = #").what.find("unexpected symbol near") == 0);
  CHECK(failure("#!/usr/bin/env disco").what.find("near '#'") != std::string::npos);
}

TEST_CASE("Lua: what takes the compiler long is not compiled", "[config]") {
  const auto times = [](std::size_t n, const std::string& piece) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += piece;
    return text;
  };
  std::string nested;
  for (int level = 0; level < 150; ++level) {
    nested += "local function f() local a0";
    for (int i = 1; i < 190; ++i) nested += ", a" + std::to_string(i);
    nested += " ";
  }
  const auto before = thread_time();
  for (const std::string& text :
       {"local a x = a" + times(200'000, " or a"), "local a x = a" + times(200'000, " and a"),
        "local a if a then" + times(60'000, " elseif a then") + " end",
        nested + times(200'000, "b=b ") + times(150, "end ")}) {
    CHECK(failure(text).what.find("the file has ") == 0);
  }
  CHECK(thread_time() - before < 10'000'000'000);
  CHECK(failure("local a local x = a" + times(9'000, " or a")).what.find("declares no") == 0);
  CHECK(failure("local t = {" + times(100'000, "'and or',") + "}").what.find("declares no") == 0);
  CHECK(failure("local t = {" + times(60'000, "{ a = b },") + "}").what.find("unknown name") == 0);
}

TEST_CASE("Lua: what C does in one instruction is paid for", "[config]") {
  const auto* body =
      GENERATE("local s = string.rep('', 1000000)", "local n = select('#', s:byte(1, 100000))",
               "local c = tonumber(s)", "local c = tonumber(s, 36)", "local c = s < t",
               "local c = s == t", "local c = n + 0", "local c = n // 1",
               "local c = string.format('%.1s', s)", "local c = s:upper()", "local c = s:reverse()",
               "local c = math.abs(n)", "local c = (#table.concat({}, s))", "local c = z < y");
  INFO(body);
  const auto before = thread_time();
  const LuaFailure told =
      failure(std::string{"local s = ('x'):rep(1000000) local t = ('x'):rep(999999) .. 'x' "
                          "local n = (' '):rep(1000000) .. '1' local z, y = ('\\0'):rep(100000), "
                          "('\\0'):rep(100001) "
                          "for i = 1, 1000000000 do "} +
              body + " end");
  INFO(told.what);
  CHECK(told.what.find("the file runs too long: its ") == 0);
  CHECK(thread_time() - before < 10'000'000'000);
}
