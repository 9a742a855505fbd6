-- expect: expects-nothing.lua:3:14: error: expect.1: expects nothing: give below, above or near
experiment "x" {
  expect = { check { that = "t", metric = "miss.mean" } },
}
