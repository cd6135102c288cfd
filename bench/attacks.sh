#!/bin/bash
# What disguises cost the detector: machine text of the shared dev set attacked by make_attacks, human text as it is.
# TPR at 1 % false positives over all English dev texts together (GPT-3.5 and later), AUROC, and text caught at the shipped
# 1 % threshold (mean over sources; of a sample, all its texts, abstentions as missed); the loss of each is in points against no
# attack. Last: human texts disguised in the same way that are flagged at that threshold.
#   bench/attacks.sh [--sample N] [MODEL]     N texts of a source and class, not all; another model than the shipped one
#   SEED=2 bench/attacks.sh                   another draw
#   ATTACKS='none leetspeak' bench/attacks.sh these alone, the first of which is what the others are compared with
set -eu
sample=
[ "${1:-}" != --sample ] || { sample=$2 && shift 2; }
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
dev=${ECHOMETER_SHARED:-$top/../shared}/data/dev
[ -d "$dev" ] || { echo "attacks: no $dev, skipped"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
zstd -dcq "$dev"/*.zst | grep -a '"lang": "en"' > "$scratch/plain.jsonl"
if [ "$sample" ]; then # drawn by the seed
    shuf --random-source=<(yes "${SEED:-1}") "$scratch/plain.jsonl" | awk -v n="$sample" '
        match($0, /"label": "[^"]*"/) { label = substr($0, RSTART, RLENGTH) }
        match($0, /"dataset": "[^"]*"/) && seen[label, substr($0, RSTART, RLENGTH)]++ < n' > "$scratch/drawn.jsonl"
    mv "$scratch/drawn.jsonl" "$scratch/plain.jsonl"
fi
value() { sed -n "s/^$1.*/\\1/p" "$scratch/table" | tail -n 1; }
judge() { "$build/echometer" eval -q --newer-only --resamples 1 --json --by lang,dataset ${model:+--model "$model"} "$1" > "$scratch/table"; }
model=${1:-}
all='{"table":"lang, GPT-3.5 and later","name":"en".*'
caught='{"means":"dataset, GPT-3.5 and later".*"caught":{"mean":'
[ ! "$sample" ] || caught=$all'"caught":{"0\.05":[^]]*\],"0\.01":\['
printf '%-22s %7s %6s   %6s   %14s %6s   %14s\n' attack "TPR 1%" loss AUROC "caught shipped" loss "people flagged"
first=
for attack in ${ATTACKS:-$("$build/tools/make_attacks" --list | awk '{print $1}')}; do
    "$build/tools/make_attacks" "$attack" "${SEED:-1}" < "$scratch/plain.jsonl" > "$scratch/attacked.jsonl"
    judge "$scratch/attacked.jsonl"
    shown="$(value "$all"'"tpr":{.*"0\.01":\[\([0-9.]*\)') $(value "$all"'"auroc":\[\([0-9.]*\)') $(value "$caught"'\([0-9.]*\)')"
    first=${first:-$shown}
    "$build/tools/make_attacks" --both "$attack" "${SEED:-1}" < "$scratch/plain.jsonl" > "$scratch/attacked.jsonl"
    judge "$scratch/attacked.jsonl"
    echo "$attack $shown $first $(value "$all"'"flagged":{"0\.05":[^]]*\],"0\.01":\[\([0-9.]*\)')" |
        awk '{printf "%-22s %7.1f %6.1f   %6.4f   %14.1f %6.1f   %14.2f\n", $1, 100*$2, 100*($5-$2), $3, 100*$4, 100*($7-$4), 100*$8}'
done
