#!/bin/bash
# Parquet out: verdicts as a table, read back by us and by hyparquet (npm), which is skipped where it cannot be had.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
P="$TOP/tests/cases/parquet/corpus.parquet"
"$TOP/demo/make_warc.sh" demo.warc.gz
modules=${ECHOMETER_NODE:-$(dirname "$(dirname "$E")")/node}
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
done_testing
