-- expect: error: machine.fidelity: "tbl" is not one of functional, tlb (did you mean "tlb"?)
experiment "x" {
  machine = flash { fidelity = "tbl" },
}
