// The sandbox: what a configuration can reach, how long it may run, and that it says the same every
// time.
#include "config/lua_state.hpp"

#include "tests/support/catch.hpp"

using namespace config;

namespace {

Result<Json, LuaFailure> run(const std::string& text, std::uint64_t seed = 1) {
  LuaState lua{seed};
  return lua.run(text);
}

LuaFailure failure(const std::string& text) {
  const auto result = run(text);
  INFO(text);
  REQUIRE_FALSE(result);
  return result.error();
}

// The value of an expression, through the question of an experiment.
Json value_of(const std::string& expression, std::uint64_t seed = 1) {
  const auto result = run("experiment \"t\" { v = " + expression + " }", seed);
  INFO(expression << (result ? "" : result.error().what));
  REQUIRE(result);
  return (*result)["body"]["v"];
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
  CHECK(why_unfit(value_of("'a\x7f'"))->find("control characters") != std::string::npos);
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
  CHECK(why_unfit(value_of("function() end")) == "a function cannot be a value");
  CHECK(why_unfit(value_of("{ 1, { b = function() end } }")[1]["b"]) ==
        "a function cannot be a value");
  CHECK(why_unfit(value_of("none")) == "a function cannot be a value (did you mean none()?)");
  CHECK(why_unfit(value_of("flash")) ==
        "a function cannot be a value (did you mean flash { ... }?)");
  CHECK(why_unfit(value_of("case 'a'")) ==
        "a function cannot be a value (did you mean case \"label\" { ... }?)");
  CHECK(why_unfit(value_of("0/0")) == "a number is not finite");
  CHECK(why_unfit(value_of("'\\xff'"))->find("not UTF-8") != std::string::npos);
  CHECK(why_unfit(value_of("'a\\0b'"))->find("control characters") != std::string::npos);
  CHECK_FALSE(why_unfit(value_of("{ 1 }")));
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
  CHECK(value_of("case { 'a', 'b' } { x = 1 }")["labels"] == Json::array({"a", "b"}));
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
