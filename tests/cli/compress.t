#!/bin/bash
# An output named .gz or .zst is compressed.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
made_web 200 3 > "$T/in.jsonl"
made_web 4000 4 > "$T/long.jsonl"
for in in in long; do
    "$E" scan -q -o "$T/v" "$T/$in.jsonl"
    "$E" scan -q -o "$T/v.gz" "$T/$in.jsonl"
    is "$?" 0 "scan -o FILE.gz"
    "$E" scan -q -o "$T/v.zst" "$T/$in.jsonl"
    is "$?" 0 "scan -o FILE.zst"
    gzip -t "$T/v.gz" && gzip -dc "$T/v.gz" | cmp - "$T/v"
    ok $? "the same lines, as gzip"
    zstd -qt "$T/v.zst" && zstd -qdc "$T/v.zst" | cmp - "$T/v"
    ok $? "and as zstd"
done
[ "$(wc -c < "$T/v")" -gt 1048576 ]
ok $? "of more than one member"
is "$(find "$T" -name '*.part' | wc -l)" 0 "nothing is left beside them"
"$E" scan -q --index "$T/idx" --no-output "$T/in.jsonl"
"$E" export --index "$T/idx" > "$T/e"
"$E" export --index "$T/idx" -o "$T/e.GZ"
gzip -dc < "$T/e.GZ" | cmp - "$T/e"
ok $? "export too, whatever the case"
"$E" query --index "$T/idx" --domain nobody.example --json -o "$T/none.zst" 2> /dev/null
is "$(zstd -qdc "$T/none.zst" | wc -c) $(($(wc -c < "$T/none.zst") > 0))" "0 1" "no lines are a whole empty file"
run "$E" scan -q --index "$T/idx2" -o "$T/i.gz" "$T/in.jsonl"
[ "$code" = 2 ] && [ ! -e "$T/i.gz" ] && grep -q 'cannot be continued' "$T/err"
ok $? "not with an index, whose output must be continued"

run bash -c "ulimit -f 8; '$E' scan -q -o '$T/big.gz' '$T/long.jsonl'"
[ "$code" = 2 ] && [ ! -e "$T/big.gz" ] && grep -qF "'$T/big.gz'" "$T/err"
ok $? "a file that may not grow is a failure that names it, and nothing is left"

done_testing
