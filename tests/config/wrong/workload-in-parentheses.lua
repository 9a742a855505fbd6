-- expect: workload-in-parentheses.lua:3: error: workload takes a name, and a table behind it: workload "stride" { ... }
experiment "x" {
  workload = workload("hello", { args = { 1 } }),
}
