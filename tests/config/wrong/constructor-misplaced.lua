-- expect: constructor-misplaced.lua:3:3: error: machine: disco { ... } belongs to monitor
experiment "x" {
  machine = disco { },
}
