#!/bin/bash
# A shard as a mapper and a reducer of a streaming engine, with sort(1) as the shuffle: splits of any shape, one
# reducer or several, give the index that one run makes.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
export_of() { "$E" export --index "$1" | sha256sum | cut -c1-16; }
export LC_ALL=C TMPDIR=$T/tmp
mkdir "$T/in" "$T/tmp"
for i in 1 2 3 4 5 6 7; do made_web 100 $i > "$T/in/$i.jsonl"; done
cd "$T" || exit 1
find in -type f | sort > paths
"$E" scan --index one --no-output -q in
one=$(export_of one)

mapper() { "$E" scan --stdin-paths -q; }
# Hadoop's NLineInputFormat: OFFSET TAB LINE.
awk '{print n "\t" $0; n += length($0) + 1}' paths > numbered
for lines in 1 3 7; do
    rm -rf part.* rows m
    split -l $lines numbered part.
    for p in part.*; do mapper < "$p" >> rows || echo failed >> rows; done
    sort rows | "$E" merge --stdin -o m
    is "$(export_of m)" "$one" "mappers of $lines paths, sort, one reducer: as one run"
done
run "$E" validate m
is "$code" 0 "sound"
awk 'BEGIN {srand(7)} {print rand() "\t" $0}' rows | sort -n | cut -f 2- > mixed
rm -rf m
"$E" merge --stdin -o m < mixed
is "$(export_of m)" "$one" "rows in any order give the same"
# Three reducers by a hash of the key; their indexes are merged.
rm -rf m r.*
awk -F'\t' 'BEGIN {for (i = 0; i < 256; i++) code[sprintf("%c", i)] = i}
    {h = 0; for (i = 1; i <= length($1); i++) h = (h * 31 + code[substr($1, i, 1)]) % 65521; print > ("r." h % 3)}' mixed
for r in 0 1 2; do sort "r.$r" | "$E" merge --stdin -o "reduced.$r"; done
"$E" merge -o m reduced.0 reduced.1 reduced.2
is "$(export_of m)" "$one" "three reducers, their indexes merged: the same"
is "$(find tmp -mindepth 1 | wc -l)" 0 "mappers leave nothing in TMPDIR"

head -n 1 paths | mapper > twice
head -n 1 paths | mapper >> twice
run "$E" merge --stdin -o t < twice
is "$code" 2 "an input of two mappers is refused"
grep -q "was read by two mappers" "$T/err"
ok $? "and named"
# One character changed, a line cut or without its check: whatever the place, it is refused.
sort rows > sorted
lines=$(wc -l < sorted)
refused=0
for i in $(seq 20); do
    rm -rf t
    awk -v at=$((1 + i * 7919 % lines)) -v i="$i" '
        NR != at {print; next}
        i % 4 == 3 {print substr($0, 1, length($0) - 1 - i); next}
        i % 4 == 2 {sub(/\t[0-9a-f]*$/, ""); print; next}
        {p = 1 + i * 31 % length($0); c = substr($0, p, 1); print substr($0, 1, p - 1) (c == "A" ? "B" : "A") substr($0, p + 1)}' sorted > mutated
    run "$E" merge --stdin -o t < mutated
    [ "$code" = 2 ] && [ ! -e t ] && refused=$((refused + 1))
done
is "$refused" 20 "rows that were changed on their way are refused"
grep -q "line [0-9]* of the rows is not as" "$T/err"
ok $? "and the line is named"
# A line that is lost or comes twice changes none of the others: who has all of them sees it.
refused=0
for i in $(seq 6); do
    rm -rf t
    awk -v at=$((1 + i * 7919 % lines)) -v copies=$((i % 2 * 2)) \
        'NR != at {print; next} {for (k = 0; k < copies; k++) print}' sorted > mutated
    run "$E" merge --stdin --whole -o t < mutated
    [ "$code" = 2 ] && [ ! -e t ] && [ ! -e t.part ] && grep -q "lost or came twice\|by two mappers" "$T/err" && refused=$((refused + 1))
done
is "$refused" 6 "rows that were lost or came twice are refused"
run "$E" merge --stdin --whole -o t < mixed
is "$code $(export_of t)" "0 $one" "all rows, in any order, are not"
rm -rf t
run "$E" merge --whole -o t one
is "$code" 129 "indexes are whole anyway"
rm -rf t
for bad in 'documents:zz	AAAA' 'documents:00ff' 'nonsense:00	AAAA' 'documents:00	A' 'ledger:00	AAAA' 'documents:00	!!!!'; do
    run "$E" merge --stdin -o t <<< "$bad"
    [ "$code" = 2 ] && [ ! -e t ]
    ok $? "a line that is no row: ${bad%%	*}"
done
echo in/none.jsonl > missing
run "$E" scan --stdin-paths -q < missing
is "$code" 2 "a path that cannot be read fails the mapper, to be tried again"
is "$(wc -c < "$T/out")" 0 "and gives no rows"
"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"
echo demo.warc.gz > damaged
run "$E" scan --stdin-paths -q < damaged
is "$code" 0 "damage does not: it is in the rows"
done_testing
