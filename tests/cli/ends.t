#!/bin/bash
# How commands end: outputs beside their inputs, readers that leave, idle pipes, misspelt words, job scripts whose jobs are refused.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
line() { printf '{"id":"%s","text":"A line of a corpus that is long enough to be a document, number %s."}\n' "$1" "$1"; }
for i in $(seq 3000); do line "$i"; done > in.jsonl
ln in.jsonl hard.jsonl
ln -s in.jsonl soft.jsonl
want=$(md5sum < in.jsonl)

# Outputs never destroy inputs.
for out in in.jsonl ./in.jsonl "$T/in.jsonl" hard.jsonl soft.jsonl; do
    for command in "scan -q --text-only" "scan -q --text-only --index ix0" "records -q" "eval" "train --base $TOP/configs/models/en.emm" "calibrate --human"; do
        # shellcheck disable=SC2086
        case $command in calibrate*) run "$E" calibrate --human in.jsonl -o "$out" ;; *) run "$E" $command in.jsonl -o "$out" ;; esac
        [ "$code" = 2 ] && [ "$(md5sum < in.jsonl)" = "$want" ] && grep -q "is an input" "$T/err"
        ok $? "${command%% *} -o $out is refused"
    done
done
[ ! -e in.jsonl.part ]
ok $? "and nothing is left beside it"

# What an index says it wrote, under any spelling, also where all of it was moved.
mkdir run
"$E" scan -q --text-only --index run/ix -o run/v.jsonl in.jsonl
lines=$(wc -l < run/v.jsonl)
(cd run && "$E" scan -q --text-only --index ix -o ./v.jsonl ../in.jsonl 2> /dev/null)
is "$(wc -l < run/v.jsonl)" "$lines" "the same output under another spelling stays"
ln -s run/v.jsonl link.jsonl
"$E" scan -q --text-only --index run/ix -o link.jsonl in.jsonl
is "$(wc -l < run/v.jsonl)" "$lines" "and through a link"
mv run moved
"$E" scan -q --text-only --index moved/ix -o "$T/moved/v.jsonl" in.jsonl
is "$(wc -l < moved/v.jsonl)" "$lines" "and when the folder was moved"
cp moved/v.jsonl other.jsonl
run "$E" scan -q --text-only --index moved/ix -o other.jsonl in.jsonl
[ "$code" = 2 ] && [ "$(wc -l < other.jsonl)" = "$lines" ]
ok $? "a file that the index did not write is not emptied"
echo old > kept.jsonl
run "$E" scan -q --text-only -o kept.jsonl mistyped.jsonl
[ "$code" = 2 ] && [ "$(cat kept.jsonl)" = old ] && [ ! -e kept.jsonl.part ]
ok $? "a mistyped input leaves the old output alone"
ln -s kept.jsonl to-kept
run "$E" scan -q --text-only -o to-kept in.jsonl
[ -L to-kept ] && [ "$(wc -l < kept.jsonl)" = "$lines" ]
ok $? "an output that is a link: what it leads to is written"
run "$E" scan -q --text-only -o /dev/null in.jsonl
is "$code" 0 "/dev/null is written to as it is"

# The same input under another spelling is known, and found by what it is when it was moved.
mkdir in
line spelt > in/x.jsonl
line other > in/y.jsonl
printf 'no json\n' >> in/y.jsonl
for spelling in in/x.jsonl ./in/x.jsonl "$T/in/x.jsonl" in/../in/x.jsonl; do
    run "$E" scan --text-only --summary json --no-output --index spelt "$spelling" in/y.jsonl
done
tail -n 1 "$T/err" | grep -q '"known_files":2,'
ok $? "four spellings of one input: known"
mv in/x.jsonl "$T/x.jsonl"
run "$E" scan -q --text-only --no-output --index spelt x.jsonl
is "$("$E" export --index spelt | grep -c '"id":"spelt"')" 1 "nor does it count again where it was moved"
run "$E" validate spelt
is "$code" 0 "the index is sound"
"$E" scan -q --text-only --no-output --index s1 x.jsonl
"$E" scan -q --text-only --no-output --index s2 ./x.jsonl
run "$E" merge -o m s1 s2
[ "$code" = 2 ] && grep -q "are the same input" "$T/err"
ok $? "merge refuses one input in two shards under two spellings"

# A reader that leaves.
for command in "scan -q --text-only in.jsonl" "scan -q --text-only --index ix1 in.jsonl" "records -q in.jsonl" "export --index moved/ix" "query --all --index moved/ix"; do
    # shellcheck disable=SC2086
    "$E" $command 2> err | head -n 1 > out
    codes="${PIPESTATUS[0]}"
    [ "$codes" = 141 ] && ! [ -s err ]
    ok $? "$command | head -1: SIGPIPE, without a word ($codes)"
done
run "$E" validate ix1
is "$code" 0 "and the index is sound"

# An idle pipe.
mkfifo idle
for signal in TERM INT; do
    "$E" scan -q --text-only - < idle > /dev/null 2>&1 &
    pid=$!
    exec 9> idle
    # Not before it catches the signal: a background job of a script ignores SIGINT until then.
    for _ in $(seq 600); do
        caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$pid/status)
        (( 0x$caught >> ($(kill -l $signal) - 1) & 1 )) && break
        sleep 0.1
    done
    kill -$signal $pid
    for _ in $(seq 600); do
        kill -0 $pid 2> /dev/null || break
        sleep 0.1
    done
    ! kill -0 $pid 2> /dev/null
    ok $? "scan - on an idle pipe ends with SIG$signal"
    kill -9 $pid 2> /dev/null
    exec 9>&-
done

# Misspelt words.
run "$E" scn
[ "$code" = 129 ] && grep -q "did you mean 'scan'" "$T/err"
ok $? "a misspelt command"
run "$E" scan --tex-only in.jsonl
[ "$code" = 129 ] && grep -q "did you mean --text-only" "$T/err"
ok $? "a misspelt option"
run "$E" zzzzzz
[ "$code" = 129 ] && ! grep -q "did you mean" "$T/err"
ok $? "what is like nothing gets no suggestion"
run "$E" help nosuch
is "$code" 129 "help of no command"

# Job scripts.
mkdir bin
S=$TOP/configs/slurm
printf '#!/bin/sh\necho "sbatch: error: no partition" >&2\nexit 1\n' > bin/sbatch
printf '#!/bin/sh\nexit 0\n' > bin/squeue
cp bin/squeue bin/scancel
chmod +x bin/*
echo in.jsonl > paths
PATH="$T/bin:$PATH" run "$S/submit.sh" --manifest paths --out job --shards 3 --echometer "$E"
[ "$code" = 2 ] && grep -q "sbatch failed" "$T/err" && ! grep -q "submitted" "$T/out"
ok $? "submit.sh fails when sbatch does ($code)"
PATH="$T/bin:$PATH" run "$S/retry.sh" job
is "$code" 2 "so does retry.sh"
PATH="$T/bin:$PATH" run "$S/submit.sh" --manifest nowhere --out job2 --shards 3 --echometer "$E"
[ "$code" = 2 ] && grep -q "nowhere" "$T/err" && [ ! -e job2 ]
ok $? "a missing manifest is named, and nothing is made"
PATH="$T/bin:$PATH" run "$S/submit.sh" --manifest paths --out job2 --shards 3 --echometer /nowhere/echometer
[ "$code" = 2 ] && grep -q "/nowhere/echometer" "$T/err"
ok $? "so is a missing command"
printf '#!/bin/sh\necho 17\n' > bin/sbatch
PATH="$T/bin:$PATH" run "$S/retry.sh" job
[ "$code" = 0 ] && grep -q "the last is 17" "$T/out"
ok $? "and what Slurm takes is submitted"

# A command that a signal ends takes its half-written output away, and leaves the old one.
for i in {1..50}; do printf '{"id":"%d","url":"http://e%d.example/%d","text":"A line about the weather, number %d."}\n' $i $i $i $i; done > "$T/many.jsonl"
mkfifo "$T/never"
for signal in INT TERM HUP; do
    echo old > "$T/kept.out"
    # What is started with & ignores SIGINT, and what nohup started SIGHUP: not here.
    perl -e '$SIG{$_} = "DEFAULT" for qw(INT TERM HUP); exec @ARGV' "$E" records -o "$T/kept.out" "$T/never" 2> "$T/err" &
    p=$!
    exec 7> "$T/never"
    head -n 50 "$T/many.jsonl" >&7
    for _ in {1..50}; do [ -e "$T/kept.out.part" ] && break; sleep 0.1; done
    [ -e "$T/kept.out.part" ]
    ok $? "SIG$signal: the output is begun"
    kill -"$signal" $p
    for _ in {1..300}; do kill -0 $p 2> /dev/null || break; sleep 0.1; done
    kill -KILL $p 2> /dev/null
    code=0
    wait $p 2> /dev/null || code=$?
    exec 7>&-
    is "$code" $((128 + $(kill -l $signal))) "SIG$signal ends the command"
    [ ! -e "$T/kept.out.part" ] && [ "$(cat "$T/kept.out")" = old ]
    ok $? "SIG$signal: no part is left, and the old output is there"
done

# What cannot be written is told once, by every command.
once() { # NAME ARGUMENT...: with standard output on a full disk
    local name=$1
    shift
    code=0
    "$E" "$@" > /dev/full 2> "$T/err" < /dev/null || code=$?
    is "$code:$(grep -c '^echometer: ' "$T/err"):$(grep -c 'cannot write the output' "$T/err")" 2:1:1 "a full disk is told once: $name"
}
printf '{"text":"Four words of text"}\n' > "$T/few.jsonl"
for command in records detect text lang; do once $command $command "$T/few.jsonl"; done
once prints prints "$TOP/README.md"
echo '{"input":"https://example.org/"}' > "$T/urls"
once url url "$T/urls"
for command in "sample -n 1" check; do
    # shellcheck disable=SC2086
    run "$E" $command -o "$T/none/x" "$TOP/README.md"
    is "$code:$(grep -c '^echometer: ' "$T/err"):$(grep -c "cannot write '$T/none/x'" "$T/err")" 2:1:1 "an output in a folder that is not there is told once: ${command%% *}"
done

done_testing
