#!/bin/sh
# Fills the words between at-signs of a template in from the environment, to standard output: with the prefix EDGE, @DC@
# becomes what EDGE_DC says. A word nobody sets ends it with 1 and a line that names it: half a configuration is none.
#   sh render.sh PREFIX TEMPLATE
set -eu
awk -v prefix="$1" '
  {
    line = $0
    out = ""
    while (match(line, /@[A-Z_]+@/)) {
      name = prefix "_" substr(line, RSTART + 1, RLENGTH - 2)
      if (!(name in ENVIRON) || ENVIRON[name] == "") {
        print "the template asks for " name ", which nobody sets" > "/dev/stderr"
        exit 1
      }
      out = out substr(line, 1, RSTART - 1) ENVIRON[name]
      line = substr(line, RSTART + RLENGTH)
    }
    print out line
  }
' "$2"
