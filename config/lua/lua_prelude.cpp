#include "config/lua/lua_prelude.hpp"

namespace config {

const char* const kLuaPrelude = R"lua(
local seed, made_by, charge, length, merge_sort = ...
local next, type, error, select = next, type, error, select
local raw_rep, raw_format, raw_tostring = string.rep, string.format, tostring
local find, is_integer = string.find, math.type
local setmetatable = setmetatable

-- Order: Lua's own sort draws its pivots from the clock -------------------------------------------
local rank = { boolean = 1, number = 2, string = 3 }
local function before(a, b)
  local ra, rb = rank[type(a)], rank[type(b)]
  if ra ~= rb then return ra < rb end
  if ra == 1 then return not a and b end
  return a < b
end

function table.sort(t, order)
  if type(t) ~= "table" then error("table.sort needs a table, got " .. type(t), 2) end
  if order ~= nil and type(order) ~= "function" then error("table.sort: the order is no function", 2) end
  local n, copy = length(t), {}
  for i = 1, n do copy[i] = t[i] end
  local sorted = merge_sort(copy, {}, n, order, before)
  for i = 1, n do t[i] = sorted[i] end
end

function pairs(t)
  if type(t) ~= "table" then error("pairs needs a table, got " .. type(t), 2) end
  local keys, n = {}, 0
  for k in next, t do
    if not rank[type(k)] then error("pairs: a key of type " .. type(k) .. " has no order", 2) end
    n = n + 1
    keys[n] = k
  end
  keys = merge_sort(keys, {}, n, nil, before)
  local i = 0
  return function()
    i = i + 1
    local k = keys[i]
    if k ~= nil then return k, t[k] end
  end
end

-- Chance: splitmix64 -----------------------------------------------------------------------------
local state = seed
local function random64()
  state = state + 0x9e3779b97f4a7c15
  local z = state
  z = (z ~ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ~ (z >> 27)) * 0x94d049bb133111eb
  return z ~ (z >> 31)
end

function math.random(low, high)
  if low == nil then return (random64() >> 11) * (1.0 / 9007199254740992.0) end
  if high == nil then low, high = 1, low end
  if math.type(low) ~= "integer" or math.type(high) ~= "integer" or low > high then
    error("math.random: bad interval", 2)
  end
  local size = high - low + 1
  if size <= 0 then return random64() end
  return low + (random64() >> 1) % size
end
math.randomseed = nil

-- Text: no addresses, no pattern that runs for ever ---------------------------------------------
local function printable(v)
  local t = type(v)
  if t == "string" or t == "number" or t == "boolean" or t == "nil" then return true end
  return false
end

function tostring(v)
  if printable(v) then return raw_tostring(v) end
  return type(v)
end

string.rep = function(s, n, separator)
  if type(n) ~= "number" or n > 1000000 then error("string.rep: too long", 2) end
  local bytes = (type(s) == "string" and length(s) or 20) +
                (type(separator) == "string" and length(separator) or 0)
  if n > 0 then charge(n // 4 + n * bytes // 16) end
  return raw_rep(s, n, separator)
end
string.format = function(text, ...)
  for i = 1, select("#", ...) do
    if not printable((select(i, ...))) then
      error("string.format: cannot print a " .. type((select(i, ...))), 2)
    end
  end
  if find(text, "%%[-+ #0-9.]*p") then error("string.format: %p is not available", 2) end
  return raw_format(text, ...)
end

-- The words of an experiment ----------------------------------------------------------------------
local result = nil

-- A word takes what docs/experiments.md says and nothing else: what it dropped would be missed.
-- Calls are in parentheses, so that they are no tail calls and errors know the line of the caller.
local function table_of(word, ...)
  if select("#", ...) > 1 then error(word .. " takes one table: " .. word .. " { ... }", 3) end
  local t = ...
  if type(t) ~= "table" then error(word .. " needs a table: " .. word .. " { ... }", 3) end
  made_by[t] = word
  return t
end

function flash(...) return (table_of("flash", ...)) end
function r10000(...) return (table_of("r10000", ...)) end
function check(...) return (table_of("check", ...)) end
function disco(...)
  local t = select("#", ...) == 0 and (table_of("disco", {})) or (table_of("disco", ...))
  if t.kind == nil then t.kind = "disco" end
  if t.kind ~= "disco" then error("disco { ... } is a monitor of the kind disco", 2) end
  return t
end
function none(...)
  if select("#", ...) > 0 then error("none takes nothing: none()", 2) end
  return (table_of("none", { kind = "none" }))
end

function workload(program, ...)
  if select("#", ...) > 0 then
    error('workload takes a name, and a table behind it: workload "stride" { ... }', 2)
  end
  if type(program) == "table" then return (table_of("workload", program)) end
  if type(program) ~= "string" then error('workload needs a name: workload "stride" { ... }', 2) end
  local t = (table_of("workload", { program = program }))
  return setmetatable(t, { __call = function(_, ...)
    local more = (table_of("workload", ...))
    if more.program ~= nil then error("workload: the program is already named", 2) end
    more.program = program
    return more
  end })
end

function vm(name, ...)
  if type(name) ~= "string" or select("#", ...) > 0 then
    error('vm takes a name, and a table behind it: vm "name" { ... }', 2)
  end
  local function of(...)
    if select("#", ...) ~= 1 or type((...)) ~= "table" then
      error('vm needs one table: vm "name" { ... }', 2)
    end
    return (table_of("vm", { name = name, set = (...) }))
  end
  made_by[of] = 'vm "name" { ... }'
  return of
end

function case(label, ...)
  if label == nil or select("#", ...) > 0 then
    error('case takes a label, and a table behind it: case "label" { ... }', 2)
  end
  local labels = type(label) == "table" and label or { label }
  local function set_of(...)
    if select("#", ...) ~= 1 or type((...)) ~= "table" then
      error('case needs one table: case "label" { ... }', 2)
    end
    return (table_of("case", { labels = labels, set = (...) }))
  end
  made_by[set_of] = 'case "label" { ... }'
  return set_of
end

function experiment(name, ...)
  if result then error("a file holds one experiment, this is the second", 2) end
  if type(name) ~= "string" then error('experiment needs a name: experiment "name" { ... }', 2) end
  local level = 2
  local function of(...)
    if select("#", ...) ~= 1 or type((...)) ~= "table" then
      error('experiment needs one table: experiment "name" { ... }', level)
    end
    result.body = ...
  end
  result = { name = name }
  if select("#", ...) == 0 then return of end
  level = 3
  of(...)
end

-- A word that stands as a value, without what it takes, is told as such.
made_by[none] = "none()"
for word, f in next, { flash = flash, r10000 = r10000, check = check, disco = disco } do
  made_by[f] = word .. " { ... }"
end
made_by[workload] = 'workload "NAME" { ... }'
made_by[vm] = 'vm "name" { ... }'
made_by[case] = 'case "label" { ... }'

-- Lists ------------------------------------------------------------------------------------------
local raw_concat = table.concat
function table.concat(t, separator, i, j)
  if type(t) ~= "table" then error("table.concat needs a table, got " .. type(t), 2) end
  i, j = i or 1, j or length(t)
  if is_integer(i) ~= "integer" or is_integer(j) ~= "integer" then
    error("table.concat: a position is no integer", 2)
  end
  if j >= i then charge(j - i >= 0 and j - i or math.maxinteger) end
  return raw_concat(t, separator, i, j)
end
function table.insert(t, at, ...)
  local n = length(t)
  if select("#", ...) == 0 then
    t[n + 1] = at
    return
  end
  if is_integer(at) ~= "integer" or at < 1 or at > n + 1 then error("table.insert: bad position", 2) end
  for i = n, at, -1 do t[i + 1] = t[i] end
  t[at] = (...)
end
function table.remove(t, at)
  local n = length(t)
  at = at or n
  if n == 0 then return nil end
  if is_integer(at) ~= "integer" or at < 1 or at > n then error("table.remove: bad position", 2) end
  local value = t[at]
  for i = at, n do t[i] = t[i + 1] end
  return value
end

-- What is left of the library ---------------------------------------------------------------------
local kept = {}
for word in ("assert error ipairs pairs select tonumber tostring type math string table " ..
             "flash r10000 check disco none workload vm case experiment"):gmatch("%S+") do
  kept[word] = true
end
local globals = _G
for name in next, globals do
  if not kept[name] then globals[name] = nil end
end
for _, name in ipairs { "find", "match", "gmatch", "gsub", "dump", "pack", "unpack", "packsize" } do
  string[name] = nil
end
table.move = nil
table.unpack = function(t, i, j)
  i, j = i or 1, j or length(t)
  if j - i > 250 then error("table.unpack: too many values", 2) end
  local function from(k) if k <= j then return t[k], from(k + 1) end end
  return from(i)
end

local known = {}
for word in pairs(kept) do known[length(known) + 1] = word end
return function() return result end, known
)lua";

}  // namespace config
