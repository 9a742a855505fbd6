-- expect: phase-backwards.lua:3:14: error: phases.roi: would end at mark 1, before it begins at mark 2
experiment "x" {
  phases = { roi = { from = 2, to = 1 } },
}
