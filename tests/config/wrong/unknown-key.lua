-- expect: unknown-key.lua:3:44: error: machine.cpu.tlb.entires: unknown key (did you mean "entries"?)
experiment "x" {
  machine = flash { cpu = r10000 { tlb = { entires = 64 } } },
}
