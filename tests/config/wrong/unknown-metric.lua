-- expect: unknown-metric.lua:3:34: error: expect.1.metric: unknown metric "mis.mean" (did you mean "miss.mean"?)
experiment "x" {
  expect = { check { that = "t", metric = "mis.mean", below = 3 } },
}
