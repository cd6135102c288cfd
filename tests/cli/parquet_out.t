#!/bin/bash
# Parquet out: verdicts as a table, read back by us and by hyparquet (npm), which is skipped where it cannot be had.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
P="$TOP/tests/cases/parquet/corpus.parquet"
"$TOP/examples/demo/make_warc.sh" demo.warc.gz
modules=${ECHOMETER_NODE:-$(dirname "$E")/node}
if command -v node > /dev/null && command -v npm > /dev/null && [ ! -d "$modules/node_modules/hyparquet" ]; then
    mkdir -p "$modules"
    timeout 60 npm install --silent --no-audit --no-fund --prefix "$modules" hyparquet hyparquet-compressors > /dev/null 2>&1 || true
fi
others() { node "$TOP/tests/cli/read_parquet.mjs" "$modules" "$1"; }
independent=$(command -v node > /dev/null && others /dev/null > /dev/null 2>&1; [ $? != 77 ] && command -v node)

run "$E" scan --drops -q -o v.parquet demo.warc.gz "$P"
is "$code" 3 "scan -o FILE.parquet"
"$E" scan --drops -q -o v.jsonl demo.warc.gz "$P"
"$E" records --fields -q v.parquet | sed -n 's/^.*"fields":\(.*\)}$/\1/p' > back
is "$(wc -l < back)" "$(wc -l < v.jsonl)" "a row for each line"
jq -c '[.id,.url,.host,.domain,.date,.lang,.words,.verdict,.abstain,.source.file,.source.offset,.source.row_group,.source.row,.source.record,.model,.drop]' v.jsonl > want
jq -c '[.id,.url,.host,.domain,.date,.lang,.words,.verdict,.abstain,.file,.offset,.row_group,.row,.record,.model,.drop]' back > got
cmp -s want got
ok $? "with the line's values"
jq -c '[.score,.log_odds,.signals.style,.signals.leaks,.spans]' v.jsonl > want
jq -c '[.score,.log_odds,.style,(.leaks|fromjson),(.spans|fromjson)]' back > got
cmp -s want got
ok $? "numbers to the last digit, lists as JSON"
if [ -n "$independent" ]; then
    others v.parquet > theirs
    sed 1d theirs | jq -cS . > got
    jq -cS . back > want
    cmp -s want got
    ok $? "another reader reads the same"
    head -n 1 theirs | jq -e '.keys["echometer.schema"] == "verdicts" and .keys["echometer.schema_version"] == "1" and .counted and .codecs == ["ZSTD"]' > /dev/null
    ok $? "the footer has the schema's version, every column statistics; zstd"
else
    skip "hyparquet is not to be had"
fi
"$E" scan --text-only -q -o empty.parquet /dev/null 2> /dev/null
run "$E" records -q empty.parquet
is "$(wc -l < out)" 0 "no documents: a table without rows"
run "$E" scan -o v.parquet --index idx demo.warc.gz
is "$code" 129 "not with an index, which says why"
ln -s /dev/full full.parquet
run "$E" scan -q --text-only -o full.parquet demo.warc.gz
is "$code" 2 "what cannot be written fails"

# clean from Parquet to Parquet: every column is carried, with its levels; row groups stay.
run "$E" clean -q -o kept.d "$P"
is "$code" 0 "clean reads a table"
"$E" records --fields -q "$P" | sed 's/^.*"fields"://' > want
"$E" records --fields -q kept.d/kept/corpus.parquet | sed 's/^.*"fields"://' > got
cmp -s want got
ok $? "and keeps one: all rows, all columns"
is "$("$E" records -q kept.d/kept/corpus.parquet | grep -o '"row_group":[0-9]*' | sort | uniq -c | tr -s ' \n' ' ')" ' 2048 "row_group":0 2048 "row_group":1 904 "row_group":2 ' "in the same row groups"
L="$TOP/tests/cases/parquet/leaks.parquet"
run "$E" clean -q -o cut --on-leak cut --only leak "$L"
is "$code" 0 "a leak is cut out of a table"
"$E" records --fields -q "$L" | sed 's/^.*"fields":\(.*\)}$/\1/' > want
"$E" records --fields -q cut/kept/leaks.parquet | sed 's/^.*"fields":\(.*\)}$/\1/' > got
cmp -s <(jq -c 'del(.content)' want) <(jq -c 'del(.content)' got)
ok $? "the other columns are as they were"
grep -q 'As an AI language' want && ! grep -q 'As an AI language' got && [ "$(jq -r 'select(.id == 2) | .content' got | wc -w)" -gt 100 ]
ok $? "and the text is without it"
run "$E" clean -q -o drop --on-leak drop --only leak "$L"
is "$("$E" records --fields -q drop/kept/leaks.parquet | jq -c .fields.id | tr '\n' ' ')" '0 1 3 4 5 ' "a row that is removed is gone, one without a text stays"
jq -e '.document.price == "2.20" and .document.tags == ["x",null,"y2"]' drop/removed/leaks.parquet.jsonl > /dev/null
ok $? "and is found in removed/, as JSON"
if [ -n "$independent" ]; then
    others "$L" | sed 1d | jq -cS 'del(.content)' > want
    others cut/kept/leaks.parquet | sed 1d | jq -cS 'del(.content)' > got
    [ -s want ] && cmp -s want got
    ok $? "another reader finds maps, lists of lists and structs as they were"
fi
cp "$P" bad.parquet
printf '\377\377\377\377' | dd of=bad.parquet bs=1 seek=45000 conv=notrunc 2> /dev/null
run "$E" clean -q -o part bad.parquet
is "$code" 3 "damage: exit code 3"
kept=$("$E" records -q part/kept/bad.parquet | wc -l) bad=$(wc -l < part/bad/bad.parquet.jsonl)
[ "$kept" -gt 2900 ] && [ "$kept" -lt 5000 ] && [ "$bad" -ge 1 ]
ok $? "whole rows are kept ($kept), the others are in bad/"
run "$E" clean -q -o lists --text-field messages.content "$P"
[ "$code" != 0 ] && grep -q "column 'messages.content' is a list: a text that is cut could not be put back into it" err
ok $? "a text in a list is refused, with the reason"
done_testing
