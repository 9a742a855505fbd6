-- expect: runs-for-ever.lua:2: error: the file runs too long: its instruction budget is used up
while true do end
experiment "x" { }
