#!/bin/bash
# configs/slurm against a real Slurm of one node: 44 shards as three arrays, tasks that are killed, requeued, told that
# their time is up and cancelled, a retry, a tree of merges; the index must be the one that a single run makes.
# Says `skipped` where Slurm's packages (slurmctld, slurmd, slurm-client, munge) are not installed, or do not start.
. "$(dirname "$0")/../cli/tap.sh"
. "$(dirname "$0")/slurm_node.sh"
trap 'slurm_stop; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP
export_of() { "$E" export --index "$1" | sha256sum | cut -c1-16; }
if ! slurm_there; then
    skip "Slurm is not installed: no $missing"
    done_testing
fi

# Archives of plain text: a conversion record a page.
made_wet() { # seed
    LC_ALL=C awk -v seed="$1" 'BEGIN {
        srand(seed)
        split("gate shed boat kettle lane fence rain frost mud wind dug fixed saw cut lost when because but stayed went", w, " ")
        for (i = 0; i < 60; i++) {
            text = ""
            for (k = 0; k < 90; k++) text = text w[1 + int(rand() * 20)] (k % 11 == 10 ? ". " : " ")
            printf "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://site%d.example/%d/%d\r\nWARC-Date: 2022-%02d-03T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:%d-%d>\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", \
                rand() * 50, seed, i, 1 + rand() * 12, seed, i, length(text), text
        }
    }'
}
mkdir "$T/in" "$T/victims" "$T/taken"
for ((i = 0; i < 100; i++)); do
    made_wet $i | if [ $((i % 3)) = 0 ]; then cat; else gzip -1; fi > "$T/in/$i.warc$([ $((i % 3)) = 0 ] || echo .gz)"
done
find "$T/in" -type f | sort > "$T/paths"
"$E" scan --manifest "$T/paths" --index "$T/one" --no-output -q --threads 2
one=$(export_of "$T/one")

# The command that the jobs run: a victim's first attempt stops itself, before it reads or while it does, and says who
# it is. Then the test does to it what happens on clusters.
for v in 3:kill:early 8:kill:late 17:requeue:late 21:usr1:late 30:cancel:late 36:kill:late 41:requeue:early; do
    IFS=: read -r shard fate when <<< "$v"
    echo "$fate $when" > "$T/victims/$shard"
done
cat > "$T/echometer" << WRAPPER
#!/bin/bash
shard=\$(sed -nE 's/.* --shard ([0-9]+).*/\1/p' <<< "\$*")
if [ "\$1" = scan ] && read -r fate when 2> /dev/null < "$T/victims/\$shard"; then
    rm "$T/victims/\$shard"
    me=\$\$
    tell() { echo "\$fate \$me \${SLURM_ARRAY_JOB_ID}_\$SLURM_ARRAY_TASK_ID" > "$T/taken/.\$shard"; mv "$T/taken/.\$shard" "$T/taken/\$shard"; }
    if [ \$when = early ]; then
        (kill -STOP \$me; tell) < /dev/null &
        wait \$!
    else
        (for ((i = 0; i < 2000; i++)); do [ -e "$T/run/state/shard-\$(printf %05d \$shard)-of-00044.json" ] && break; sleep 0.005; done
         kill -STOP \$me; tell) < /dev/null > /dev/null 2>&1 &
    fi
fi
exec "$E" "\$@"
WRAPPER
chmod +x "$T/echometer"

if ! slurm_start 6; then
    for f in "$S"/*.log "$S"/*.out; do sed 's/^/# /' "$f" | tail -n 15; done
    skip "Slurm does not start on this machine (its messages are above)"
    done_testing
fi
ok 0 "munged, slurmctld and slurmd run"
C=$TOP/configs/slurm
run "$C/submit.sh" --manifest "$T/paths" --out "$T/run" --shards 44 --chunk 20 --threads 1 --fan-in 8 \
    --echometer "$T/echometer" --scan --commit-every --scan 0.01
is "$code" 0 "submitted"
grep -q '^44 shards .* as 7 jobs' "$T/out"
ok $? "44 shards are three arrays, with a merge each, and a last merge"
cat "$T/err" | sed 's/^/# /'

met=0
meet_victims() {
    local f fate pid job
    for f in "$T"/taken/*; do
        [ -e "$f" ] || continue
        read -r fate pid job < "$f"
        mv "$f" "$T/taken/.met${f##*/}"
        met=$((met + 1))
        case $fate in
        kill) kill -KILL "$pid" ;;
        requeue) scontrol requeue "$job" ;;
        usr1) scancel --batch --signal=USR1 "$job"; kill -CONT "$pid" ;;
        cancel) scancel "$job"; kill -CONT "$pid" ;;
        esac 2> /dev/null
    done
}
wait_for_queue() { # until it is empty; the deadline is for a Slurm that hangs
    local end=$(($(date +%s) + 240))
    while [ -n "$(squeue -h)" ] && [ "$(date +%s)" -lt $end ]; do
        meet_victims
        sleep 0.3
    done
    meet_victims
}
wait_for_queue
is "$met" 7 "seven tasks were stopped, and killed, requeued, told to end or cancelled"
[ ! -e "$T/run/index" ]
ok $? "with shards missing nothing is merged to the end"
left=$("$E" status "$T/run/state" --silent -1 --list failed,lost,waiting,interrupted)
case ,$left, in
*,3,*) ok 0 "the shard that was killed before it began is known as waiting: $left" ;;
*) ok 1 "the shard that was killed before it began is known as waiting: $left" ;;
esac
requeued=$(grep -l '"attempt":2' "$T"/run/state/*.json | wc -l)
[ "$requeued" -ge 1 ]
ok $? "requeued tasks ran again by themselves ($requeued)"

run "$C/retry.sh" "$T/run"
is "$code" 0 "retry submits what is left"
# The same at once again must not begin a second set of what waits or runs.
run "$C/retry.sh" "$T/run"
is "$code" 0 "and once more does no harm"
grep -q '^0 shards' "$T/out"
ok $? "since no shard is submitted twice: $(cut -c1-60 "$T/out")"
wait_for_queue
run timeout 60 "$C/monitor.sh" "$T/run" 1 --price 0.04
is "$code" 0 "monitor: done"
grep -q '  done *44$' "$T/out" && grep -q 'at 0.04 a core-hour' "$T/out"
ok $? "all 44 shards, and what they cost"
is "$(export_of "$T/run/index")" "$one" "the merged index is what one run makes, byte for byte"
run "$E" validate "$T/run/index"
is "$code" 0 "and sound"
run "$C/submit.sh" --manifest "$T/paths" --out "$T/run" --shards 3
is "$code" 2 "a folder that holds a run is not used for another"
if [ "$tap_failed" = 1 ]; then
    echo "# logs:"
    tail -qn 3 "$T"/run/logs/* | sort | uniq -c | sed 's/^/# /' | tail -n 40
fi
pids=("${slurm_pids[@]}")
slurm_stop
alive=0
for p in "${pids[@]}"; do kill -0 "$p" 2> /dev/null && alive=1; done
is "$alive" 0 "no daemon is left"
done_testing
