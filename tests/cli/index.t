#!/bin/bash
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
export_of() { "$E" export --index "$1" | sha256sum | cut -c1-16; }

mkdir "$T/in"
for i in 1 2 3 4 5; do made_web 150 $i > "$T/in/$i.jsonl"; done
"$TOP/examples/demo/make_warc.sh" "$T/in/demo.warc.gz"

run "$E" scan --index "$T/one" -o "$T/one.jsonl" --threads 1 -q "$T/in"
is "$code" 3 "scan --index: the damaged demo record is exit code 3, as without"
one=$(export_of "$T/one")
"$E" scan -o "$T/plain.jsonl" -q "$T/in"
cmp -s "$T/one.jsonl" "$T/plain.jsonl"
ok $? "verdict lines are the same with an index and without"
"$E" scan --index "$T/many" --no-output --threads 3 --commit-every 0.01 -q "$T/in"
is "$(export_of "$T/many")" "$one" "three threads and many commits: the same export"
run "$E" validate --index "$T/many"
is "$code" 0 "validate: sound"

is "$("$E" query --index "$T/one" --all --json --limit 100000 | jq -r 'select(.page_type) | .page_type' | sort | uniq -c)" \
    "$(jq -r 'select(.page_type) | .page_type' < "$T/one.jsonl" | sort | uniq -c)" "the index keeps what kind of page each is"

lines=$(wc -l < "$T/one.jsonl")
run "$E" scan --index "$T/one" -o "$T/one.jsonl" --summary json "$T/in"
is "$code" 3 "again: nothing to do, and the damage of the first run is not forgotten"
tail -n 1 "$T/err" | grep -q '"known_files":6,.*"records":0,'
ok $? "again: six files known, no record read"
is "$(wc -l < "$T/one.jsonl")" "$lines" "again: the output stays as it was"
is "$(export_of "$T/one")" "$one" "again: so does the index"

for parts in 2 4; do
    dirs=
    for ((i = 0; i < parts; i++)); do
        "$E" scan --index "$T/p$parts.$i" --shard $i/$parts --no-output -q "$T/in"
        dirs="$T/p$parts.$i $dirs"
    done
    # shellcheck disable=SC2086
    run "$E" merge -o "$T/merged$parts" $dirs
    is "$(export_of "$T/merged$parts")" "$one" "$parts shards merged, last first: the same export"
done
run "$E" validate "$T/merged4"
is "$code" 0 "validate: the merged index is sound"
run "$E" merge -o "$T/m" "$T/one" "$T/p2.0"
is "$code" 2 "merging an input twice is refused"
grep -q 'was read in both' "$T/err"
ok $? "and the input is named"
[ ! -e "$T/m" ]
ok $? "and nothing is left"
run "$E" merge -o "$T/one" "$T/p2.0"
is "$code" 2 "merge into an index that exists is refused"

run "$E" query --index "$T/one" --json
grep -q '"inputs":6,.*"documents":759,' "$T/out"
ok $? "query: overview counts documents"
run "$E" query --index "$T/one" --domain www.site7.example --json --all
sites=$(wc -l < "$T/out")
[ "$sites" -gt 5 ] && ! grep -qv '"domain":"site7.example"' "$T/out"
ok $? "query --domain: only that site's documents"
url=$(sed -nE '1s/.*"url":"([^"]*)".*/\1/p' "$T/out")
run "$E" query --index "$T/one" --url "$url" --json
is "$(wc -l < "$T/out")" 1 "query --url: one capture"
grep -q '"source":".*jsonl","' "$T/out" || grep -q '"source":".*jsonl"' "$T/out"
ok $? "with the file it came from"
run "$E" query --index "$T/one" --month 2021-05 --verdict machine --csv
[ "$(wc -l < "$T/out")" -gt 1 ] && ! tail -n +2 "$T/out" | grep -qv '^"2021-05-..",machine,'
ok $? "query --month --verdict --csv: only those"
run "$E" query --index "$T/one" --domain nobody.example
is "$code $(cat "$T/out") $(cat "$T/err")" "0  echometer: query: no documents of that kind in '$T/one'" "query without hits says so"
run "$E" query --index "$T/one" --verdict robot
is "$code" 129 "query: an unknown verdict is a usage error"

cp -r "$T/one" "$T/less"
run "$E" forget --index "$T/less" --url "$url"
is "$(cat "$T/out")" "1 document of $url forgotten" "forget --url"
run "$E" forget --index "$T/less" --domain site7.example
is "$(cat "$T/out")" "$((sites - 1)) documents of site7.example forgotten" "forget --domain"
run "$E" query --index "$T/less" --domain site7.example --json
is "$(wc -c < "$T/out")" 0 "query finds nothing of it"
! grep -qa 'site7\.example' "$T/less/data.mdb"
ok $? "nor do the bytes of the file"
cp -r "$T/one" "$T/half"
mkdir "$T/half/compact"
"$E" forget --index "$T/half" --domain nobody.example > /dev/null
[ ! -e "$T/half/compact" ]
ok $? "a rewriting that a crash left undone is done by the next forget"
is "$(export_of "$T/half")" "$one" "and loses nothing"
run "$E" validate --index "$T/less"
is "$code" 0 "validate: sound afterwards"
run "$E" scan --index "$T/less" --no-output -q "$T/in"
run "$E" query --index "$T/less" --domain site7.example --json
is "$(wc -c < "$T/out")" 0 "scanning again does not bring it back"

size=$(stat -c %s "$T/one/data.mdb")
caught=0
missed=0
RANDOM=4711
for ((k = 0; k < 60; k++)); do
    rm -rf "$T/flip"
    cp -r "$T/one" "$T/flip"
    perl -e 'my ($file, $at, $bit) = @ARGV; open my $f, "+<", $file or die; binmode $f; my $b;
        seek $f, $at, 0; read $f, $b, 1; seek $f, $at, 0; print $f chr(ord($b) ^ (1 << $bit));' \
        "$T/flip/data.mdb" $(((RANDOM * 32768 + RANDOM) % size)) $((RANDOM % 8))
    "$E" validate --index "$T/flip" -q > "$T/out" 2> "$T/err"
    if [ $? = 3 ]; then
        caught=$((caught + 1))
    elif [ "$(export_of "$T/flip" 2> /dev/null)" != "$one" ]; then
        missed=$((missed + 1))
    fi
done
[ $caught -gt 20 ]
ok $? "validate: $caught of 60 flipped bits found (the others lie in unused bytes)"
is "$missed" 0 "no flipped bit changes an export unseen"
"$E" export --index "$T/one" --table nonsense > "$T/out" 2> "$T/err"
is "$?" 2 "export: an unknown table is an error"

made_web 20 99 > "$T/in/5.jsonl"
run "$E" scan --index "$T/one" --no-output "$T/in"
is "$code" 3 "an input that changed is reported"
grep -q '5.jsonl.*is not what it was' "$T/err"
ok $? "and named"
is "$(export_of "$T/one")" "$one" "and leaves the index as it was"

mkfifo "$T/pipe"
"$E" scan --index "$T/slow" --no-output -q - < "$T/pipe" &
exec 9> "$T/pipe"
cat "$T/in/1.jsonl" >&9
for ((i = 0; i < 100; i++)); do [ -s "$T/slow/writer" ] && break; sleep 0.1; done
run "$E" scan --index "$T/slow" --no-output "$T/in/2.jsonl"
is "$code" 2 "a second writer is refused"
grep -q 'is being written by another process ([0-9]' "$T/err"
ok $? "with the first one's process number"
exec 9>&-
wait

run "$E" scan --index "$T/slow" --no-output - < "$T/in/2.jsonl"
is "$code" 2 "standard input a second time is refused: it cannot be told from the first"

run "$E" scan --index "$T/both" --text-only --no-output -q "$T/in/2.jsonl"
"$E" scan --index "$T/both" --no-output -q "$T/in/2.jsonl"
"$E" scan --index "$T/two" --no-output -q "$T/in/2.jsonl"
is "$("$E" query --index "$T/both" --all --json | wc -l)" 150 "another model: what was only read beside it is not counted a second time"
for table in passages diversity; do
    "$E" export --index "$T/both" --table $table > "$T/a"
    "$E" export --index "$T/two" --table $table > "$T/b"
    cmp -s "$T/a" "$T/b"
    ok $? "another model: what depends on the text alone ($table) is not counted twice"
done
run "$E" validate "$T/both"
is "$code" 0 "another model: sound"

made_web 4000 7 > "$T/large.jsonl"
(ulimit -f 200; "$E" scan --index "$T/full" --no-output --commit-every 0.02 "$T/large.jsonl" > "$T/out" 2> "$T/err"; echo $? > "$T/code")
is "$(cat "$T/code")" 2 "a full disk fails the run"
grep -qi 'too large\|no space' "$T/err"
ok $? "and is named"
run "$E" validate --index "$T/full"
is "$code" 0 "what was committed before is sound"
"$E" scan --index "$T/full" --no-output -q "$T/large.jsonl"
"$E" scan --index "$T/fresh" --no-output -q "$T/large.jsonl"
is "$(export_of "$T/full")" "$(export_of "$T/fresh")" "and with room again the same command ends as if nothing had happened"

run "$E" query --index "$T/none"
is "$code" 2 "no index: a clear error"
grep -q "there is no index in" "$T/err"
ok $? "that says so"
done_testing
