-- expect: missing-unit-in-text.lua:3:29: error: machine.mem.per_node: "64" needs a unit (for example "64MB")
experiment "x" {
  machine = flash { mem = { per_node = "64" } },
}
