#!/bin/bash
# Language against the strings of CLD2 and CLD3, lingua's words and sentences, and the UDHR.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
assets=$("$top/tests/assets.sh" lang) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
exec perl "$top/tests/conformance/lang.pl" "$build/echometer" "$assets"
