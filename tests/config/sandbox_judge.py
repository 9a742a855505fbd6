#!/usr/bin/env python3
"""Experiment files that never end, and one that must mean the same at every load.

usage: sandbox_judge.py DISCO [--files N] [--loads N] [--seed N]

Each generated file mixes, in a loop without an end, functions of Lua that work long in one call and
operators that work long in one instruction. `disco check` must refuse every one with exit code 3 and a
sentence, within 10 s of processor time. The file of the second part sorts, counts what its order was
asked, and looks at lengths of lists with holes; all loads of it, in processes of their own, must give
one configuration. The seed is printed; a file that fails is printed too.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_SECONDS = 10

TEXTS = [
    "('x'):rep(%d)", "(' '):rep(%d) .. '1'", "('0'):rep(%d)", "('\\0'):rep(%d)", "('\\0a'):rep(%d // 2)",
    "('9'):rep(%d)", "'0x' .. ('f'):rep(%d)", "('%%s'):rep(%d // 2)", "('1e'):rep(%d // 2)",
]
# s, t: long texts; n: one that may be a number; l: a list; h: a list with holes; f: takes arguments.
STEPS = [
    "local c = s == t", "local c = s < t", "local c = s <= t", "local c = t < s", "local c = (s .. '') == t",
    "local c = tonumber(s)", "local c = tonumber(n, 36)", "local c = tonumber(n)", "local c = tostring(s)",
    "local c = string.rep('', 1000000)", "local c = string.rep(s, 2, t)", "local c = ('ab'):rep(400000)",
    "local c = string.format('%.1s', s)", "local c = string.format('%q', s)", "local c = string.format('%99.9f', i)",
    "local c = select('#', s:byte(1, -1))", "local c = s:upper()", "local c = s:lower()", "local c = s:reverse()",
    "local c = s:sub(2)", "local c = #s", "local c = s:len()", "local c = #l + #h", "local c = string.char(s:byte(1, 200))",
    "table.sort(l)", "table.sort(l, function(a, b) return a > b end)", "table.sort(l, function() return i % 2 == 0 end)",
    "local c = #table.concat(l, t:sub(1, 100))", "local c = table.concat(l)", "table.insert(l, 1, i)", "table.remove(l, 1)",
    "for k, v in pairs(h) do local c = v end", "for k, v in ipairs(l) do local c = v end", "local c = select('#', table.unpack(l, 1, 200))",
    "f(s:byte(1, 5000))", "f(table.unpack(l, 1, 200))", "local c = math.max(s:byte(1, 5000))", "local c = math.tointeger(n)",
    "l[#l + 1] = i", "h[i * 2] = i", "l = {}", "local c = { s:byte(1, 1000) }", "local c = s .. i", "local c = assert(s)",
    "local c = function() return s end", "local c = { s, t, l, h }", "local c = math.random(1, 10) + math.sin(i)",
]
# These raise an error where n is no number, so they come in files that have one.
NUMERIC = ["local c = n + 0", "local c = n * 2", "local c = n // 1", "local c = -n", "local c = n | 0", "local c = n & 1",
           "local c = 1 ~ n", "for k = 1, 2, 1 do local c = n - k end", "local c = math.abs(n)", "local c = math.floor(n)",
           "local c = string.format('%d', n)"]
LOOPS = ["for i = 1, 1000000000 do %s end", "local i = 0 while true do i = i + 1 %s end",
         "local i = 0 repeat i = i + 1 %s until false",
         "local function go(i) %s return go(i + 1) end go(1)", "local i = 0 ::again:: i = i + 1 do %s end goto again",
         "table.sort(l, function(a, b) for i = 1, 1000000 do %s end return a < b end) while true do end"]
FUNCTIONS = ["local function f(...) for i = 1, 50 do local n = select('#', ...) end end",
             "local function f(a, ...) if a == nil then return end return f(...) end",
             "local function f(...) local t = { ... } return #t end"]


def evil(chance):
    size = chance.choice([10, 1000, 50_000, 500_000, 1_000_000])
    number = chance.random() < 0.5
    lines = [f"local s, t = {chance.choice(TEXTS) % size}, {chance.choice(TEXTS) % size}",
             "local n = (' '):rep(%d) .. '1'" % (size - 10) if number else "local n = t",
             "local l, h = {}, {}",
             f"for i = 1, {chance.choice([5, 200, 5000, 30000])} do l[i] = (i * 7919) % {chance.choice([3, 101, 99991])} end",
             f"for i = 1, {chance.choice([5, 200, 5000])} do h[i * 3] = i h['k' .. i] = i end", chance.choice(FUNCTIONS)]
    known = STEPS + (NUMERIC if number else [])
    steps = " ".join("do %s end" % chance.choice(known) if chance.random() < 0.9 else chance.choice(known).replace("local c", "c")
                     for _ in range(chance.choice([1, 1, 1, 2, 3])))
    lines += ["local c", chance.choice(LOOPS) % steps, 'experiment "evil" { workload = "hello" }']
    return "\n".join(lines) + "\n"


PURE = """
local count, out = 0, {}
local l = {}
for i = 1, 9000 do l[i] = i <= 8000 and 0 or (i * 7919) % 97 end
table.sort(l, function(a, b) count = count + 1 return a < b end)
for round = 1, 60 do
  local t = {}
  for i = 1, 6 do t["a" .. i .. "_" .. round] = true end
  t[1] = 1 t[2] = 1
  for i = 1, 6 do t["a" .. i .. "_" .. round] = nil end
  t[5] = 1 t[6] = 1 t[7] = 1 t[8] = 1
  for i = 1, 30 do
    t["k" .. i .. "_" .. round] = true
    t["k" .. i - 1 .. "_" .. round] = nil
    out[#out + 1] = #t
  end
end
local sum = 0
for i, v in ipairs(l) do sum = (sum * 31 + v) % 1000003 end
for i, v in ipairs(out) do sum = (sum * 31 + v) % 1000003 end
experiment "pure" { question = "asked " .. count .. " times", seed = sum, workload = "hello" }
"""


def run(disco, path, *options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([disco, "check", path, *options], capture_output=True, text=True, errors="replace")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def check_evil(disco, folder, files, seed):
    failures, longest, told = 0, 0.0, collections.Counter()
    for number in range(files):
        text = evil(random.Random(f"{seed}/{number}"))
        path = folder / "evil.lua"
        path.write_text(text)
        done, seconds = run(disco, path)
        longest = max(longest, seconds)
        found = re.search(r"evil\.lua(?::\d+)?: error: (.{5,400})", done.stderr)
        if done.returncode != 3 or not found or seconds > MOST_SECONDS:
            failures += 1
            print(f"file {number}: exit {done.returncode}, {seconds:.1f} s: {done.stderr[:300]}\n{text}")
            continue
        told[re.sub(r"'[^']*'|\d+", "..", found.group(1).strip())[:90]] += 1
    print(f"{files} files that never end, seed {seed}: {failures} wrong, the longest took {longest:.2f} s of processor time")
    for sentence, count in told.most_common():
        print(f"  {count:5} {sentence}")
    return failures


def check_pure(disco, folder, loads):
    path = folder / "pure.lua"
    path.write_text(PURE)
    hashes = collections.Counter()
    begin = time.time()
    for _ in range(loads):
        done, _seconds = run(disco, path, "--json")
        if done.returncode != 0:
            print(done.stdout, done.stderr)
            return 1
        hashes[json.loads(done.stdout)["hash"]] += 1
    print(f"{loads} loads of one file in {time.time() - begin:.0f} s: {len(hashes)} configurations")
    return 0 if len(hashes) == 1 else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("disco")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--loads", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1997)
    options = parser.parse_args()
    disco = os.path.abspath(options.disco)
    with tempfile.TemporaryDirectory() as folder:
        failures = check_pure(disco, Path(folder), options.loads) if options.loads else 0
        failures += check_evil(disco, Path(folder), options.files, options.seed)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
