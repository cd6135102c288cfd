#!/bin/bash
# Every command of docs/CLEANING.md, in its order, on small made-up data.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 2

item="which of the seven lighthouses on the northern shore was painted green by the keeper and his two daughters in the winter"
page() { # number
    local i
    for i in $(seq 1 40); do printf 'In year %d we carried %d baskets over the hill, and nobody thanked us. ' $((i * $1)) $((i + $1)); done
    [ "$1" = 3 ] && printf '%s. ' "$item"
    for i in $(seq 1 40); do printf 'Later, in month %d, we had %d left and a dog named after him. ' $((i * $1)) $((i + $1)); done
}
for i in $(seq 1 6); do
    text=$(page "$i")
    [ "$i" = 5 ] && text="As an AI language model, I cannot carry baskets. $text"
    printf 'WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://example.org/%d\r\nWARC-Date: 2024-02-0%dT00:00:00Z\r\nWARC-Record-ID: <urn:uuid:0000-%d>\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' \
        "$i" "$i" "$i" "${#text}" "$text" | gzip -c
done > slice.warc.wet.gz
for i in $(seq 1 120); do printf '{"id":"h%d","source":"s%d","text":"%s"}\n' "$i" "$((i % 6))" "$(page "$i")"; done > human.jsonl
printf '{"id":"q1","question":"%s","answer":"the seventh"}\n' "$item" > bench.jsonl
printf '{"id":"o1","text":"%s"}\n' "As the sun set over the quiet village the clockmaker closed his shop and wondered who would ever need so many hands" > outputs.jsonl
cp "$TOP/configs/clean.yaml" clean.yaml

n=0
while read -r line; do
    n=$((n + 1))
    read -ra words <<< "${line#echometer }"
    run "$E" "${words[@]}"
    is "$code" 0 "$line"
    [ "${words[1]} ${words[2]}" != "--compare clean" ] || cp "$T/out" compared
done < <(sed -n 's/^    \(echometer .*\)/\1/p' "$TOP/docs/CLEANING.md")
is "$n" 12 "twelve commands"
is "$(find look -type f ! -name .lock | sort | tr "\n" " ")" "look/attributes/echometer/slice.warc.wet.jsonl.gz look/passages/slice.warc.wet.jsonl.gz " "the dry run wrote tags and passages only"
is "$(($(gzip -dc clean/kept/slice.warc.wet.jsonl.gz | wc -l) + $(gzip -dc clean/removed/slice.warc.wet.jsonl.gz | wc -l)))" 6 \
    "six documents, kept or removed"
gzip -dc decontaminated/kept/* | wc -l | grep -qx 6 && ! gzip -dc decontaminated/kept/* | grep -q lighthouses
ok $? "the benchmark's item was cut out, no document lost"
gzip -dc english/removed/* | grep -q '"reasons":\[[^]]*"leak"'
ok $? "the leak is a reason"
grep -q '^{"benchmark":"bench","item":"q1","documents":1,' decontaminated/contamination.jsonl
ok $? "and is reported with its item"
grep -q 'The same document by document' compared
ok $? "the comparison"
tail -n 1 look.html | grep -q '</html>'
ok $? "the page"
grep -q '^| records read | 6 | |$' clean/CARD.md
ok $? "the card counts them"
done_testing
