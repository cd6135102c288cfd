#!/bin/bash
# What comes from an input reaches a terminal escaped, and a pipe or a file as it is.
. "$(dirname "$0")/tap.sh"
if ! command -v script > /dev/null; then
    skip "no script (util-linux)"
    done_testing
fi
# Everything a terminal would be sent, carriage returns of its line ends taken away.
shown() { # words of a command
    # The words are quoted as bash reads them; script asks $SHELL, else sh.
    SHELL=$BASH script -qec "$(printf '%q ' "$@")" /dev/null < /dev/null | tr -d '\r' > "$T/shown"
}
# Bytes that a terminal obeys: controls but tab and line feed, DEL, C1 as UTF-8 or alone.
obeyed() { LC_ALL=C grep -cP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\x80-\xf4])[\x80-\x9f]' "$1"; }

bad=$'\e]0;owned\a\e[2J\177\302\2332J\2332J\b'
printf '%s' "$bad" > "$T/probe"
is "$(obeyed "$T/probe")" 1 "the probe holds what a terminal obeys"
name=$T/in$bad.warc
body='<html><title>Tides</title><body><p>Bells and boats: tides of the harbour are read off a post at the quay each morning, and the children write the numbers on a board.</p>'
{
    http=$'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n'"$body"
    printf 'WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\nWARC-Date: 2024-03-01T00:00:00Z\r\nWARC-Target-URI: http://example.com/a%s\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' "$bad" "${#http}" "$http"
    printf 'WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9000\r\n\r\ncut'
} > "$name"
jq -cn --arg t "$(printf 'tides \e[2J of \e]0;x\a the \x7f harbour \xc2\x9b2J')" '{id: "a\u001b[2J\u009b", url: "http://example.org/\u001b[2J\u009b\u007f", text: $t}' > "$T/in.jsonl"

shown "$E" scan --drops --index "$T/idx" "$name" "$T/in.jsonl"
is "$(obeyed "$T/shown")" 0 "scan: lines, damage and summary"
grep -qF 'in\u001b]0;owned\u0007\u001b[2J\u007f\u009b2J\x9b2J\u0008.warc' "$T/shown"
ok $? "the file's name is shown escaped"
"$E" scan --drops "$name" > "$T/out" 2> "$T/err"
LC_ALL=C grep -qF "$bad" "$T/err"
ok $? "in a file it stands as it is"
shown "$E" query --index "$T/idx" --all
is "$(obeyed "$T/shown")" 0 "query"
grep -q 'example' "$T/shown"
ok $? "and it shows the documents"
shown "$E" query --index "$T/idx" --all --json
is "$(obeyed "$T/shown")" 0 "query --json"
shown "$E" export --index "$T/idx"
is "$(obeyed "$T/shown")" 0 "export"
shown "$E" echo --index "$T/idx"
is "$(obeyed "$T/shown")" 0 "echo"
printf 'tides %s' "$bad" > "$T/text$bad.md"
shown "$E" check "$T"
is "$(obeyed "$T/shown")" 0 "check"
shown "$E" text "$T/text$bad.md"
is "$(obeyed "$T/shown")" 0 "text"
shown "$E" records "$name"
is "$(obeyed "$T/shown")" 0 "records"
shown "$E" scan "$T/none$bad"
is "$(obeyed "$T/shown")" 0 "the name of a file that is not there"
shown "$E" "$bad"
is "$(obeyed "$T/shown")" 0 "a command that is none"
shown "$E" scan "--$bad" x
is "$(obeyed "$T/shown")" 0 "an option that is none"
shown "$E" scan -o /dev/tty "$T/in.jsonl"
is "$(obeyed "$T/shown")" 0 "an output that is the terminal by name"
# Sets keep their items' names and texts.
words=$(printf 'word%d of the harbour tide ' {1..40})
jq -cn --arg t "$words" '{id: "a\u001b[2J\u009b", text: $t}' > "$T/set.jsonl"
printf '%s%s' "$words" "$bad" > "$T/text.txt"
"$E" refs build --name 'tides' --kind model-output --k 4 --t 4 -o "$T/tides.emr" "$T/set.jsonl" > /dev/null 2>&1
ok $? "a set whose items have such names"
shown "$E" detect --refs "$T/tides.emr" "$T/text.txt"
grep -qF 'a\u001b[2J' "$T/shown"
ok $? "detect --refs names the item"
is "$(sed 's/\x1b\[30;43m//g; s/\x1b\[0m//g' "$T/shown" | obeyed /dev/stdin)" 0 "detect --refs"
# How far a long job is: in a line that goes before anything else is printed, and only on a terminal.
mkfifo "$T/slow"
for i in {1..200}; do echo '{"id":"'"$i"'","text":"A line about the weather in the hills."}'; done > "$T/lines.jsonl"
{ cat "$T/lines.jsonl"; sleep 4; } > "$T/slow" &
env SHELL="$BASH" script -qec "'$E' records '$T/slow' > '$T/records'" /dev/null < /dev/null > "$T/shown"
wait
grep -q 'records: reading records, [0-9.]* kB' "$T/shown" && [ "$(tail -c 4 "$T/shown" | od -An -tx1 | tr -d ' \n')" = 0d1b5b4b ]
ok $? "a command that takes longer than two seconds shows how far it is, and takes the line away"
{ cat "$T/lines.jsonl"; sleep 3; } > "$T/slow" &
"$E" records "$T/slow" 2> "$T/err" > "$T/again"
wait
cmp -s "$T/records" "$T/again" && [ ! -s "$T/err" ]
ok $? "a log gets no such line"
# One text, one page, lines, indexes: while they are waited for, four at once.
slowly() { # name-of-the-pipe first-bytes command...
    local pipe=$1 first=$2
    shift 2
    mkfifo "$T/$pipe"
    { printf '%s\n' "$first"; sleep 4; } > "$T/$pipe" &
    SHELL=$BASH script -qec "$(printf '%q ' "$E" "$@") '$T/$pipe' > '$T/$pipe.out'" /dev/null < /dev/null > "$T/$pipe.shown" &
}
slowly text 'A sentence about the weather.' text
slowly detect 'A sentence about the weather.' detect
slowly lang 'A sentence about the weather.' lang
slowly cluster.idx 'com,example)/ 20240101000000	cdx-00000.gz	0	100	1' sample --dry-run -n 1
wait
grep -q 'text: reading the page' "$T/text.shown" && grep -q weather "$T/text.out"
ok $? "text shows that it waits"
grep -q 'detect: reading the text' "$T/detect.shown" && [ -s "$T/detect.out" ]
ok $? "detect too"
grep -q 'lang: reading lines, 30 bytes' "$T/lang.shown" && grep -q '"en"' "$T/lang.out"
ok $? "lang shows how much it has read"
grep -q 'sample: reading lists of blocks' "$T/cluster.idx.shown"
ok $? "sample shows what it reads"
done_testing
