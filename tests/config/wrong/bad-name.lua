-- expect: bad-name.lua:2:1: error: experiment: "../x" is not a name (letters, digits, _ and -, at most 64)
experiment "../x" {
  seed = 1,
}
