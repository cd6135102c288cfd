#!/bin/bash
# Submits what is left of a run: shards that have not begun, failed, were lost or interrupted, and the merges. What
# is done is not done again; a shard goes on where its index stopped. Shards that still wait or run in a job of this
# run are left to it.
#
#   configs/slurm/retry.sh DIR
set -euo pipefail
[ $# = 1 ] && [ -r "$1/run.sh" ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 129; }
# shellcheck disable=SC1091
. "$1/run.sh"
[ -r "$manifest" ] || { echo "retry: cannot read the manifest '$manifest'" >&2; exit 2; }
command -v sbatch > /dev/null || { echo "retry: no sbatch on PATH" >&2; exit 2; }
command -v "$command" > /dev/null || { echo "retry: no '$command' on this machine's PATH" >&2; exit 2; }
[ ! -e "$out/index" ] || { echo "retry: '$out/index' is there: the run is done" >&2; exit 0; }

# Numbers of shards that need a task: a line each.
numbers() {
    # Whoever says that it runs and has no job is lost, however short its silence.
    "$command" status "$out/state" --silent -1 --list failed,lost,waiting,interrupted 2> /dev/null ||
        echo "0-$((shards - 1))" # none has begun
}
mine=$(squeue -h -r -u "$(id -un)" -o '%A %F %K %j' 2> /dev/null | awk -v name="em-${out##*/}" '$4 == name {print $2 " " $3}') || mine=''
busy() { # shards of array jobs that are still there: DIR/arrays says which offset each has
    [ -e "$out/arrays" ] || return 0
    awk 'NR == FNR {offset[$1] = $2; next} $1 in offset && $2 != "N/A" {print offset[$1] + $2}' "$out/arrays" - <<< "$mine"
}
todo=$(comm -23 <(numbers | tr ',' '\n' | awk -F- 'NF {for (i = $1; i <= ($2 == "" ? $1 : $2); i++) print i}' | sort) \
    <(busy | sort) | sort -n)

# "0-4,7" of numbers on standard input, less an offset.
ranges() {
    awk -v offset="$1" 'function put() {printf("%s%d%s", n++ ? "," : "", from, (to > from) ? "-" to : "")}
        {i = $1 - offset} NR == 1 {from = to = i; next} i == to + 1 {to = i; next} {put(); from = to = i} END {if (NR) put()}'
}
submit() { # sbatch arguments...: the job's number
    local answer
    answer=$(sbatch --parsable --job-name="em-${out##*/}" --requeue --open-mode=append --kill-on-invalid-dep=yes \
        "${sbatch[@]}" "$@") || { echo "retry: sbatch failed ($?); the jobs submitted so far keep running; run retry.sh again" >&2; return 2; }
    answer=${answer%%;*}
    [[ $answer =~ ^[0-9]+$ ]] || { echo "retry: sbatch answered '$answer', which is no job" >&2; return 2; }
    echo "$answer"
}

tasks=0 jobs=0 merges=()
: >> "$out/arrays"
: >> "$out/merges"
# Merges of an earlier submission: those that wait are replaced, those that run are waited for.
for id in $(cat "$out/merges"); do scancel --state=PENDING "$id" 2> /dev/null || true; done
: > "$out/merges.new"
running=()
for id in $(cat "$out/merges"); do
    [ -z "$(squeue -h -j "$id" -t running,completing 2> /dev/null)" ] || { running+=("$id"); echo "$id" >> "$out/merges.new"; }
done
mv "$out/merges.new" "$out/merges"
after_running=$(IFS=:; echo "${running[*]}")
dependency() { # jobs that must succeed: an option, or nothing
    local all=${1:+afterok:$1}
    [ -z "$after_running" ] || all=${all:+$all,}afterany:$after_running
    [ -z "$all" ] || printf -- '--dependency=%s' "$all"
}
for ((offset = 0; offset < shards; offset += chunk)); do
    end=$((offset + chunk < shards ? offset + chunk : shards))
    list=$(awk -v from="$offset" -v to="$end" '$1 >= from && $1 < to' <<< "$todo")
    wait_for=()
    # Arrays of this chunk that are still at work.
    while read -r id from; do
        [ "$from" = "$offset" ] && grep -q "^$id " <<< "$mine" && wait_for+=("$id")
    done < "$out/arrays"
    if [ -n "$list" ]; then
        array=$(ranges "$offset" <<< "$list")
        id=$(submit --array="$array${limit:+%$limit}" --cpus-per-task="$threads" --signal=B:USR1@120 \
            --output="$out/logs/scan-%A_%a.log" "$here/scan.sbatch" "$out" "$offset") || exit 2
        echo "$id $offset" >> "$out/arrays"
        wait_for+=("$id")
        tasks=$((tasks + $(wc -l <<< "$list")))
        jobs=$((jobs + 1))
    fi
    # Groups of the chunk: their merges wait for its arrays.
    groups=()
    for ((g = offset / chunk * ((chunk + fan_in - 1) / fan_in), k = 0; offset + k * fan_in < end; k++)); do
        [ -e "$out/groups/$((g + k))" ] || groups+=("$k")
    done
    if [ ${#groups[@]} -gt 0 ]; then
        after=$(IFS=:; echo "${wait_for[*]}")
        wanted=$(dependency "$after")
        id=$(submit --array="$(printf '%s\n' "${groups[@]}" | ranges 0)" ${wanted:+"$wanted"} \
            --cpus-per-task="$threads" --output="$out/logs/merge-%A_%a.log" "$here/merge.sbatch" "$out" "$offset") || exit 2
        merges+=("$id")
        echo "$id" >> "$out/merges"
        jobs=$((jobs + 1))
    fi
done
after=$(IFS=:; echo "${merges[*]}")
wanted=$(dependency "$after")
id=$(submit ${wanted:+"$wanted"} --cpus-per-task="$threads" --output="$out/logs/merge-%j.log" \
    "$here/merge.sbatch" "$out" last) || exit 2
echo "$id" >> "$out/merges"
echo "$tasks shards and their merges submitted as $((jobs + 1)) jobs; the last is $id, and makes $out/index"
