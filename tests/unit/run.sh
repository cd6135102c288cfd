#!/bin/bash
# Runs one test program and prints what it said in one piece, so that two can run side by side.
out=$(mktemp)
"$1" > "$out" 2>&1
code=$?
cat "$out"
rm -f "$out"
[ $code = 0 ] || { echo "FAILED $1"; exit 1; }
