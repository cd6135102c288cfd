#!/bin/bash
# Publication dates against htmldate's pages and WCXB's annotations: right, wrong and none, by half and by how they were found.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
assets=$("$top/tests/assets.sh" extract) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
exec perl "$top/tests/conformance/dates.pl" "$build/echometer" "$assets"
