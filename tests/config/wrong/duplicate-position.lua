-- expect: duplicate-position.lua:3:67: error: workload.args.1: is given twice in one table
experiment "x" {
  workload = { program = "hello", args = { [1] = "a", [2] = "b", [1] = "c" } },
}
