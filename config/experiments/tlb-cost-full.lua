-- @tlb-cost at full size: every program that can miss does so a million times and more, far from the TLB's
-- reach. About half an hour on two host CPUs; -j and --only (program=chase) cut it into pieces.

local programs = {
  { "sequential", near = { "256K", 1000 },           far = { "8M", 1000 } },
  { "strided",    near = { "256K", "8K", 20000 },    far = { "8M", "8K", 1000 } },
  { "chase",      near = { "256K", 2000000 },        far = { "8M", 1100000 } },
  { "random",     near = { "256K", 2000000 },        far = { "8M", 1100000 } },
  { "matrix",     near = { 128, 10 },                far = { 368, 1 } },
  { "pingpong",   near = { "32K", 1000 },            far = { "1M", 4500 } },
  { "forkstorm",  near = { 1000, "32K" },            far = { 9500, "512K" } },
  { "spin",       near = { 10000000 },               far = { 100000000 } },
}

local workloads = {}
for _, p in ipairs(programs) do
  for _, footprint in ipairs { "near", "far" } do
    workloads[#workloads + 1] = case { p[1], footprint } { workload = { program = p[1], args = p[footprint] } }
  end
end


-- Where misses dominate: native < L2TLB < reflected. Where nothing misses: next to no cost.
local expectations = {
  check { that = "what never misses runs as fast below the monitor without an L2TLB", metric = "slowdown",
          where = { program = "spin" }, at = { system = "reflected" }, below = 1.02 },
  check { that = "what never misses runs as fast below the monitor with one", metric = "slowdown",
          where = { program = "spin" }, at = { system = "l2tlb" }, below = 1.02 },
}
for _, program in ipairs { "sequential", "strided", "chase", "random", "matrix", "pingpong" } do
  local far = { program = program, footprint = "far" }
  expectations[#expectations + 1] = check {
    that = "a miss costs more from the L2TLB than natively", metric = "miss.mean",
    where = far, at = { system = "l2tlb" }, above = { system = "native" } }
  expectations[#expectations + 1] = check {
    that = "a miss costs less from the L2TLB than reflected", metric = "miss.mean",
    where = far, at = { system = "l2tlb" }, below = { system = "reflected" } }
end

experiment "tlb-cost-full" {
  question = "What does a TLB miss cost: native, reflected by the monitor, and with its second-level TLB?",
  limit = "200Ginsn",

  machine = flash {
    clock = "400MHz",
    fidelity = "tlb",
    mem = { per_node = "96MB" },
    cpu = r10000 { tlb = { entries = 64, random = "lfsr" } },
  },

  sweep = {
    { name = { "program", "footprint" }, values = workloads },
    { name = "system", values = {
        case "native"    { monitor = none() },
        case "reflected" { monitor = disco { l2tlb = { entries = 0 } } },
        case "l2tlb"     { monitor = disco { l2tlb = { entries = 8192 } } },
      } },
  },

  phases = { roi = { from = 1, to = 2 } },
  measure = "roi",

  expect = expectations,

  report = {
    compare = "system", baseline = "native",
    headline = { metric = "miss.mean", mean = "geometric", where = { footprint = "far" } },
  },
}
