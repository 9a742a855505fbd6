-- expect: error: machine: disco { ... } belongs to monitor
experiment "x" {
  machine = disco { },
}
