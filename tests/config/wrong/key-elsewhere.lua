-- expect: key-elsewhere.lua:3:21: error: machine.tlb: unknown key (did you mean machine.cpu.tlb?)
experiment "x" {
  machine = flash { tlb = { entries = 64 } },
}
