#!/bin/bash
# The manual pages: a page for each command, which mandoc or groff read without a warning.
. "$(dirname "$0")/tap.sh"
"$TOP/packaging/man.sh" "$E" "$T/man" 2026-01-01
is "$(ls "$T"/man/*.1 | wc -l)" "$(($("$E" help | grep -cE '^  [a-z]+ ') + 1))" "a page for each command, and one for all"
if command -v mandoc > /dev/null; then
    lint() { mandoc -Tlint -Wwarning "$1" 2>&1; }
elif command -v groff > /dev/null && [ -e /usr/share/groff/current/tmac/an.tmac ]; then
    lint() { groff -man -Tutf8 -ww "$1" 2>&1 > /dev/null; }
else
    skip "neither mandoc nor groff with its man macros"
    done_testing
fi
for page in "$T"/man/*.1 "$TOP/packaging/libechometer.3"; do
    is "$(lint "$page")" "" "${page##*/} is read without a warning"
done
done_testing
