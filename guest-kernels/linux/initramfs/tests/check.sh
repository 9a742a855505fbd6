# Sourced by the tests. A wrong answer ends the test.
same() {  # same WHAT ANSWER EXPECTED
  [ "$2" = "$3" ] && return
  echo "$1 is '$2', expected '$3'"
  exit 1
}
