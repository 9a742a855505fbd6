-- expect: none-without-parentheses.lua:3:3: error: monitor: a function cannot be a value (did you mean none()?)
experiment "x" {
  monitor = none,
}
