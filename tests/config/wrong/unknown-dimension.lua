-- expect: unknown-dimension.lua:4:63: error: expect.1.at.sytsem: the sweep has no such dimension (did you mean "system"?)
experiment "x" {
  sweep = { { name = "system", values = { case "native" { seed = 1 }, case "other" { seed = 2 } } } },
  expect = { check { that = "t", metric = "miss.mean", at = { sytsem = "native" }, below = 3 } },
}
