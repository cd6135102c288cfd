#!/bin/bash
. "$(dirname "$0")/tap.sh"

"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"
run "$E" records "$T/demo.warc.gz"
is "$code" 3 "damage is exit code 3"
is "$(grep -c '"type":"response"' "$T/out")" 10 "ten responses"
is "$(grep -c '"block_digest":"ok"' "$T/out")" 14 "every block digest of a record is right"
is "$(grep -c '"type":"damage"' "$T/out")" 1 "the garbage is one record of damage"
grep '"type":"damage"' "$T/out" | grep -q '"error":"bytes between gzip members"'
ok $? "with its reason"
grep -q 'demo.warc.gz: at byte [0-9]*: bytes between gzip members' "$T/err"
ok $? "listed on standard error with file and offset"
fields=$(head -n 1 "$T/out" | grep -o '"[a-z_]*":' | tr -d '":\n' | sed 's/^/ /')
is "$(head -n 1 "$T/out" | grep -oE '"[a-z_]+":' | tr -d '":' | tr '\n' ' ')" \
    "file offset length type url date mime http_status payload_length block_digest payload_digest truncated error " \
    "the fields of the contract, in order"

# offsets and lengths tile the file
awk '{ match($0, /"offset":[0-9]+/); o = substr($0, RSTART + 9, RLENGTH - 9)
       match($0, /"length":[0-9]+/); l = substr($0, RSTART + 9, RLENGTH - 9)
       if (o + 0 != at + 0) bad = 1; at = o + l } END { print bad + 0, at }' "$T/out" > "$T/tile"
is "$(cat "$T/tile")" "0 $(stat -c %s "$T/demo.warc.gz")" "records and damage cover every byte, each once"

offset=$(sed -n 4p "$T/out" | grep -o '"offset":[0-9]*' | cut -d: -f2)
tail -c +$((offset + 1)) "$T/demo.warc.gz" > "$T/from.warc.gz"
run "$E" records -q "$T/from.warc.gz"
sed 's/^{"file":"[^"]*","offset":[0-9]*,//' "$T/out" > "$T/b"
run "$E" records -q "$T/demo.warc.gz"
tail -n +4 "$T/out" | sed 's/^{"file":"[^"]*","offset":[0-9]*,//' | cmp -s - "$T/b"
ok $? "the file can be read from any record's offset on"

# the same records from every container
gzip -dc "$T/demo.warc.gz" 2> /dev/null | head -c 20000000 > "$T/plain.warc"
gzip -c "$T/plain.warc" > "$T/one.warc.gz"
zstd -q -c "$T/plain.warc" > "$T/one.warc.zst"
strip() { sed -E 's/"file":"[^"]*",//; s/"offset":[0-9]+,"length":[0-9]+,//' "$1"; }
run "$E" records -q "$T/plain.warc"
cp "$T/out" "$T/p"
for f in one.warc.gz one.warc.zst; do
    run "$E" records -q "$T/$f"
    [ "$(strip "$T/out")" = "$(strip "$T/p")" ]
    ok $? "$f: the same records as uncompressed"
done
run "$E" records -q - < "$T/one.warc.zst"
[ "$(strip "$T/out")" = "$(strip "$T/p")" ]
ok $? "standard input: the same records"

# damage of every kind leaves the next record readable
rec() { # type length-field body
    printf 'WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://a.example/%s\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n%s\r\n\r\n%s\r\n\r\n' \
        resource "$1" "$2" "$3"
}
good=$(printf 'x%.0s' {1..20})
for case in "Content-Length: 0x10" "Content-Length: -5" "Content-Length: 999" "Content-Length: 3" "X-No-Length: 1"; do
    { rec 1 "Content-Length: 20" "$good"; rec 2 "$case" "$good"; rec 3 "Content-Length: 20" "$good"; } > "$T/bad.warc"
    run "$E" records "$T/bad.warc"
    is "$code" 3 "$case: exit code 3"
    is "$(grep -c '"url":"http://a.example/3"' "$T/out")" 1 "$case: the record behind it is read"
    grep '"url":"http://a.example/2"' "$T/out" | grep -q '"error":"'
    ok $? "$case: the record says what is wrong"
done
{ rec 1 "Content-Length: 20" "$good"; printf 'noise\r\nmore noise\r\n'; rec 3 "Content-Length: 20" "$good"; } > "$T/bad.warc"
run "$E" records "$T/bad.warc"
is "$(wc -l < "$T/out")" 3 "noise between records is one record of damage"
rec 1 "Content-Length: 20" "$good" | gzip > "$T/crc.gz"
size=$(stat -c %s "$T/crc.gz")
{ head -c $((size - 8)) "$T/crc.gz"; printf 'AAAA'; tail -c 4 "$T/crc.gz"; rec 2 "Content-Length: 20" "$good" | gzip; } > "$T/bad.warc.gz"
run "$E" records "$T/bad.warc.gz"
grep '/1"' "$T/out" | grep -q '"error":"gzip member has a bad CRC"'
ok $? "a bad CRC is the record's error"
is "$(grep -c 'a.example/2' "$T/out")" 1 "and the next member is read"

run "$E" records "$T/nothing"
is "$code" 2 "a missing file is exit code 2"
: > "$T/empty"
run "$E" records "$T/empty"
is "$code" 2 "an empty file has no records"
run "$E" records
is "$code" 129 "no file named is wrong usage"
run "$E" records --type request -q "$T/demo.warc.gz"
is "$(wc -l < "$T/out")" 1 "--type"
done_testing
