#!/bin/bash
# Main content against three benchmarks with gold text: F by kind of page, on both halves and on the second pack of
# WCXB. The built-in model has learned from these pages: the floors watch that nothing is lost, and predict nothing
# (tools/train_blocks --cross does; docs/lab/BENCHMARKS.md).
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
assets=$("$top/tests/assets.sh" extract) && more=$("$top/tests/assets.sh" extract-wcxb2) ||
    { echo "1..0 # skip skipped: no shared assets"; exit 0; }
make -s -C "$top" BUILD="$build" "$build/bench/eval_extract" >&2 || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
perl "$top/tests/conformance/extract_list.pl" "$assets" "$work" "$more" > "$work/list.tsv" || exit 1
"$build/bench/eval_extract" "$work/list.tsv" > "$work/scores" || exit 1
sed 's/^/# /' "$work/scores"
n=0 failed=0
while read -r set type least0 least1; do
    for half in 0 1; do
        n=$((n + 1))
        least=$least0
        [ $half = 0 ] || least=$least1
        f=$(awk -v s="$set" -v t="$type" -v h=$half '$1 == s && $2 == t && $4 == h {print $NF}' "$work/scores")
        if awk -v f="${f:-0}" -v l="$least" 'BEGIN {exit !(f >= l)}'; then
            echo "ok $n - $set, $type, half $half: F $f (at least $least)"
        else
            echo "not ok $n - $set, $type, half $half: F $f (at least $least)"
            failed=1
        fi
    done
done <<'LEAST'
traf all 0.95 0.95
aeb all 0.95 0.96
wcxb article 0.95 0.94
wcxb all 0.89 0.88
wcxb service 0.87 0.82
wcxb listing 0.75 0.80
wcxb forum 0.79 0.79
wcxb documentation 0.91 0.92
wcxb product 0.71 0.64
wcxb collection 0.70 0.74
wcxb2 article 0.92 0.93
wcxb2 all 0.89 0.86
wcxb2 service 0.89 0.86
wcxb2 listing 0.94 0.79
wcxb2 product 0.73 0.67
wcxb2 documentation 0.95 0.97
wcxb2 forum 0.88 0.62
wcxb2 collection 0.72 0.81
LEAST
echo "1..$n"
exit $failed
