#!/bin/bash
# Main content against three benchmarks with gold text: F on the half of the pages that nothing was chosen on.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
assets=$("$top/tests/assets.sh" extract) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
make -s -C "$top" BUILD="$build" "$build/bench/eval_extract" >&2 || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
perl "$top/tests/conformance/extract_list.pl" "$assets" "$work" > "$work/list.tsv" || exit 1
"$build/bench/eval_extract" "$work/list.tsv" > "$work/scores" || exit 1
sed 's/^/# /' "$work/scores"
n=0 failed=0
while read -r set least; do
    n=$((n + 1))
    f=$(awk -v s="$set" '$1 == s && $2 == "all" && $4 == 1 {print $NF}' "$work/scores")
    if awk -v f="$f" -v l="$least" 'BEGIN {exit !(f >= l)}'; then
        echo "ok $n - $set: F $f (at least $least)"
    else
        echo "not ok $n - $set: F $f (at least $least)"
        failed=1
    fi
done <<'LEAST'
traf 0.93
aeb 0.93
wcxb 0.83
LEAST
echo "1..$n"
exit $failed
