-- expect: out-of-range.lua:3:44: error: machine.cpu.tlb.entries: 4 is out of range (8 .. 512)
experiment "x" {
  machine = flash { cpu = r10000 { tlb = { entries = 4 } } },
}
