-- expect: no-experiment.lua: error: declares no experiment (experiment "name" { ... })
local machine = flash { nodes = 1 }
