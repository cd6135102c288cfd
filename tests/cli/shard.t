#!/bin/bash
# Shards: any number of them, whole files and pieces of huge ones, merged in any way, are one run.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
export_of() { "$E" export --index "$1" | sha256sum | cut -c1-16; }

mkdir "$T/in"
for i in 1 2 3 4 5 6; do made_web 120 $i > "$T/in/$i.jsonl"; done
"$TOP/examples/demo/make_warc.sh" "$T/in/demo.warc.gz"
gzip -k "$T/in/6.jsonl"
cd "$T" || exit 1
"$E" scan --index one --no-output -q in
one=$(export_of one)

# A WARC of 400 responses, one of which is a WARC itself: who begins inside it is deceived.
cat "$T"/in/demo.warc.gz "$T"/in/demo.warc.gz | gzip -dc > inner.warc
record() { # type uri file
    printf 'WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: %s\r\nWARC-Date: 2022-03-04T05:06:07Z\r\nWARC-Record-ID: <urn:uuid:%s>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n' \
        "$1" "$2" "$2" "$(stat -c %s "$3")"
    cat "$3"
    printf '\r\n\r\n'
}
page() { # number
    printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><p>'
    made_web 1 "$1" | sed -E 's/.*"text":"([^"]*)".*/\1/'
    printf '</p></body></html>'
}
for ((i = 0; i < 120; i++)); do
    page $((i % 20)) > page
    record response "https://site$i.example/$i" page > r
    cat r >> huge.warc
    gzip -nc r >> huge.warc.gz
    zstd -qc r >> huge.warc.zst
done
for f in huge.warc huge.warc.gz huge.warc.zst in/1.jsonl; do
    "$E" records "$f" | grep -v '"type":"damage"' | wc -l > whole
    "$E" scan --text-only -q "$f" | sed -E 's/"id":"[^"]*",//' > want
    same=0
    for size in 100k 9k 1337 400; do
        "$E" scan --text-only -q --split $size "$f" | sed -E 's/"id":"[^"]*",//' > got
        cmp -s want got || same=1
        : > got
        for s in 0 1 2; do
            "$E" scan --text-only -q --split $size --shard $s/3 "$f" | sed -E 's/"id":"[^"]*",//' >> got
        done
        [ "$(sort got)" = "$(sort want)" ] || same=1
    done
    ok $same "$f in pieces of four sizes, in one run and in three shards: every record once"
done

for size in 20k 3k; do
    "$E" scan --index "s$size" --split $size --no-output -q in huge.warc.gz huge.warc
    run "$E" validate "s$size"
    is "$code" 0 "pieces of $size: sound"
    for n in 2 5; do
        dirs=
        for ((s = 0; s < n; s++)); do
            "$E" scan --index "p$size.$n.$s" --split $size --shard $s/$n --no-output -q in huge.warc.gz huge.warc
            dirs="p$size.$n.$s $dirs"
        done
        # shellcheck disable=SC2086
        run "$E" merge -o "m$size.$n" --threads 3 $dirs
        is "$(export_of "m$size.$n")" "$(export_of "s$size")" "pieces of $size in $n shards, merged: as in one run"
    done
done
run "$E" scan --index s3k --split 4k --no-output in
is "$code" 2 "another --split on the same index is refused"
grep -q 'go on with the same --split' "$T/err"
ok $? "and says what to do"
run "$E" merge -o m p3k.2.0 p20k.2.1
is "$code" 2 "pieces that overlap are not merged"
domain=site7.example
before=$("$E" query --index m3k.5 --domain $domain --all --json | wc -l)
run "$E" forget --index m3k.5 --domain $domain
is "$(cat "$T/out")" "$before documents of $domain forgotten" "a site is forgotten from pieces"
run "$E" validate m3k.5
is "$code" 0 "and the ledger's pieces add up"

# An archive within the archive, stored as it is: a piece that begins inside it must not be believed.
{ printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n'; cat inner.warc; } > page
record response https://inner.example/ page > nested.warc
cat huge.warc >> nested.warc
inner=$(stat -c %s page)
for s in 0 1; do "$E" scan --index "n.$s" --split $((inner / 2)) --shard $s/2 --no-output -q nested.warc; done
run "$E" merge -o nested n.0 n.1
is "$code" 2 "pieces that do not fit are refused"
grep -q 'do not fit.*scan it as a whole' "$T/err"
ok $? "and the way out is named"

# Fan-in, threads, kills.
dirs=
for ((s = 0; s < 12; s++)); do
    "$E" scan --index "k.$s" --shard $s/12 --no-output -q in
    dirs="$dirs k.$s"
done
for how in '--fan-in 2' '--fan-in 3 --threads 2' '--fan-in 12 --threads 4' '--threads 7'; do
    rm -rf f
    # shellcheck disable=SC2086
    run "$E" merge -o f $how $dirs
    is "$(export_of f)" "$one" "twelve shards merged with $how: the same export"
    [ ! -e f.merge ] && [ ! -e f.part ]
    ok $? "and nothing is left beside it"
done
run "$E" validate f
is "$code" 0 "sound"
from=$(date +%s%N)
# shellcheck disable=SC2086
"$E" merge -o timed --fan-in 2 $dirs
whole_ms=$((($(date +%s%N) - from) / 1000000 + 5))
RANDOM=20261123
killed=0
bad=0
for ((round = 0; round < ${KILLS:-6}; round++)); do
    rm -rf k f.merge f.part
    while :; do
        # shellcheck disable=SC2086
        "$E" merge -o k --fan-in 2 --threads 2 $dirs &
        pid=$!
        sleep "$(printf '0.%03d' $((RANDOM % whole_ms % 1000)))"
        kill -9 $pid 2> /dev/null
        wait $pid 2> /dev/null
        [ $? = 137 ] || break
        killed=$((killed + 1))
        [ $killed -lt $((6 * (round + 1))) ] || { "$E" merge -o k --fan-in 2 $dirs; break; }
    done
    [ "$(export_of k)" = "$one" ] || bad=$((bad + 1))
    [ ! -e k.merge ] && [ ! -e k.part ] || bad=$((bad + 1))
done 2> "$T/err"
is "$bad" 0 "merge killed $killed times in $round rounds: the same command ends as an undisturbed one"

# Killed after its last step, with groups still to remove: the plan is there, and so is the result.
killed_at_plan() {
    for ((i = 0; i < 200; i++)); do
        rm -rf e e.merge
        # shellcheck disable=SC2086
        "$E" merge -o e --fan-in 2 $dirs 2> /dev/null &
        pid=$!
        while kill -0 $pid 2> /dev/null && [ ! -s e.merge/plan ]; do :; done
        kill -9 $pid 2> /dev/null
        wait $pid 2> /dev/null
        [ -s e.merge/plan ] && return 0
    done
    return 1
}
killed_at_plan 2> /dev/null && rm -rf e && cp -r k e
ok $? "a merge killed with its plan written"
# shellcheck disable=SC2086
run "$E" merge -o e --fan-in 2 $dirs
is "$code $(export_of e)" "0 $one" "its result is there: what is left to do is done"
[ ! -e e.merge ]
ok $? "its groups are removed"
# shellcheck disable=SC2086
run "$E" merge -o e --fan-in 2 $dirs
is "$code" 2 "an index that is complete is not overwritten"

# Leftovers of another merge under the same name are not taken for one's own.
killed_at_plan 2> /dev/null && rm -rf other other.merge && mv e.merge other.merge
ok $? "leftovers of a merge"
run "$E" merge -o other --fan-in 2 k.0 k.1 k.2
"$E" merge -o plain k.0 k.1 k.2
is "$(export_of other)" "$(export_of plain)" "another list of indexes begins anew"
[ ! -e other.merge ]
ok $? "and leaves nothing of the first behind"

run "$E" merge -o x --fan-in 1 k.0
is "$code" 129 "a fan-in of one is wrong usage"
run "$E" scan --split 1k --stdin-paths --index x < /dev/null
is "$code" 129 "rows or an index, not both"

# The shard's heartbeat, and what status makes of it.
for s in 0 1 2; do "$E" scan --shard $s/5 --status-dir state --no-output -q --text-only in; done
run "$E" status state --json
is "$(grep -c . "$T/out")" 1 "status --json: one object"
grep -q '"shards":5,.*"done":3,.*"waiting":2,' "$T/out"
ok $? "three of five done, two have not begun"
sed -i 's/"state":"done"/"state":"running"/; s/"updated":[0-9]*/"updated":1000000000/' state/shard-00001-of-00005.json
sed -i 's/"state":"done"/"state":"failed"/; s/"error":null/"error":"no room left"/' state/shard-00002-of-00005.json
"$E" status state > "$T/out"
is "$(grep -cE '^  (done|running|waiting|lost|interrupted|failed|slow) +[0-9]+( |$)' "$T/out")" 7 "status: every state, a blank, its number"
run "$E" status state --exit-code
is "$code" 1 "status exits with 1 while something needs a hand"
grep -q 'lost *1$' "$T/out" && grep -q 'failed *1$' "$T/out" && grep -q 'no room left' "$T/out"
ok $? "a silent shard is lost, a failed one says why"
run "$E" status state --list failed,lost,waiting
is "$(cat "$T/out")" "1-4" "status --list: the shards to begin again, as sbatch --array takes them"
"$E" scan --shard 1/5 --status-dir state --no-output -q --text-only in
grep -q '"state":"done".*"attempt":2,' state/shard-00001-of-00005.json
ok $? "begun again it counts its attempts"
run "$E" status "$T/nowhere"
is "$code" 2 "no such folder: a clear error"
done_testing
