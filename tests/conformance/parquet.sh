#!/bin/bash
# Every file of apache/parquet-testing in the shared assets: read right, or refused or reported as damaged by name.
# parquet.tsv: what each comes to; files of the same suite that are not in it must at least come to one of the three.
# The values behind the hashes were compared with what an independent reader gives (bench/parquet_compare.mjs).
. "$(dirname "$0")/../cli/tap.sh"
root=$("$TOP/tests/assets.sh" parquet) || {
    skip "shared assets are absent"
    done_testing
}
mapfile -t files < <(cd "$root" && find . -type f -name '*.parquet*' ! -name '*.json' | LC_ALL=C sort)
known=0
for f in "${files[@]}"; do
    run timeout 60 "$E" records --fields "$root/$f"
    rows=$(grep -c '"type":"row"' "$T/out")
    sum=$(sed -n 's/.*"fields"://p' "$T/out" | sha256sum | cut -c1-16)
    why=$(grep -v 'not read, as they lie in maps' "$T/err" | head -n 1 | sed "s|.*$f: ||" | tr -d '\t')
    got="$code	$rows	$sum	$why"
    want=$(awk -F'\t' -v f="$f" '$1 == f {print $2 "\t" $3 "\t" $4 "\t" $5}' "$TOP/tests/conformance/parquet.tsv")
    if [ -n "$want" ]; then
        is "$got" "$want" "$f"
        known=$((known + 1))
    else
        [ "$code" = 0 ] || { [ "$code" = 2 ] && [ -n "$why" ]; } || { [ "$code" = 3 ] && [ -n "$why" ]; }
        ok $? "$f: read, refused or damaged by name ($code $why)"
    fi
    [ -z "${PARQUET_TSV:-}" ] || printf '%s\t%s\n' "$f" "$got" >> "$PARQUET_TSV"
done
ok 0 "$known files of ${#files[@]} are known"
done_testing
