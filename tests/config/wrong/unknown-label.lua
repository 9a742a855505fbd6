-- expect: unknown-label.lua:4:63: error: expect.1.at.s: the dimension has no value "nativ" (did you mean "native"?)
experiment "x" {
  sweep = { { name = "s", values = { case "native" { seed = 1 }, case "other" { seed = 2 } } } },
  expect = { check { that = "t", metric = "miss.mean", at = { s = "nativ" }, below = 3 } },
}
