#!/bin/bash
# Files that are mapped into memory, cut or overwritten: every command says what is wrong, and none dies of a signal.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1

for i in $(seq 300); do
    printf '{"id":"d%d","url":"https://s%d.example/%d","date":"2024-0%d-01","text":"Document %d is about the %d gates of the old town, and about %d other things that nobody counted before %d."}\n' \
        "$i" $((i % 7)) "$i" $((i % 9 + 1)) "$i" "$i" $((i * 7)) "$i"
done > t.jsonl
"$E" scan -q --text-only --index whole --no-output t.jsonl
"$E" validate -q whole
is "$?" 0 "a whole index is sound"
# A command on a copy that was damaged: no signal, exit code 2 or 3, and something said.
signals=0 silent=0
try() { # label command...
    local label=$1
    shift
    run timeout 60 "$@"
    if [ "$code" -ge 124 ]; then
        signals=$((signals + 1))
        echo "# $label: $*: exit $code"
    elif [ "$code" != 0 ] && ! [ -s "$T/err" ]; then
        silent=$((silent + 1))
        echo "# $label: $*: exit $code, silent"
    fi
}
size=$(stat -c %s whole/data.mdb)
for cut in 4096 8192 $((size / 2)) $((size - 8192)); do
    for command in "query --index ix" "export --index ix" "prevalence --index ix" "echo --index ix" "report --index ix --json" \
        "forget --index ix --domain s1.example" "merge -o m ix" "scan -q --text-only --index ix --no-output t.jsonl" "validate --index ix"; do
        rm -rf ix m
        cp -r whole ix
        truncate -s $((size - cut)) ix/data.mdb
        # shellcheck disable=SC2086
        try "cut by $cut" "$E" $command
        [ "$code" = 2 ] || [ "$code" = 3 ]
        ok $? "cut by $cut bytes: ${command%% *} fails and says so"
    done
done
grep -q "shorter than its pages say\|damaged" "$T/err"
ok $? "and what is wrong"

found=0
"$E" export --index whole > whole.jsonl
for ((page = 0; page < size / 4096; page++)); do
    rm -rf ix
    cp -r whole ix
    dd if=/dev/zero of=ix/data.mdb bs=4096 seek=$page count=1 conv=notrunc 2> /dev/null
    cmp -s whole/data.mdb ix/data.mdb && continue
    try "page $page zeroed" "$E" export --index ix
    exported=$code
    cmp -s whole.jsonl "$T/out" || exported=3
    try "page $page zeroed" "$E" validate --index ix
    [ "$code" = 0 ] || found=$((found + 1))
    [ "$exported" != 0 ] && [ "$code" = 0 ] && echo "# page $page: export fails, but validate says sound" && silent=$((silent + 1))
    try "page $page zeroed" "$E" scan -q --text-only --index ix --no-output t.jsonl
done
[ "$found" -gt 3 ]
ok $? "validate finds pages that were zeroed ($found)"
is "$signals" 0 "no command dies of a signal"
is "$silent" 0 "none fails in silence"

# A reference set that is cut while it is read.
for i in $(seq 2000); do printf '{"id":"r%d","text":"Reference %d says that the %d bakers of the valley sold bread for %d coins on market days in year %d."}\n' "$i" "$i" "$i" $((i * 3)) $((i + 900)); done > refs.jsonl
"$E" refs build -q --kind model-output --name r -o r.emr refs.jsonl
mkfifo pipe
"$E" scan -q --refs r.emr pipe > out 2> err &
pid=$!
exec 9> pipe
sleep 1
truncate -s 4096 r.emr
cat refs.jsonl >&9
exec 9>&-
wait $pid
code=$?
[ "$code" = 2 ] && grep -q "r.emr': the file is shorter than its pages say" err
ok $? "a reference set cut while in use: exit code 2, and says which file ($code)"

done_testing
