-- expect: second-table.lua:3: error: r10000 takes one table: r10000 { ... }
experiment "x" {
  machine = flash { cpu = r10000({ eret = "3cycles" }, { exception_entry = "3cycles" }) },
}
