#!/bin/bash
# What clang-format and the compiler do not see: banned functions, long files and functions, unfinished words.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
files=$(git ls-files '*.[ch]' '*.cc' | sort)

# Unbounded or locale-dependent, or the heap behind alloc.h's back in the library.
if grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|alloca)\(' $files; then
    echo "style: banned function"; bad=1
fi
lib=$(git ls-files '*.c' | grep -E '^(base|crawler|detector|index|report|pipeline)/' | grep -v '^base/alloc.c$')
if grep -nE '[^_a-z](malloc|calloc|realloc|strdup|strndup)\(' $lib; then
    echo "style: allocation outside base/alloc.h"; bad=1
fi
if grep -nE '[^_a-z](exit|abort|printf|puts|perror)\(' $lib; then
    echo "style: the library prints or exits"; bad=1
fi
if grep -nwE 'TODO|FIXME|XXX|HACK' $files; then
    echo "style: unfinished"; bad=1
fi
for f in $files; do
    head -1 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "style: $f has no SPDX line"; bad=1; }
    case $f in *_table.c | *_table.h | *_data.c) continue ;; esac
    n=$(wc -l < "$f")
    [ "$n" -le 800 ] || { echo "style: $f has $n lines (at most 800)"; bad=1; }
    awk -v f="$f" '/^[A-Za-z_].*\)[ \t]*$/{name=$0} /^\{/{start=FNR} /^\}/{ if (start && FNR-start>100) { print "style: " f ":" start ": function of " FNR-start " lines: " name; bad=1 } start=0 } END {exit bad}' "$f" || bad=1
done
tests/checks/statics.py || bad=1
[ $bad = 0 ] && echo "style: ok"
exit $bad
