-- expect: duplicate-case.lua:3:61: error: sweep.1.values.2: a second case "a"
experiment "x" {
  sweep = { { name = "s", values = { case "a" { seed = 1 }, case "a" { seed = 2 } } } },
}
