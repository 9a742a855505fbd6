-- expect: duplicate-key.lua:4:3: error: machine: is given twice in one table; the first would be lost
experiment "x" {
  machine = flash { nodes = 2 },
  machine = flash { clock = "200MHz" },
}
