#!/bin/bash
# How a run is, again every SECONDS until its index is there or none of its jobs is left.
#
#   configs/slurm/monitor.sh DIR [SECONDS] [status options, for example --price 0.04]
set -u
[ $# -ge 1 ] && [ -r "$1/run.sh" ] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 129; }
# shellcheck disable=SC1091
. "$1/run.sh"
pause=${2:-30}
shift $(($# > 1 ? 2 : 1))
while :; do
    date '+%F %T'
    "$command" status "$out/state" "$@" || true
    squeue -h -r -u "$(id -un)" -n "em-${out##*/}" -o '%T' 2> /dev/null | sort | uniq -c |
        awk '{printf("%s%s %s", (NR > 1) ? ", " : "jobs         ", $1, tolower($2))} END {print NR ? "" : "jobs         none"}'
    if [ -e "$out/index" ]; then
        echo "done: $out/index"
        exit 0
    fi
    if [ -z "$(squeue -h -u "$(id -un)" -n "em-${out##*/}" 2> /dev/null)" ]; then
        echo "no job is left and there is no index: $here/retry.sh $out"
        exit 1
    fi
    sleep "$pause"
    echo
done
