#!/bin/bash
# One scan of a manifest as Slurm jobs: arrays of shards, merges of groups of shards that wait for their array, and
# a last merge that waits for those. Nothing here schedules: Slurm does.
#
#   configs/slurm/submit.sh --manifest paths.gz --out /shared/run --shards 4000 [OPTION...]
#
#   --manifest FILE   inputs, one a line (plain, .gz, .zst)
#   --out DIR         on a file system that all nodes share; made where there is none
#   --shards N        a shard is a task: choose N for tasks of an hour or so
#   --chunk N         tasks of one array; default 1000 (Slurm's usual MaxArraySize is 1001)
#   --limit N         tasks of one array that run at once; default: as many as there is room for
#   --threads N       processors of a task; default 4
#   --split BYTES     divide larger files among shards (scan --split)
#   --fan-in N        indexes a merge opens at once, and shards of one group; default 64
#   --verdicts        also keep verdict lines, DIR/verdicts/NNNNN.jsonl
#   --scan ARGUMENT   another argument for `echometer scan`; may be given several times
#   --sbatch ARGUMENT another argument for `sbatch` (--sbatch --partition=cpu); may be given several times
#   --echometer PATH  the command on the nodes; default: echometer from PATH
#
# The result is DIR/index. DIR/state is what monitor.sh and `echometer status DIR/state` read; retry.sh DIR submits
# again what failed or was lost. See docs/SCALE.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
usage() { sed -n '2,/^# again/p' "$0" | sed 's/^# \{0,1\}//'; exit 129; }

manifest='' out='' shards='' chunk=1000 limit='' threads=4 split='' fan_in=64 verdicts='' command=echometer
scan=() sbatch=()
while [ $# -gt 0 ]; do
    case $1 in
    --verdicts) verdicts=1; shift; continue ;;
    --manifest | --out | --shards | --chunk | --limit | --threads | --split | --fan-in | --scan | --sbatch | --echometer)
        [ $# -ge 2 ] || usage ;;
    *) usage ;;
    esac
    case $1 in
    --manifest) manifest=$(realpath -m -- "$2") ;;
    --out) out=$2 ;;
    --shards) shards=$2 ;;
    --chunk) chunk=$2 ;;
    --limit) limit=$2 ;;
    --threads) threads=$2 ;;
    --split) split=$2 ;;
    --fan-in) fan_in=$2 ;;
    --scan) scan+=("$2") ;;
    --sbatch) sbatch+=("$2") ;;
    --echometer) command=$2 ;;
    esac
    shift 2
done
[ -n "$manifest" ] && [ -n "$out" ] && [ -n "$shards" ] || usage
[ "$shards" -ge 1 ] && [ "$chunk" -ge 1 ] && [ "$fan_in" -ge 2 ] || usage

[ -r "$manifest" ] && [ -f "$manifest" ] || { echo "submit: cannot read the manifest '$manifest'" >&2; exit 2; }
[ "$(head -c 1 "$manifest" | wc -c)" = 1 ] || { echo "submit: the manifest '$manifest' is empty" >&2; exit 2; }
command -v sbatch > /dev/null || { echo "submit: no sbatch on PATH: this is no machine of a Slurm cluster" >&2; exit 2; }
# From the source tree or an installation the command need not be on PATH.
if [ "$command" = echometer ] && ! command -v echometer > /dev/null; then
    for place in "$here/../../build/echometer" "$here/../../../../bin/echometer" "$here/../../../bin/echometer"; do
        [ ! -x "$place" ] || { command=$(realpath "$place"); break; }
    done
fi
command -v "$command" > /dev/null || { echo "submit: no '$command' here; name it with --echometer PATH" >&2; exit 2; }
mkdir -p "$out"/{shards,state,groups,logs}
[ -z "$verdicts" ] || mkdir -p "$out/verdicts"
out=$(cd "$out" && pwd)
if [ -e "$out/run.sh" ]; then
    echo "submit: '$out' holds a run already; resume it with retry.sh" >&2
    exit 2
fi
# What every job of the run reads: it is the same for all of them, and for retries.
{
    printf 'manifest=%q out=%q shards=%q chunk=%q limit=%q threads=%q split=%q fan_in=%q verdicts=%q command=%q here=%q\n' \
        "$manifest" "$out" "$shards" "$chunk" "$limit" "$threads" "$split" "$fan_in" "$verdicts" "$command" "$here"
    printf 'scan=('; [ ${#scan[@]} = 0 ] || printf ' %q' "${scan[@]}"; echo ' )'
    printf 'sbatch=('; [ ${#sbatch[@]} = 0 ] || printf ' %q' "${sbatch[@]}"; echo ' )'
} > "$out/run.sh"
exec "$here/retry.sh" "$out"
