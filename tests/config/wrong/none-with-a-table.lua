-- expect: none-with-a-table.lua:3: error: none takes nothing: none()
experiment "x" {
  monitor = none { l2tlb = { entries = 0 } },
}
