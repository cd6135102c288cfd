#!/bin/bash
. "$(dirname "$0")/tap.sh"

"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"

run "$E" scan --summary json -o "$T/v1" --threads 1 "$T/demo.warc.gz"
is "$code" 3 "damaged input is exit code 3"
grep -q 'demo.warc.gz: at byte [0-9]*: ' "$T/err"
ok $? "damage is listed with file, offset and reason"
tail -n 1 "$T/err" | grep -q '"documents":9,'
ok $? "nine documents"
records=$(tail -n 1 "$T/err" | sed -E 's/.*"records":([0-9]+).*/\1/')
documents=$(tail -n 1 "$T/err" | sed -E 's/.*"documents":([0-9]+).*/\1/')
drops=$(tail -n 1 "$T/err" | sed -E 's/.*"drops":\{([^}]*)\}.*/\1/' | tr ',' '\n' | awk -F: '{n+=$2} END {print n}')
is "$((documents + drops))" "$records" "documents + drops = records"
is "$(wc -l < "$T/v1")" 9 "a line for each document"
grep -q '"drop":null}$' "$T/v1"
ok $? "a document's line says drop null, last"
for field in id url host domain date published page_type page_type_score lang words score log_odds verdict abstain signals spans share share_error edited family source model; do
    grep -qv "\"$field\":" "$T/v1"
    [ $? = 1 ]
    ok $? "every line has $field"
done
grep 'answer-with-a-leak' "$T/v1" | grep -q '"verdict":"machine".*"leaks":\[{"kind"'
ok $? "the page with a leak is machine, with its evidence"
grep 'diary' "$T/v1" | grep -q '"verdict":"human"\|"verdict":"unsure"'
ok $? "the diary page is not flagged"
grep 'jardin' "$T/v1" | grep -q '"lang":"fr".*"verdict":"abstain","abstain":"language"'
ok $? "French: abstains, language"
grep '06\|short' "$T/v1" | grep -q '"abstain":"too-short"'
ok $? "two sentences: abstains, too short"

cp "$T/demo.warc.gz" "$T/demo2.warc.gz"
cp "$T/demo.warc.gz" "$T/demo3.warc.gz"
for threads in 2 3 8; do
    "$E" scan -q -o "$T/vn" --threads $threads "$T/demo.warc.gz" "$T/demo2.warc.gz" "$T/demo3.warc.gz"
    "$E" scan -q -o "$T/vs" --threads 1 "$T/demo.warc.gz" "$T/demo2.warc.gz" "$T/demo3.warc.gz"
    cmp -s "$T/vn" "$T/vs"
    ok $? "the same bytes for 1 and $threads threads"
done

(cd "$T" && cp demo.warc.gz - && rm ./-)
run "$E" scan -q - < "$T/demo.warc.gz"
cp "$T/out" "$T/stdin"
sed -E 's/"file":"[^"]*"/"file":"-"/' "$T/v1" | cmp -s - "$T/stdin"
ok $? "standard input gives the same lines"

gzip -dc "$T/demo.warc.gz" > "$T/plain.warc" 2> /dev/null
run "$E" scan --drops -q "$T/demo.warc.gz"
grep -q '"drop":"http-status"' "$T/out" && grep -q '"drop":"mime"' "$T/out" && grep -q '"drop":"request"' "$T/out" &&
    grep -q '"drop":"revisit"' "$T/out" && grep -q '"drop":"warcinfo"' "$T/out" && grep -q '"drop":"damaged"' "$T/out"
ok $? "--drops names each reason"
is "$(wc -l < "$T/out")" "$records" "--drops: a line for every record"

mkdir -p "$T/dir/sub"
printf '{"id":"a","text":"One line of a corpus that is much too short."}\nnot json\n{"id":"b","body":{"text":"Another one."}}\n' > "$T/dir/sub/c.jsonl"
printf 'A plain text file, short as well.\n' > "$T/dir/plain.txt"
run "$E" scan --drops "$T/dir"
is "$code" 3 "a folder is scanned; a line that is not JSON is damage, as clean says"
is "$(grep -c "c.jsonl: at byte $(head -n 1 "$T/dir/sub/c.jsonl" | wc -c): the line is not valid JSON" "$T/err")" 1 "listed with its place"
run "$E" clean --only leak "$T/dir/sub/c.jsonl" -o "$T/lines-clean"
is "$code $(grep -c "c.jsonl: at byte $(head -n 1 "$T/dir/sub/c.jsonl" | wc -c): the line is not valid JSON" "$T/err")" "3 1" "clean: the same code and message"
sed 2d "$T/dir/sub/c.jsonl" > "$T/fine.jsonl"
run "$E" scan -q "$T/fine.jsonl"
is "$code" 0 "a line without the text field is a drop and no damage"
run "$E" scan --drops "$T/dir"
is "$(wc -l < "$T/out")" 4 "four records in the folder"
grep -q '"drop":"bad-json"' "$T/out" && grep -q '"drop":"no-field"' "$T/out"
ok $? "bad JSON and a missing field are told apart"
run "$E" scan --text-field body.text "$T/dir/sub/c.jsonl"
grep -q '"id":"b"' "$T/out"
ok $? "a dotted path finds the text"

printf '# inputs\n%s\n\n%s\n' "$T/dir/plain.txt" "$T/dir/sub/c.jsonl" | gzip > "$T/list.gz"
run "$E" scan --manifest "$T/list.gz"
is "$(wc -l < "$T/out")" 2 "a manifest, gzipped, with a comment"
total=0
for i in 0 1 2; do
    run "$E" scan --manifest "$T/list.gz" --shard $i/3 --drops
    total=$((total + $(wc -l < "$T/out")))
done
is "$total" 4 "shards share out all records, each once"

run "$E" scan "$T/none.warc"
is "$code" 2 "no input could be read: exit code 2"
grep -q "none.warc" "$T/err"
ok $? "the missing file is named"
run "$E" scan "$T/none.warc" "$T/dir/plain.txt"
is "$code" 3 "one of two inputs missing: the rest goes on, exit code 3"
: > "$T/empty"
run "$E" scan --exit-code -q "$T/dir/plain.txt"
is "$code" 0 "--exit-code without findings"
run "$E" scan -q "$T/dir/plain.txt" -o /dev/full
is "$code" 2 "a full disk is exit code 2"
grep -qi 'cannot write' "$T/err"
ok $? "and says so"

run "$E" scan
is "$code" 129 "nothing to scan is wrong usage"
run "$E" scan --shard 3/3 "$T/empty"
is "$code" 129 "--shard 3/3 is wrong usage"
run "$E" scan --threads x "$T/empty"
is "$code" 129 "--threads x is wrong usage"
run "$E" scan --frobnicate "$T/empty"
is "$code" 129 "an unknown option is wrong usage"
run "$E" scan --help
is "$code" 0 "--help"
grep -q -- '--manifest' "$T/out"
ok $? "--help lists the options"
run "$E" frobnicate
is "$code" 129 "an unknown command is wrong usage"
run "$E" --version
is "$(head -1 "$T/out")" "echometer $(cat "$TOP/VERSION")" "--version begins with the version"
grep -qE '^model en-[^ ]+ \(en\)$' "$T/out"
ok $? "and names the models"

# SIGINT: the run ends soon, cleanly, and says what was done. A pipe that never ends keeps it going.
(while cat "$T/demo.warc.gz" 2> /dev/null; do :; done) | "$E" scan --summary json - > "$T/int" 2> "$T/interr" &
pid=$!
for _ in $(seq 100); do
    [ -s "$T/int" ] && break
    sleep 0.1
done
sleep 0.5
pkill -INT -P $$ echometer 2> /dev/null || kill -INT $pid
wait $pid
is "$?" 2 "interrupted is exit code 2"
tail -n 1 "$T/interr" | grep -q '"interrupted":true'
ok $? "the summary says that it was interrupted"
is "$(tail -c 1 "$T/int" | od -An -c | tr -d ' ')" '\n' "the last line is whole"

# A body that its own message shows to be cut is damage, used as far as it goes; one that the archive declares cut is not.
record() { # name fields-of-the-record fields-of-HTTP body
    local http="HTTP/1.1 200 OK"$'\r\n'"Content-Type: text/html"$'\r\n'"$3"$'\r\n'"$4"
    printf 'WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/%s\r\nWARC-Date: 2024-01-02T03:04:05Z\r\nContent-Type: application/http\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n' \
        "$1" "$2" "${#http}" "$http"
}
page="<html><body><p>A page with a sentence or two about the hills, the weather and the people who live there.</p></body></html>"
chunk="$(printf '%x' ${#page})"$'\r\n'"$page"$'\r\n'
crlf=$'\r\n'
{
    record whole "" "Content-Length: ${#page}$crlf" "$page"
    record chunks "" "Transfer-Encoding: chunked$crlf" "${chunk}0$crlf$crlf"
    record said "WARC-Truncated: length$crlf" "Content-Length: 9999$crlf" "$page"
} > "$T/sound.warc"
run "$E" scan -q "$T/sound.warc"
is "$code $(wc -l < "$T/out")" "0 3" "whole bodies, and one that the archive says is cut, are no damage"
for cut in "Content-Length: 9999|$page|shorter than its Content-Length" "Transfer-Encoding: chunked|$chunk|before its last chunk" \
    "Transfer-Encoding: chunked|fff$crlf$page|before its last chunk"; do
    IFS='|' read -r -d '' fields body reason < <(printf '%s\0' "$cut")
    { cat "$T/sound.warc"; record cut "" "$fields$crlf" "$body"; } > "$T/cut.warc"
    run "$E" scan "$T/cut.warc"
    is "$code $(grep -c example.org/cut "$T/out")" "3 1" "$reason: exit code 3, and its text is used"
    grep -q "cut.warc: at byte $(wc -c < "$T/sound.warc"): the .*HTTP body .*$reason" "$T/err"
    ok $? "$reason: with its place"
    run "$E" clean "$T/cut.warc" -o "$T/cut-clean-${#body}" --only leak
    is "$code" 3 "$reason: clean exits with 3 as well"
done
# A coded body of which nothing can be read is a drop, and damage.
{ cat "$T/sound.warc"; record gz "" "Content-Encoding: gzip$crlf" "$(printf '\x1f\x8b\x08\x01')"; } > "$T/cut.warc"
run "$E" scan --drops "$T/cut.warc"
is "$code $(grep -c '"drop":"bad-encoding"' "$T/out")" "3 1" "gzip without a byte of its body: dropped, exit code 3"
grep -q "the gzip coding of the HTTP body ends early" "$T/err"
ok $? "and said"

done_testing
