#!/bin/bash
. "$(dirname "$0")/tap.sh"

# Words that stand nowhere else: number of the first, how many.
text() { seq -f 'w%g' -s ' ' "$1" $(($1 + $2 - 1)); }
item() { printf '{"id":"%s","text":"%s"}\n' "$1" "$(text "$2" "$3")"; }

{ item first 1000 100; item second 2000 80; item again 2000 80; item short 1 5; } > "$T/a.jsonl"
run "$E" refs build "$T/a.jsonl" --name known --kind model-output --model wordy-1 --since 2022-11 -o "$T/known.emr"
is "$code" 0 "a set is built"
grep -q '2 items, 180 words.*1 duplicates, 1 too short' "$T/err"
ok $? "and says what is in it"
run "$E" refs list --json "$T/known.emr"
is "$code" 0 "it is listed"
is "$(cut -d, -f1-5 "$T/out")" '{"name":"known","kind":"model-output","model":"wordy-1","since":"2022-11","items":2' "with name, kind, model, date, items"
grep -q '"source":"a.jsonl"' "$T/out"
ok $? "and what it was built from"
"$E" refs list "$T/known.emr" | sed -n 2p | grep -q '^known .*model-output .*wordy-1'
ok $? "as a table too"
"$E" refs build -q "$T/a.jsonl" --name known --kind model-output --model wordy-1 --since 2022-11 -o "$T/twice.emr"
cmp -s "$T/known.emr" "$T/twice.emr"
ok $? "the same inputs give the same bytes"

line() { printf '{"id":"%s","url":"https://%s/","date":"%s","text":"%s"}\n' "$1" "$2" "$3" "$4"; }
half="$(text 900 60) $(text 1020 50) $(text 700 60)"
{
    line half example.com 2023-01-02 "$half"
    line whole example.org 2023-01-02 "$(text 1000 100)"
    line early example.net 2020-01-02 "$(text 1000 100)"
    line none example.edu 2023-01-02 "$(text 5000 100)"
} > "$T/in.jsonl"
run "$E" scan -q --refs "$T/known.emr" "$T/in.jsonl"
is "$code" 0 "scan --refs"
start=$(text 900 60 | wc -c)
end=$((start + $(text 1020 50 | wc -c) - 1))
sed -n 1p "$T/out" | grep -q '"matches":\[{"set":"known","item":"first","contained":0.500,"start":'$start',"end":'$end',"kind":"model-output","model":"wordy-1","words":50,"of":100,'
ok $? "half an item: which, how much, where"
is "$(sed -n 1p "$T/out" | grep -o '"stretches":.*]]')" '"stretches":[['$start','$end']]' "one stretch"
sed -n 2p "$T/out" | grep -q '"verdict":"machine","abstain":null'
ok $? "a text that is known output is machine-written"
sed -n 3p "$T/out" | grep -q '"contained":1.000'
ok $? "an older copy is shown"
sed -n 3p "$T/out" | grep -q '"verdict":"machine"'
[ $? = 1 ]
ok $? "but says nothing of its author"
grep -c '"matches":\[\]' "$T/out" > "$T/n"
is "$(cat "$T/n")" 1 "no match, no entry"
"$E" scan -q -t 1 --refs "$T/known.emr" "$T/in.jsonl" > "$T/one"
"$E" scan -q -t 4 --refs "$T/known.emr" "$T/in.jsonl" | cmp -s - "$T/one"
ok $? "the same for any number of threads"
text 1000 100 | "$E" detect --refs "$T/known.emr" | grep -q '^match .*model-output: first of set known (wordy-1), 100 of 100 words'
ok $? "detect --refs"

# Benchmarks and human sets, beside each other.
printf '{"id":"q1","q":"%s","a":"%s"}\n' "$(text 3000 20)" "answer42 is it" > "$T/b.jsonl"
item h 4000 100 > "$T/h.jsonl"
"$E" refs build -q "$T/b.jsonl" --name quiz --kind benchmark --question q --answer a -o "$T/quiz.emr"
"$E" refs build -q "$T/h.jsonl" --name people --kind human -o "$T/people.emr"
{
    line q example.com 2023 "$(text 800 40) $(text 3000 20) Answer42 is it! $(text 700 40)"
    line h example.com 2023 "$(text 4000 100)"
} > "$T/in2.jsonl"
run "$E" scan -q --refs "$T/quiz.emr" --refs "$T/people.emr" "$T/in2.jsonl"
sed -n 1p "$T/out" | grep -q '"set":"quiz","item":"q1","contained":1.000'
ok $? "question and answer"
sed -n 2p "$T/out" | grep -q '"verdict":"human".*"set":"people","item":"h","contained":1.000.*"kind":"human"'
ok $? "text known to be human"

# Adding.
item third 6000 50 > "$T/c.jsonl"
cp "$T/known.emr" "$T/more.emr"
run "$E" refs add "$T/more.emr" "$T/c.jsonl" "$T/a.jsonl"
is "$code" 0 "refs add"
grep -q '3 items, 230 words' "$T/err"
ok $? "one new, the others there already"
line x example.com 2023 "$(text 6000 50)" | "$E" scan -q --refs "$T/more.emr" - | grep -q '"item":"third","contained":1.000'
ok $? "and the new one is found"

# In an index.
run "$E" refs build -q "$T/a.jsonl" --name known --kind model-output --index "$T/idx"
is "$code $(ls "$T/idx/refs")" "0 known.emr" "refs build --index"
run "$E" scan -q --index "$T/idx" "$T/in.jsonl"
is "$(grep -c '"set":"known"' "$T/out")" 3 "scan --index uses it"
is "$("$E" export --index "$T/idx" | grep -c '"table":"hits"')" 3 "and records the hits"
run "$E" refs list --index "$T/idx"
grep -q '^known ' "$T/out"
ok $? "refs list --index"

# What is wrong is refused.
size=$(stat -c %s "$T/known.emr")
for at in 20 300 600 $((size / 2)) $((size - 9)); do
    cp "$T/known.emr" "$T/bad.emr"
    printf '\x5a' | dd of="$T/bad.emr" bs=1 seek="$at" conv=notrunc status=none
    cmp -s "$T/known.emr" "$T/bad.emr" && printf '\xa5' | dd of="$T/bad.emr" bs=1 seek="$at" conv=notrunc status=none
    run "$E" scan -q --refs "$T/bad.emr" "$T/in.jsonl"
    is "$code" 2 "byte $at changed: refused"
done
head -c $((size - 1)) "$T/known.emr" > "$T/bad.emr"
run "$E" refs list "$T/bad.emr"
is "$code" 2 "cut: refused"
cp "$T/known.emr" "$T/bad.emr"
printf '\x63' | dd of="$T/bad.emr" bs=1 seek=8 conv=notrunc status=none
run "$E" scan -q --refs "$T/bad.emr" "$T/in.jsonl"
is "$code $(grep -c 'format version 99' "$T/err")" "2 1" "another version: refused by name"
run "$E" scan -q --refs "$T/in.jsonl" "$T/in.jsonl"
is "$code" 2 "no set at all: refused"
printf '{"id":1,"text":"a b\n{"id":2,"text":"%s"}\n' "$(text 1 30)" > "$T/damaged.jsonl"
run "$E" refs build -q "$T/damaged.jsonl" --name d --kind human -o "$T/d.emr"
is "$code" 3 "a damaged line: exit 3"
"$E" refs list --json "$T/d.emr" | grep -q '"items":1,'
ok $? "and the others are in the set"

# What `scan` reads gives items as well: pages, texts, archives, folders of them.
page() { printf '<!DOCTYPE html><html><head><title>T</title></head><body><nav><a href="/">%s</a></nav><p>%s.</p></body></html>' "$(text 90 5)" "$1"; }
record() { # type, address, content type, body
    printf 'WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: %s\r\nWARC-Date: 2024-02-01T00:00:00Z\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' \
        "$1" "$2" "$3" "$(printf '%s' "$4" | wc -c)" "$4"
}
mkdir -p "$T/many/deeper"
page "$(text 8000 60)" > "$T/many/page.html"
text 8100 60 > "$T/many/deeper/plain.txt"
http=$(printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n%s' "$(page "$(text 8200 60)")")
{
    record request https://a.example/page application/http $'GET /page HTTP/1.1\r\nHost: a.example\r\n\r\n'
    record response https://a.example/page application/http "$http"
} | gzip > "$T/many/pages.warc.gz"
record conversion https://b.example/text text/plain "$(text 8300 60)" | gzip > "$T/many/texts.warc.wet.gz"
printf '{"messages":[{"role":"user","content":"?"},{"role":"assistant","content":"%s"}]}\n' "$(text 8400 60)" > "$T/many/rows.jsonl"
run "$E" refs build "$T/many" --name m --kind human -o "$T/m.emr"
is "$code" 0 "a folder of pages, texts, WARC, WET and conversations"
grep -q ' 5 items, 300 words.* 1 without text' "$T/err"
ok $? "each document is an item, of its main text"
for i in 0 1 2 3 4; do line x example.com 2023 "$(text $((8000 + 100 * i)) 60)"; done | "$E" scan -q --refs "$T/m.emr" - > "$T/out"
is "$(grep -c '"contained":1.000' "$T/out")" 5 "and each is found"
is "$(sed -n '3,4p' "$T/out" | grep -o '"item":"[^"]*"' | tr '\n' ' ')" '"item":"https://a.example/page" "item":"https://b.example/text" ' "by its address"
cp "$T/m.emr" "$T/m2.emr"
run "$E" refs add "$T/m2.emr" "$T/many/pages.warc.gz"
is "$code $(grep -c '5 items, 300 words.* 1 duplicates' "$T/err")" "0 1" "adding an archive"
record response https://a.example/x image/png 'PNG' > "$T/none.warc"
mkdir "$T/nothing"
: > "$T/empty.txt"
for of in none.warc nothing empty.txt; do
    run "$E" refs build "$T/$of" --name none --kind human -o "$T/none.emr"
    is "$code $([ -e "$T/none.emr" ] && echo made)" "2 " "$of gives no item: exit 2, and no set"
done
run "$E" refs build -q "$T/none.warc" "$T/many" --name part --kind human -o "$T/part.emr"
is "$code $(grep -c 'none.warc.*gave no item' "$T/err")" "3 1" "one input of several gave none: it is named, exit 3"
run "$E" refs build "$T/a.jsonl" --name x --kind else
is "$code" 129 "unknown kind: usage"
run "$E" refs build "$T/a.jsonl" --kind human
is "$code" 129 "no name: usage"
run "$E" refs build "$T/absent" --name x --kind human -o "$T/x.emr"
is "$code" 2 "no input: exit 2"
[ ! -e "$T/x.emr" ] && [ -z "$(ls -A "$T" | grep -E 'x.emr|echometer-')" ]
ok $? "and nothing is left behind"
done_testing
