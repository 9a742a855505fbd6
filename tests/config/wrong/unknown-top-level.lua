-- expect: error: machin: unknown key (did you mean "machine"?)
experiment "x" {
  machin = flash { nodes = 1 },
}
