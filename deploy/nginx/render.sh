#!/bin/sh
# Fills the words between at-signs of a template in from EDGE_ variables: @DC@ from EDGE_DC. Writes to standard output.
# A word nobody sets ends it with 1 and a line that names it: an edge that starts half configured serves half.
set -eu
awk '
  {
    line = $0
    out = ""
    while (match(line, /@[A-Z_]+@/)) {
      name = "EDGE_" substr(line, RSTART + 1, RLENGTH - 2)
      if (!(name in ENVIRON) || ENVIRON[name] == "") {
        print "the edge template asks for " name ", which nobody sets" > "/dev/stderr"
        exit 1
      }
      out = out substr(line, 1, RSTART - 1) ENVIRON[name]
      line = substr(line, RSTART + RLENGTH)
    }
    print out line
  }
' "$1"
