#!/bin/bash
# The ledger: what was damaged is reported again when a scan resumes, and one input under several spellings counts once.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
"$TOP/examples/demo/make_warc.sh" demo.warc.gz
mkdir in
{ cat demo.warc.gz; echo "no member of gzip"; cat demo.warc.gz; echo "nor is this one"; cat demo.warc.gz; } > in/x.warc.gz

run "$E" scan --text-only --no-output --index ix in/x.warc.gz
is "$code" 3 "damaged input: exit 3"
first=$(sed -n 's/.*at byte \([0-9]*\): \(.*\)/\1 \2/p' err | head -1)
run "$E" scan --text-only --no-output --index ix in/x.warc.gz
is "$code" 3 "and again where the index has it already"
[ "$(sed -n 's/.*at byte \([0-9]*\): \(.*\) (and [0-9]* more such places, found before)/\1 \2/p' err)" = "$first" ]
ok $? "with the reason and the place that the first run reported"
is "$("$E" export --index ix | jq -c 'select(.damage) | [.damaged, (.damage | map(.count) | add)]')" "[5,5]" "export has the kinds of damage"
run "$E" validate --index ix
is "$code" 0 "the index is sound"

# Killed anywhere, the kinds are those of one run. One record a commit.
for ((i = 1; i < 4; i++)); do
    timeout -s KILL 0.$i "$E" scan -q --text-only --no-output --commit-every 0.001 --index cut in/x.warc.gz 2> /dev/null
done
"$E" scan -q --text-only --no-output --index cut in/x.warc.gz 2> /dev/null
cmp -s <("$E" export --index ix) <("$E" export --index cut)
ok $? "killed and resumed: the same export"

ln -s x.warc.gz in/y.warc.gz
ln -s in linked
n=0
for name in in/x.warc.gz ./in/x.warc.gz linked/x.warc.gz "$PWD/in/x.warc.gz" in/y.warc.gz; do
    "$E" scan -q --text-only --no-output --index one "$name" 2> /dev/null
    "$E" scan -q --text-only --no-output --index "part$((n++))" "$name" 2> /dev/null
done
cmp -s <("$E" export --index ix) <("$E" export --index one)
ok $? "five spellings, one input"
for i in 1 2 3 4; do
    run "$E" merge -o merged part0 part$i
    [ "$code" = 2 ] && grep -q "are the same input" err
    ok $? "merge refuses it under another spelling ($i)"
done

# A finished run says what the index holds, as JSON too; an interrupted one resumes only where something was recorded.
"$E" scan -q --no-output --index judged demo.warc.gz
"$E" scan --summary json --no-output --index judged demo.warc.gz 2>&1 | grep '^{' > summary
is "$(jq -c '[.schema, .documents, .known_documents, .index.documents, .index.inputs]' summary)" "[1,0,9,9,1]" "the JSON summary of a finished run has the totals of the index"
"$E" query --json --index judged | jq -e '.schema == 1 and .documents == 9' > /dev/null
ok $? "query --json has a schema number"
mkfifo idle
for index in "" "--index piped"; do
    # shellcheck disable=SC2086
    "$E" scan --text-only --no-output $index idle 2> err > /dev/null &
    scan=$!
    exec 9> idle
    sleep 0.5
    kill "$scan"
    wait "$scan"
    exec 9>&-
    want=0
    [ -z "$index" ] || want=1
    is "$(grep -c 'same command again' err)" "$want" "interrupted${index:+ with an index}"
done
run "$E" scan --index gz -o v.jsonl.gz demo.warc.gz
[ "$code" = 2 ] && grep -q "name an output that is not .gz or .zst" err
ok $? "a compressed output and an index do not go together, and the message says why"
done_testing
