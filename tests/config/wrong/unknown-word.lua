-- expect: error: unknown name "flsh" (did you mean "flash"?)
experiment "x" {
  machine = flsh { },
}
