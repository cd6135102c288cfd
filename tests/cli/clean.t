#!/bin/bash
# `clean`: nothing lost, kept lines as they were, the same bytes for any number of threads, going on after
# an interruption, disk full.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 2

# Made-up lines: plain ones, some with a leak, some that cannot be read.
make_lines() { # first last
    awk -v a="$1" -v b="$2" 'BEGIN {
        for (i = a; i <= b; i++) {
            t = ""
            for (j = 0; j < 60; j++) t = t "the gate in field " (i * 7 + j) % 97 " was mended by my uncle on a wet day, "
            if (i % 10 == 3) t = "As an AI language model, I cannot mend the gate. " t "oaicite:1"
            if (i % 50 == 7) print "{\"id\":" i ",\"other\":1}"
            else if (i % 50 == 9) print "this is no JSON " i
            else printf "{\"id\": \"d%d\",  \"text\":\"%s\", \"extra\":[1, {\"text\":\"x\"}], \"created\":\"20%02d-01-01\"}\n", i, t, i % 20
        }
    }'
}
mkdir -p in/deep
make_lines 1 300 > in/a.jsonl
make_lines 301 900 | gzip -c > in/deep/b.jsonl.gz
make_lines 901 1200 | zstd -qc > in/deep/c.jsonl.zst
printf 'A plain text of one line.\n' > in/t.txt
cat > open.sh <<'X'
case $1 in *.gz) gzip -dc "$1" ;; *.zst) zstd -qdc "$1" ;; *) cat "$1" ;; esac
X
chmod +x open.sh

run "$E" clean in -o res --on-leak drop --threads 1
is "$code" 3 "lines that cannot be read: exit 3"
for f in a.jsonl deep/b.jsonl.gz deep/c.jsonl.zst; do
    n=$(bash open.sh in/$f | wc -l)
    k=$(bash open.sh res/kept/$f | wc -l)
    r=$(bash open.sh res/removed/$f | wc -l)
    b=$(bash open.sh res/bad/$f | wc -l)
    is "$((k + r + b))" "$n" "$f: kept + removed + bad = lines in"
    [ "$k" -gt 0 ] && [ "$r" -gt 0 ] && [ "$b" -gt 0 ]
    ok $? "$f: some of each"
    bash open.sh res/kept/$f | grep -vxFf <(bash open.sh in/$f) | wc -l | grep -qx 0
    ok $? "$f: kept lines are lines of the input, byte for byte"
done
cmp -s in/t.txt res/kept/t.txt
ok $? "a text is kept as it was"
grep -q '"reasons":\["leak"\].*"what":"self-reference".*"document":{"id": "d3",  "text"' res/removed/a.jsonl ||
    grep -q '"reasons":\["score","leak"\].*"document":{"id": "d3",  "text"' res/removed/a.jsonl
ok $? "a removed document has its reasons, spans and its own line"
is "$(grep -c . res/bad/a.jsonl)" 12 "bad lines are kept aside"
offset=$(grep -m1 'no JSON' res/bad/a.jsonl | sed -E 's/.*"offset":([0-9]+).*/\1/')
is "$(tail -c +$((offset + 1)) in/a.jsonl | head -n 1)" "this is no JSON 9" "with the place they stand at"
is "$(grep -c . res/attributes/echometer/a.jsonl)" 294 "attributes: a line for each JSON line"
grep -q '^{"id":"d3","attributes":{"echometer__score":\[\[0,3538,0\.[0-9]*\]\],.*"echometer__leak":\[\[0,26,1' res/attributes/echometer/a.jsonl
ok $? "attributes: Dolma's form, the id as it was"
grep -q '^{"id":7,"attributes":{}}$' res/attributes/echometer/a.jsonl
ok $? "attributes: a number stays a number"
grep -q '^| records read | 1201 | |$' res/CARD.md && grep -q '^{"schema":1,"records":1201,' res/card.json
ok $? "the card counts all records"

for threads in 2 5; do
    "$E" clean -q in -o res$threads --on-leak drop --threads $threads
    for d in kept removed bad attributes passages; do
        diff -r res/$d res$threads/$d > /dev/null
        ok $? "$d: the same bytes with $threads threads"
    done
done

run "$E" clean in -o res --on-leak drop
grep -q '4 of 4 files were done already' "$T/err"
ok $? "done files are not done again"
run "$E" clean in -o res --on-leak tag
is "$code" 2 "another policy into the same folder is refused"
rm res/state/deep/b.jsonl.gz.done res/kept/deep/b.jsonl.gz
cp res2/kept/deep/b.jsonl.gz res/kept/deep/b.jsonl.gz.part
run "$E" clean in -o res --on-leak drop
diff -r res/kept res2/kept > /dev/null
ok $? "a half file is done anew"

# Killed at any moment, and again: as if undisturbed.
for delay in 0.02 0.05 0.1 0.2; do
    "$E" clean -q in -o killed --on-leak drop &
    pid=$!
    sleep $delay
    kill -9 $pid 2> /dev/null
    wait $pid 2> /dev/null
done
"$E" clean -q in -o killed --on-leak drop
good=0
for d in kept removed bad attributes passages; do diff -r res2/$d killed/$d > /dev/null || good=1; done
ok $good "killed four times, the result is the same"

run bash -c "ulimit -f 40; '$E' clean -q in -o full --on-leak drop"
is "$code" 2 "no room: exit 2"
grep -q "cannot write" "$T/err"
ok $? "and says so"
is "$(find full -name '*.part' | wc -l)" 0 "and leaves no half file"

run "$E" clean in -o cut --on-leak cut --keep-style
grep -q '"id": "d3",  "text":"the gate in field 21 .* on a wet day,",' cut/kept/a.jsonl
ok $? "a leak is cut with its sentence, a mark alone, the rest of the text as it was"
grep '"id": "d3"' cut/kept/a.jsonl | grep -q '"extra":\[1, {"text":"x"}\], "created":"2003-01-01"}$'
ok $? "other fields stay byte for byte"

# Where Dolma's mixer looks: documents/PATH has its attributes in attributes/NAME/PATH.
mkdir -p dolma/documents/en
head -n 5 in/a.jsonl | gzip -c > dolma/documents/en/0.json.gz
"$E" clean -q --dry-run dolma/documents -o inside
"$E" clean -q --dry-run dolma -o beside
is "$(find inside beside -path '*attributes*' -type f | sort | tr '\n' ' ')" "beside/attributes/echometer/en/0.json.gz inside/attributes/echometer/en/0.json.gz " "attributes are where the mixer looks for them"

run "$E" clean in -o dry --dry-run
[ ! -e dry/kept ] && [ -s dry/attributes/echometer/a.jsonl ] && grep -q 'dry run' "$T/err"
ok $? "--dry-run: attributes only"

# A benchmark's item in a long text goes with 200 characters on each side.
printf '{"id":"q1","text":"which of the seven lighthouses on the northern shore was painted green by the keeper and his two daughters in the winter"}\n' > items.jsonl
"$E" refs build --kind benchmark --name lamps -o lamps.emr items.jsonl 2> "$T/err"
before=$(for i in $(seq 60); do printf 'word%d and %d ' "$i" "$((i * 3))"; done)
after=$(for i in $(seq 60); do printf 'term%d or %d ' "$i" "$((i * 5))"; done)
printf '{"id":"x","text":"%swhich of the seven lighthouses on the northern shore was painted green by the keeper and his two daughters in the winter %s"}\n' "$before" "$after" > planted.jsonl
run "$E" clean planted.jsonl -o bench --keep-style --refs lamps.emr
is "$code" 0 "a reference set is looked for"
grep -q '1 kept (1 of them cut)' "$T/err"
ok $? "the document stays, cut"
! grep -q lighthouses bench/kept/planted.jsonl && grep -q '"text":"word1 and 3 ' bench/kept/planted.jsonl &&
    grep -q 'term60 or 300"}$' bench/kept/planted.jsonl && ! grep -q 'word60\|term1 ' bench/kept/planted.jsonl
ok $? "the item is gone with its margin, both ends stay"

# The threshold by what may be lost.
run "$E" clean in/a.jsonl -o loss --max-human-loss 0.5% --calibrate in/a.jsonl
is "$code" 2 "too few texts to promise a loss"
grep -q '598 are needed' "$T/err"
ok $? "and how many it takes"
run "$E" clean in/a.jsonl -o loss --max-human-loss 5% --calibrate in/a.jsonl
is "$code" 2 "one source cannot bound the loss on others"
grep -q '5 are needed' "$T/err" && grep -q 'bound text' "$T/err"
ok $? "and what can be done"
run "$E" clean in/a.jsonl -o loss --max-human-loss 5% --calibrate in/a.jsonl --bound text
grep -q 'at most [0-9.]*% of human texts like the 288 of the calibration are removed' "$T/err"
ok $? "the bound and its basis are printed"

run "$E" clean in
is "$code" 129 "-o is needed"
run "$E" clean nowhere.jsonl -o x
is "$code" 2 "an input that is not there"
# A run that used no document exits with 2, as scan does; lines without a text are kept all the same.
"$TOP/tests/cli/make_parquet.py" "$T/none.parquet" 'id=a,b' 'text=,'
printf '{"id":"a","text":""}\n{"id":"b","text":null}\n' > "$T/none.jsonl"
for none in none.parquet none.jsonl; do
    for again in first second; do
        run "$E" clean -q --only leak -o "$T/$none-clean" "$T/$none"
        is "$code" 2 "$none: no text in any row: exit code 2, the $again time"
        grep -q 'no document was found in 1 input$' "$T/err"
        ok $? "$none: said, the $again time"
    done
done
printf '{"id":"a","text":""}\n{"id":"b","text":"Words."}\n' > "$T/some.jsonl"
run "$E" clean -q --only leak -o "$T/some-clean" "$T/some.jsonl"
is "$code $(wc -l < "$T/some-clean/kept/some.jsonl")" "0 2" "one text is a document; both lines are kept"

done_testing
