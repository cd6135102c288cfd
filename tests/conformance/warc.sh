#!/bin/bash
# Every WARC, ARC, WET and WAT file of the shared assets against what an independent reader found: each agrees, or its
# difference is argued in warc_differences.tsv. A third of the collection is not here, so nothing is tuned to names.
. "$(dirname "$0")/../cli/tap.sh"
root=$("$TOP/tests/assets.sh" warc) || {
    skip "shared assets are absent"
    done_testing
}
mapfile -t files < <(find "$root" -type f | grep -E '\.(w?arc|wet|wat)(\.|$)' | LC_ALL=C sort)
run "$E" records -q "${files[@]}"
is "$code" 3 "records reads ${#files[@]} files, some of them damaged"
awk -v root="$root" -f "$TOP/tests/conformance/warc.awk" "$T/out" "$root/truth-records.tsv" > "$T/kinds"
agree=0
while IFS=$'\t' read -r file kinds; do
    want=$(awk -F'\t' -v f="$file" '$1 == f {print $2}' "$TOP/tests/conformance/warc_differences.tsv")
    if [ "$kinds" = "-" ] && [ -z "$want" ]; then
        agree=$((agree + 1))
    else
        is "$kinds" "${want:--}" "$file: differs as explained"
    fi
done < "$T/kinds"
ok 0 "$agree files agree in every record: offset, type, url, status, payload, digests"

# Nothing lost: every file's records are documents or drops, and the archive is read to its end.
for f in "${files[@]}"; do
    "$E" scan --text-only --no-output --summary json "$f" 2> "$T/sum" > /dev/null
    grep '^{.*"files":' "$T/sum" # what gave nothing is named after it
done | awk '{
    match($0, /"records":[0-9]+/); r = substr($0, RSTART + 10, RLENGTH - 10)
    match($0, /"documents":[0-9]+/); d = substr($0, RSTART + 12, RLENGTH - 12)
    match($0, /"drops":\{[^}]*\}/); s = substr($0, RSTART, RLENGTH); n = 0
    while (match(s, /:[0-9]+/)) { n += substr(s, RSTART + 1, RLENGTH - 1); s = substr(s, RSTART + RLENGTH) }
    if (r != d + n) { print; bad = 1 }
} END { exit bad || NR == 0 }'
ok $? "documents + drops = records in every file"
done_testing
