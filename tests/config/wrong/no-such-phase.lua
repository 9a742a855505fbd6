-- expect: no-such-phase.lua:3:3: error: measure: no phase "rio" (did you mean "roi"?)
experiment "x" {
  measure = "rio",
}
