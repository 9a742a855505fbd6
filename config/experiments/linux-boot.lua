-- Does an unmodified Linux 6.1 with our platform boot on the bare machine and below the monitor, do its programs compute what
-- they must, and what do its TLB misses cost? Needs ./bootstrap linux once, which builds both kernels.
--
-- Each point boots and runs one test of the RAM disk (docs/linux.md); the phase is the test, "boot" is everything before. A
-- test that fails ends with another exit code than 0, and so does the run.

experiment "linux-boot" {
  question = "Does Linux 6.1 run on the bare machine and below the monitor, and where do its cycles go?",
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
    -- Both kernels have 128 MB; the monitor's own memory comes on top.
    { name = "system", values = {
        case "native" { monitor = none() },
        case "disco"  { monitor = disco { vm = { memory = "128MB" } }, machine = { mem = { per_node = "256MB" } } },
      } },
  },

  phases = { roi = { from = 1, to = 2 } },
  measure = "roi",

  report = { compare = "system", baseline = "native", headline = "miss.mean" },
}
