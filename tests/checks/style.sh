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
# shellcheck disable=SC2086
awk '
    function file_ends() {
        if (!spdx) { print "style: " f " has no SPDX line"; bad = 1 }
        if (!table && lines > 800) { print "style: " f " has " lines " lines (at most 800)"; bad = 1 }
    }
    FNR == 1 {
        if (f != "") file_ends()
        f = FILENAME; start = 0; name = ""
        spdx = /SPDX-License-Identifier: Apache-2\.0/
        table = f ~ /_(table\.[ch]|data\.c)$/
    }
    { lines = FNR }
    table { next }
    /^[A-Za-z_].*\)[ \t]*$/ { name = $0 }
    /^\{/ { start = FNR }
    /^\}/ {
        if (start && FNR - start > 100) { print "style: " f ":" start ": function of " FNR - start " lines: " name; bad = 1 }
        start = 0
    }
    END { file_ends(); exit bad }
' $files || bad=1
tests/checks/statics.py || bad=1
[ $bad = 0 ] && echo "style: ok"
exit $bad
