-- expect: error: workload.args.1: is given twice in one table
experiment "x" {
  workload = { program = "hello", args = { "a", "b", [1] = "c" } },
}
