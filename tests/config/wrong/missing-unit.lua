-- expect: missing-unit.lua:3:21: error: machine.clock: 400 needs a unit (for example "400MHz")
experiment "x" {
  machine = flash { clock = 400 },
}
