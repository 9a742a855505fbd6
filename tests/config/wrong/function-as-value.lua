-- expect: function-as-value.lua:3:3: error: seed: a function cannot be a value
experiment "x" {
  seed = function() return 1 end,
}
