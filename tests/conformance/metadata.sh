#!/bin/bash
# Title, byline, site name, excerpt, language and date against Mozilla Readability and WCXB, by field.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
assets=$("$top/tests/assets.sh" extract) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
exec perl "$top/tests/conformance/metadata.pl" "$build/echometer" "$assets"
