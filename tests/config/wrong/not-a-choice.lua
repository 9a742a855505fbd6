-- expect: not-a-choice.lua:3:21: error: machine.fidelity: "tbl" is not one of functional, tlb, memory (did you mean "tlb"?)
experiment "x" {
  machine = flash { fidelity = "tbl" },
}
