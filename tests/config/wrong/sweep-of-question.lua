-- expect: sweep-of-question.lua:3:49: error: question: cannot be varied by a sweep
experiment "x" {
  sweep = { { name = "s", values = { case "a" { question = "why?" } } } },
}
