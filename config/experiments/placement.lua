-- What does it cost when a program's pages lie on other nodes than the threads that use them? Eight processors on eight nodes run
-- one parallel program (docs/tinyix.md); the kernel takes pages from where they are touched first, from all nodes in turn, or
-- from node 0. Caches and memory are modelled while the program works, not while the kernel boots.
--
-- What one processor does to another is seen up to a quantum late: --set machine.memory_quantum=90cycles repeats it at a quarter of
-- the default.

local placements = {}
for _, name in ipairs { "first-touch", "round-robin", "node-0" } do
  placements[#placements + 1] = case(name) { guest = { append = "placement=" .. name } }
end

local function cheaper(metric, than)
  return check { that = "pages where they are touched first cost less", metric = metric,
                 at = { placement = "first-touch" }, below = { placement = than } }
end

experiment "placement" {
  question = "What does it cost when a program's pages lie on other nodes than its threads?",
  limit = "5Ginsn",

  machine = flash {
    nodes = 8, cpus_per_node = 1,
    mem = { per_node = "16MB" },
    occupancy = { modelled = true },
  },

  -- Half a megabyte for each thread: more than its primary caches hold, and not all of it stays in the secondary cache.
  workload = workload "parallel" { args = { 8, "2M", 4, 2000 } },

  sweep = { { name = "placement", values = placements } },
  phases = { roi = { from = 1, to = 2, fidelity = "memory" } },
  measure = "roi",

  expect = {
    cheaper("cycles", "round-robin"), cheaper("cycles", "node-0"), cheaper("memory.mean", "round-robin"),
    check { that = "most misses stay on their node", metric = "memory.local", at = { placement = "first-touch" },
            above = { placement = "round-robin" } },
  },

  report = { compare = "placement", baseline = "first-touch", headline = "cycles" },
}
