-- expect: value-for-group.lua:3:21: error: machine.cpu: expected a table { ... } with tlb, exception_entry, eret, fp_unimplemented
experiment "x" {
  machine = flash { cpu = 10000 },
}
