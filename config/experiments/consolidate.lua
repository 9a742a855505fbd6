-- What does it cost to put work that used to have a machine each into virtual machines of one? The same program runs natively on one
-- processor, alone in a virtual machine, and in 2, 4 and 8 virtual machines at a time, on 8 processors over 4 nodes.
--
-- With as many processors as virtual machines each should take as long as one alone; --set vms.work.cpus=0-1 makes them share two.

local points = {
  case "native" { monitor = none(), machine = { nodes = 1, cpus_per_node = 1 } },
}
for _, count in ipairs { 1, 2, 4, 8 } do
  points[#points + 1] = case(count .. (count == 1 and " VM" or " VMs")) { monitor = disco {}, vms = { vm "work" { count = count } } }
end

experiment "consolidate" {
  question = "What does a program take when 1, 2, 4 and 8 virtual machines run it at the same time, against alone on the bare machine?",
  limit = "10Ginsn",

  machine = flash {
    nodes = 4, cpus_per_node = 2,
    mem = { per_node = "48MB" },
  },

  monitor = { vm = { memory = "16MB" } },
  workload = workload "chase" { args = { "2M", 20000 } },

  sweep = { { name = "system", values = points } },
  phases = { roi = { from = 1, to = 2 } },
  measure = "roi",

  -- Each machine's own time from its mark to its mark; how long all of them took together are the cycles.
  expect = {
    check { that = "a machine alone is slower than the bare machine", metric = "each.mean", at = { system = "1 VM" }, above = { system = "native" } },
    check { that = "two machines on eight processors do not disturb each other", metric = "each.mean", at = { system = "2 VMs" },
            near = { system = "1 VM" }, within = 50000 },
  },

  report = { compare = "system", baseline = "native", headline = "each.mean" },
}
