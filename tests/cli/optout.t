#!/bin/bash
# What owners say of their pages, as scan records it, and no passage of a page whose owner asks for no snippets.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
text=$(awk 'BEGIN { srand(4); split("mol ran tis ver kas lun por gel", s, " "); for (i = 1; i <= 300; i++) printf "%s%s%s%s", s[1 + int(rand() * 8)], s[1 + int(rand() * 8)], s[1 + int(rand() * 8)], i % 12 ? " " : ". " }')
printf '{"id":"m1","text":"%s"}\n' "$text" > known.jsonl
warc() { # url header head
    http=$(printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n%s\r\n<html><head>%s</head><body><p>%s</p></body></html>' "$2" "$3" "$text"; echo x)
    http=${http%x}
    printf 'WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://%s/\r\nWARC-Date: 2024-02-01T00:00:00Z\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' "$1" "$(printf '%s' "$http" | wc -c)" "$http"
}
{
    warc plain.org '' ''
    warc meta.org '' '<meta name=robots content="nosnippet">'
    warc head.org $'X-Robots-Tag: max-snippet:0\r\n' ''
    warc some.org '' '<meta name=robots content="index max-snippet: 100">'
    warc more.org '' '<meta name=robots content="max-snippet:-1, noai noarchive">'
} > pages.warc
"$E" refs build -q known.jsonl --name known --kind model-output -o known.emr
"$E" scan -q --no-output --index idx --refs known.emr pages.warc
run "$E" export --index idx --table documents
is "$(jq -r '[.url, .optouts // 0] | @tsv' out | sort | tr '\n\t' '|=')" "http://head.org/=8|http://meta.org/=8|http://more.org/=20|http://plain.org/=0|http://some.org/=16384|" "scan records what pages and headers say"
run "$E" query --index idx --hits
is "$(grep -c 'of known: 300 of 300' out) $(grep -c '>> [a-z]' out) $(grep -c 'asks for no passages' out)" "5 2 3" "query --hits: no passage of a page that says nosnippet or max-snippet"
run "$E" export --index idx --table hits
is "$(jq -r 'select((.excerpt // .passage // .text // "") != "") | .url' out | sort | tr '\n' ' ')" "http://more.org/ http://plain.org/ " "nor is one in the index"
# The words of a leak are words of the page.
leak='I hope this helps! As an AI language model, I cannot browse the internet, but here is a summary of the article you asked for.'
text="$leak $text"
{
    warc plain.org '' ''
    warc meta.org '' '<meta name=robots content="nosnippet">'
    warc head.org $'X-Robots-Tag: max-snippet:0\r\n' ''
} > leaks.warc
run "$E" scan -q leaks.warc
is "$(jq -r '[.host, (.signals.leaks | length > 0), ([.signals.leaks[].text] | map(. != null) | all), ([.signals.leaks[].end] | all(. > 0))] | @tsv' out | sort | tr '\n\t' '| ')" \
    "head.org true false true|meta.org true false true|plain.org true true true|" "verdict lines: where a leak is, and no word of it where no snippets are wanted"
is "$(grep -c 'AI language model' out)" 1 "nor anywhere else in the line"
# docs/POLITENESS.md: each row of the table of opt-outs names tests that are there.
rows=$(awk -F'|' '/^\| said \|/ {table = 1; getline; next} table && !/^\|/ {exit} table {print $(NF - 1)}' "$TOP/docs/POLITENESS.md")
missing=
for name in $(tr -d ',' <<< "$rows"); do
    [ -f "$TOP/tests/cli/$name" ] || [ -f "$TOP/tests/unit/$name.c" ] || missing="$missing $name"
done
is "$(grep -c . <<< "$rows") $(grep -cE '^ *$' <<< "$rows")$missing" "15 0" "docs/POLITENESS.md: every opt-out is tested, and where it says"
done_testing
