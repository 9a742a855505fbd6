-- expect: sweep-unknown-key.lua:3:77: error: monitor.l2tlb.size: unknown key (known here: entries)
experiment "x" {
  sweep = { { name = "s", values = { case "a" { monitor = disco { l2tlb = { size = 2 } } } } } },
}
