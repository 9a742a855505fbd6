-- Does an unmodified Linux 6.1 with our platform boot on the bare machine, do its programs compute what they must, and what
-- do its TLB misses cost? Needs ./bootstrap linux once.
--
-- Each point boots and runs one test of the RAM disk (docs/linux.md); the phase is the test, "boot" is everything before. A
-- test that fails ends with another exit code than 0, and so does the run.

experiment "linux-boot" {
  question = "Does Linux 6.1 run on the bare machine, and where do its cycles go?",
  limit = "40Ginsn",

  machine = flash {
    clock = "400MHz",
    fidelity = "tlb",
    mem = { per_node = "128MB" },
  },

  guest = { kernel = "linux", initrd = "linux" },

  sweep = {
    { name = "test", path = "workload.program",
      values = { "shell", "files", "pipeline", "archive", "floating", "signals", "jobs", "forks", "memory" } },
    { name = "system", values = { case "native" { monitor = none() } } },
  },

  phases = { roi = { from = 1, to = 2 } },
  measure = "roi",

  report = { compare = "system", baseline = "native", headline = "miss.mean" },
}
