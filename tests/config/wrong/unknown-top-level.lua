-- expect: unknown-top-level.lua:3:3: error: machin: unknown key (did you mean "machine"?)
experiment "x" {
  machin = flash { nodes = 1 },
}
