-- expect: syntax.lua:4: error: '}' expected (to close '{' at line 2) near 'seed'
experiment "x" {
  machine = flash { }
  seed = 3,
}
