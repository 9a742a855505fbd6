-- expect: duplicate-text-key.lua:3:112: error: sweep.1.values.1.seed: is given twice in one table
experiment "x" {
  sweep = { { name = "s", values = { case "a" { f = nil, g = (function() local f = 1; f = 2 end)(), seed = 1, ["seed"] = 2 } } } },
}
