-- expect: error: monitor.l2tlb.entries: is given twice
experiment "x" {
  sweep = { { name = "s", values = {
    case "a" { monitor = disco { l2tlb = { entries = 0 } }, ["monitor.l2tlb.entries"] = 64 } } } },
}
