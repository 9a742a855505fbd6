-- expect: case-in-parentheses.lua:3: error: case takes a label, and a table behind it: case "label" { ... }
experiment "x" {
  sweep = { { name = "s", values = { case("a", { seed = 1 }) } } },
}
