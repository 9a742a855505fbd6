-- expect: fraction.lua:3:21: error: machine.nodes: 1.5 is not a whole number
experiment "x" {
  machine = flash { nodes = 1.5 },
}
