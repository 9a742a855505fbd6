-- expect: wrong-type.lua:3:44: error: machine.cpu.tlb.entries: expected a whole number, got text
experiment "x" {
  machine = flash { cpu = r10000 { tlb = { entries = "many" } } },
}
