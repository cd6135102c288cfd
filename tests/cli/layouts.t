#!/bin/bash
# What people have, each read by one command without options: shards of C4, Dolma's documents beside attributes, what datatrove
# writes, FineWeb's fields, a folder of Markdown, a mailbox as JSONL, conversations as JSONL, a list of WET files.
. "$(dirname "$0")/tap.sh"
text="When I wrote the following pages, or rather the bulk of them, I lived alone, in the woods, a mile from any neighbor, in a house which I had built myself, on the shore of Walden Pond, in Concord, Massachusetts, and earned my living by the labor of my hands only. I lived there two years and two months."
# reads PATH DESCRIPTION URL DATE: one document of 59 words with this address and date
reads() {
    run "$E" scan -q "$1"
    is "$code" 0 "$2: read"
    is "$(jq -r '[.words, .url, .date] | map(tostring) | join(" ")' < "$T/out")" "59 $3 $4" "$2: its text, address and date"
}
mkdir -p "$T/c4/en" "$T/dolma/documents" "$T/dolma/attributes/x" "$T/datatrove/output" "$T/datatrove/logs" "$T/md/docs"
jq -nc --arg t "$text" '{text: $t, timestamp: "2019-04-25T12:57:54Z", url: "https://a.example/1"}' | gzip > "$T/c4/en/c4-train.00000-of-01024.json.gz"
reads "$T/c4" C4 https://a.example/1 2019-04-25T12:57:54Z
jq -nc --arg t "$text" '{id: "d1", text: $t, source: "web", created: "2019-01-01T00:00:00Z", metadata: {url: "https://b.example/"}}' | gzip > "$T/dolma/documents/0.json.gz"
reads "$T/dolma/documents" Dolma https://b.example/ 2019-01-01T00:00:00Z
echo '{"id":"d1","attributes":{"q":[[0,10,0.5]]}}' | gzip > "$T/dolma/attributes/x/0.json.gz"
run "$E" scan -q "$T/dolma"
is "$code $(wc -l < "$T/out")" "3 1" "Dolma's whole folder: the attributes gave no document, and are named"
grep -q 'attributes/x/0.json.gz' "$T/err"
ok $? "by their file"
jq -nc --arg t "$text" '{text: $t, id: "<urn:uuid:1>", metadata: {url: "https://c.example/", dump: "CC-MAIN-2024-10", date: "2024-03-01T00:00:00Z"}}' | gzip > "$T/datatrove/output/00000.jsonl.gz"
reads "$T/datatrove/output" datatrove https://c.example/ 2024-03-01T00:00:00Z
jq -nc --arg t "$text" '{text: $t, id: "<urn:uuid:1>", dump: "CC-MAIN-2024-10", url: "https://d.example/", file_path: "s3://x", language: "en", language_score: 0.9, token_count: 70}' > "$T/fineweb.jsonl"
reads "$T/fineweb.jsonl" "FineWeb's fields" https://d.example/ 2024-03-04
jq -nc --arg t "$text" '{from: "a@b.example", subject: "x", body: $t}' > "$T/mail.jsonl"
reads "$T/mail.jsonl" "a mailbox" null null
jq -nc --arg t "$text" '{messages: [{role: "user", content: "Tell me about yourself, at length."}, {role: "assistant", content: $t}]}' > "$T/messages.jsonl"
reads "$T/messages.jsonl" "messages (only the assistant's turns)" null null
jq -nc --arg t "$text" '{conversations: [{from: "human", value: "Tell me about yourself."}, {from: "gpt", value: $t}]}' > "$T/sharegpt.jsonl"
reads "$T/sharegpt.jsonl" "ShareGPT's conversations" null null
run "$E" scan -q --text-field messages.content "$T/messages.jsonl"
is "$(jq .words < "$T/out")" 59 "the same by its name"
run "$E" scan -q --text-field messages.nosuch "$T/messages.jsonl"
is "$code" 2 "a part that no turn has is no document"
printf '# Head\n\n%s\n' "$text" > "$T/md/docs/a.md"
run "$E" scan -q "$T/md"
is "$code $(wc -l < "$T/out")" "0 1" "a folder of Markdown"
{ printf 'WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://e.example/\r\nWARC-Date: 2020-02-03T04:05:06Z\r\nWARC-Record-ID: <urn:x:1>\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' "${#text}" "$text"; } | gzip > "$T/a.warc.wet.gz"
echo "$T/a.warc.wet.gz" | gzip > "$T/wet.paths.gz"
run "$E" scan -q --manifest "$T/wet.paths.gz"
is "$(jq -r '[.words, .url, .date] | map(tostring) | join(" ")' < "$T/out")" "59 https://e.example/ 2020-02-03T04:05:06Z" "a list of WET files"

# One row of a corpus, judged alone.
run "$E" detect --json --field text "$T/fineweb.jsonl"
is "$code $(jq .words < "$T/out")" "0 59" "detect --field reads a row of a corpus"
run "$E" detect --json --field messages.content --row 0 "$T/messages.jsonl"
is "$(jq .words < "$T/out")" 59 "a conversation"
"$E" scan -q --text-only -o "$T/rows.parquet" "$T/fineweb.jsonl"
run "$E" detect --json --field id --row 0 "$T/rows.parquet"
is "$code" 0 "a column of Parquet"
run "$E" detect --field nosuch "$T/fineweb.jsonl"
is "$code" 2 "a field that is not there"
grep -q "row 0 has no text in the field 'nosuch'" "$T/err"
ok $? "is named"
run "$E" detect --field text --row 5 "$T/fineweb.jsonl"
is "$code" 2 "nor is there a row 5"

# Cleaning a conversation: a passage cannot be cut out of several strings, so the line goes, with its reason.
jq -nc --arg t "$text As an AI language model, I cannot fish. $text" '{messages: [{role: "assistant", content: $t}]}' > "$T/leak.jsonl"
run "$E" clean -q --on-leak cut -o "$T/out.d" "$T/messages.jsonl" "$T/leak.jsonl"
is "$code" 0 "conversations are cleaned"
is "$(cat "$T"/out.d/kept/*messages.jsonl)" "$(cat "$T/messages.jsonl")" "a line without findings is kept as it is"
is "$(cat "$T"/out.d/removed/*leak.jsonl | jq -r 'tostring | test("leak")')" true "one with a leak is removed, with the reason"
done_testing
