-- expect: unknown-word.lua:3: error: unknown name "flsh" (did you mean "flash"?)
experiment "x" {
  machine = flsh { },
}
