#!/bin/bash
# Parquet in: columns, row groups, damage, projection. The file was written by DuckDB: 5000 rows in three row groups.
. "$(dirname "$0")/tap.sh"
P="$TOP/tests/cases/parquet/corpus.parquet"

run "$E" scan --text-only --summary json -o "$T/v" "$P"
is "$code" 0 "a Parquet file is scanned"
tail -n 1 "$T/err" | grep -q '"records":5000,"documents":4900,.*"empty":100'
ok $? "5000 rows; the 100 without a text are empty"
head -n 1 "$T/v" | grep -q '"id":"doc-0","url":"https://site0.example/page/0",.*"date":"2024-03-04"'
ok $? "id, url and the date of the dump are found by their usual names"
sed -n 3000p "$T/v" | grep -q '"row_group":1,"row":1013,'
ok $? "the source of a verdict has row group and row"
for threads in 1 3; do
    "$E" scan --text-only -q --threads $threads -o "$T/v$threads" "$P"
done
cmp -s "$T/v1" "$T/v3" && cmp -s "$T/v" "$T/v1"
ok $? "the same lines for 1 and 3 threads"

run "$E" scan --text-only -q --text-field messages.content --url-field meta.source --id-field n --date-field seen "$P"
is "$code" 0 "columns by name"
sed -n 2p "$T/out" | grep -q '"id":"1","url":"made up".*"date":"2024-03-04T05:07:07","published":null,.*"words":2,'
ok $? "a list of structs is one text; a number is an id, a timestamp a date"
run "$E" scan --text-only -q --text-field price "$P"
is "$(grep -c '"words":1,' "$T/out")" 5000 "a decimal is a text where it is asked for"

run "$E" scan --text-only --text-field nosuch "$P"
is "$code" 2 "a column that is not there: nothing was read"
grep -q "no column 'nosuch'; there are id, url, dump, text, n, score, " "$T/err"
ok $? "and the columns that are there are named"
run "$E" scan --text-only --text-field messages "$P"
grep -q "'messages' is a group of columns; choose one of messages.role, messages.content" "$T/err"
ok $? "a group of columns is refused with what it has"
run "$E" scan --text-only --text-field m.key_value.key "$P"
grep -q "column 'm.key_value.key' lies in a map or in a list of lists, which is not supported" "$T/err"
ok $? "a map is refused by name"

# What the file is is found from its content, from standard input as well where that is a file.
cp "$P" "$T/other.bin"
run "$E" scan --text-only -q "$T/other.bin"
is "$(wc -l < "$T/out")" 4900 "Parquet under another name"
run "$E" scan --text-only -q - < "$P"
is "$(wc -l < "$T/out")" 4900 "from standard input, where that is a file"
run bash -c "cat '$P' | '$E' scan --text-only -"
is "$code" 2 "not from a pipe"
grep -q 'not from a pipe' "$T/err"
ok $? "which says why"
gzip -c "$P" > "$T/c.parquet.gz"
run "$E" scan --text-only "$T/c.parquet.gz"
grep -q 'a compressed Parquet file is not supported' "$T/err"
ok $? "a compressed one is refused"

# Pieces by row group: together they are the whole.
"$E" scan --text-only -q --index "$T/whole" --no-output "$P"
for i in 0 1 2 3; do
    "$E" scan --text-only -q --split 20k --shard $i/4 --index "$T/part$i" --no-output "$P" 2> "$T/err$i"
done
run "$E" merge -o "$T/merged" "$T"/part?
is "$code" 0 "pieces are merged"
is "$("$E" query --index "$T/merged" --json | grep -o '"documents":[0-9]*' | head -n 1)" '"documents":4900' "and are the whole"

# Goes on at the row group that was not finished.
run "$E" scan --text-only --summary json --index "$T/whole" --no-output "$P"
tail -n 1 "$T/err" | grep -q '"known_files":1,.*"records":0,'
ok $? "with an index nothing is read again"

# Damage: a byte of the text's pages in the second row group.
cp "$P" "$T/bad.parquet"
printf '\377\377\377\377' | dd of="$T/bad.parquet" bs=1 seek=45000 conv=notrunc 2> "$T/dd"
run "$E" records -q "$T/bad.parquet"
is "$code" 3 "damage is exit code 3"
is "$(grep -c '"type":"row"' "$T/out")" 5000 "other columns' rows are all there"
grep '"type":"damage"' "$T/out" | grep -q '"row_group":1,.*"error":"row group 1: column .*, page at byte [0-9]*: .*; [0-9]* rows are lost"'
ok $? "damage names row group, column, byte and what is lost"
head -c 60000 "$P" > "$T/cut.parquet"
run "$E" scan --text-only "$T/cut.parquet"
is "$code" 2 "a file without its end cannot be read"
grep -q 'does not end with PAR1: it is cut, or was never finished' "$T/err"
ok $? "which says so"
printf 'not one\n%s' "$(seq 100)" > "$T/no.parquet"
run "$E" scan --text-only "$T/no.parquet"
grep -q 'the name says Parquet, but the file does not begin with PAR1' "$T/err"
ok $? "another file by that name is refused"
run "$E" scan --text-only -q "$T/no.parquet" "$P"
is "$code" 3 "and the others are read"

run "$E" records --fields "$P"
sed -n 5p "$T/out" | grep -q '"fields":{"id":"doc-4","url":"https://site4.example/page/4","dump":"CC-MAIN-2024-10","text":"Row 4 .*","n":4,"score":1.3333333333333333,"tags":\[\],"meta.source":"made up","meta.year":2004,"seen":"2024-03-04T05:10:07","price":"5.00","even":true,"messages.role":\["user","assistant"\],"messages.content":\["q4","a4"\]}'
ok $? "records --fields: every type as JSON"
grep -q 'maps or in lists of lists: m.key_value.key, m.key_value.value' "$T/err"
ok $? "what cannot be read is named"

# What learns and measures reads rows as it reads lines.
L="$TOP/tests/cases/parquet/labelled.parquet"
mkdir "$T/p" "$T/j"
cp "$L" "$T/p/labelled.parquet"
"$E" records --fields -q "$L" | sed -n 's/^.*"fields":\(.*\)}$/\1/p' > "$T/j/labelled.jsonl"
is "$(wc -l < "$T/j/labelled.jsonl")" 680 "labelled rows as lines"
for c in eval calibrate refs; do
    for d in p j; do
        case $c in
        calibrate*) run "$E" calibrate --human "$T/$d" --fpr 0.05 --measured here -o "$T/$d.emm" ;;
        refs*) run "$E" refs build --name r --kind human -o "$T/$d.emr" "$T/$d"/* ;;
        *) run "$E" eval "$T/$d" ;;
        esac
        cat "$T/out" "$T/err" | sed "s#$T/[pj]/*[^ ]*##g" > "$T/said.$d"
        echo "$code" >> "$T/said.$d"
    done
    cmp -s "$T/said.p" "$T/said.j" && [ "$(tail -n 1 "$T/said.p")" = 0 ]
    ok $? "$c says the same of rows as of lines"
done
for d in p j; do "$E" train -q "$T/$d" -o "$T/t$d.emm" --cap 200 --min-sources 2 --folds 2 --calibrate "$T/$d"/* > "$T/tsaid.$d" 2>&1; done
for d in p j; do "$E" eval --model "$T/t$d.emm" "$T/j" 2>&1 | grep '^source' > "$T/teval.$d"; done
[ -s "$T/teval.p" ] && cmp -s "$T/teval.p" "$T/teval.j"
ok $? "train learns the same from rows as from lines"
# Texts are UTF-8 by the format: a mark of UTF-16 in front is two bytes that are none.
make() { "$TOP/tests/cli/make_parquet.py" "$@"; }
plain="A sentence about the weather in the hills"
make "$T/marks.parquet" 'id=a,b,c,d' "text=$plain,\\xff\\xfe$plain,\\xfe\\xff$plain,\\xef\\xbb\\xbf$plain"
run "$E" scan --text-only -q "$T/marks.parquet"
is "$(grep -c '"lang":"en","words":8,' "$T/out")" 4 "a mark of UTF-16 does not make UTF-16 of a string"
run "$E" records --fields "$T/marks.parquet"
is "$(grep -c "\"text\":\"��$plain\"" "$T/out")" 2 "the bytes that are no UTF-8 are replaced, as any others"

# Usual names in other case, where none is there as written.
for name in Text TEXT Raw_Content; do
    make "$T/case.parquet" 'ID=a,b' "$name=$plain,$plain" 'Url=http://a.example/,http://b.example/' 'Other=x,y'
    run "$E" scan --text-only -q "$T/case.parquet"
    is "$code $(grep -c '"id":"[ab]","url":"http://[ab].example/".*"words":8,' "$T/out")" "0 2" "$name, ID and Url are found"
    run "$E" clean -q --only leak -o "$T/case-$name" "$T/case.parquet"
    is "$code" 0 "$name: clean as well"
    cmp -s <("$E" records --fields "$T/case.parquet" | sed 's/.*"fields"//') <("$E" records --fields "$T/case-$name/kept/case.parquet" | sed 's/.*"fields"//')
    ok $? "$name: every column keeps its name and values"
    is "$("$E" records --fields "$T/case.parquet" | grep -c "\"fields\":{\"ID\":\"[ab]\",\"$name\":")" 2 "$name: records gives columns by their own names"
done
make "$T/two.parquet" "Text=$plain,$plain" 'content=Two words,Two words'
run "$E" scan --text-only -q "$T/two.parquet"
is "$(grep -c '"words":2,' "$T/out")" 2 "a usual name as written goes before one in other case"
run "$E" scan --text-only -q --text-field Text "$T/two.parquet"
is "$(grep -c '"words":8,' "$T/out")" 2 "and --text-field before both"
run "$E" scan --text-only --text-field text "$T/two.parquet"
is "$code" 2 "what is named is found as it is written"

# A conversation is found without being named: corpus.parquet without its column text.
LC_ALL=C sed 's/\x04text/\x04txet/g' "$P" > "$T/chat.parquet"
run "$E" scan --text-only -q --text-field messages.content "$P"
sed 's/"source":.*//' "$T/out" > "$T/named"
run "$E" scan --text-only -q "$T/chat.parquet"
sed 's/"source":.*//' "$T/out" | cmp -s - "$T/named"
ok $? "messages.content is guessed, and gives what it gives when it is named"
[ "$code" = 0 ] && [ "$(wc -l < "$T/named")" -gt 1000 ]
ok $? "with its documents"
"$E" records --fields "$T/chat.parquet" | grep -q '"messages.content":\['
ok $? "records gives it as a list"

done_testing
