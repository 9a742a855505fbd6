-- expect: sweep-without-path.lua:3:44: error: sweep.1.values.1: a plain value needs the dimension's path = "..."
experiment "x" {
  sweep = { { name = "entries", values = { 48 } } },
}
