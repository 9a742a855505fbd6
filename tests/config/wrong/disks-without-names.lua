-- expect: disks-without-names.lua:3:21: error: machine.disks: expected a table { NAME = { ... } } with a name for each
experiment "t" {
  machine = flash { disks = { { image = "root.img" } } },
}
