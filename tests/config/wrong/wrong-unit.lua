-- expect: wrong-unit.lua:3:29: error: machine.mem.per_node: "64MHz" has the unknown unit "MHz" (known: GB, MB, KB, GiB, MiB, KiB, kB, B)
experiment "x" {
  machine = flash { mem = { per_node = "64MHz" } },
}
