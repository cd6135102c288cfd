#!/bin/bash
# HTTP responses of llhttp and curl, and the decoded bodies of all real archives: two unit programs that skip where
# the shared assets are absent, as TAP. BUILD is the build folder.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
echo "1..2"
n=0
for test in test_http_cases test_decoded; do
    n=$((n + 1))
    make -s BUILD="$build" "$build/tests/$test" >&2
    if out=$("$build/tests/$test" 2>&1); then
        case $out in
        *skipped*) echo "ok $n - $test # SKIP no shared assets" ;;
        *) echo "ok $n - $test: $(grep -E '^(http cases|decoded bodies)' <<<"$out")" ;;
        esac
    else
        echo "not ok $n - $test"
        sed 's/^/# /' <<<"$out"
    fi
done
