-- expect: error: measure: no phase "rio" (did you mean "roi"?)
experiment "x" {
  measure = "rio",
}
