-- Does an unmodified Linux 6.1 with our platform boot on the bare machine, and do its programs compute what they must?
-- Needs ./bootstrap linux once. The phase is the tests' run; "boot" is everything before it.

experiment "linux-boot" {
  question = "Does Linux 6.1 run on the bare machine, and where do its cycles go?",
  limit = "40Ginsn",

  machine = flash {
    clock = "400MHz",
    fidelity = "tlb",
    mem = { per_node = "128MB" },
  },

  guest = { kernel = "linux", initrd = "linux" },
  workload = { program = "all" },

  phases = { roi = { from = 1, to = 2 } },
  measure = "roi",
}
