#!/bin/bash
# What disguises cost the detector: machine text of the shared dev set attacked by make_attacks, human text as it is.
# TPR at 1 % false positives over all English dev texts together (GPT-3.5 and later), AUROC, and text caught at the shipped
# 1 % threshold (mean over sources); the loss of each is in points against no attack.
#   bench/attacks.sh [MODEL]     another model than the shipped one
#   SEED=2 bench/attacks.sh      another draw
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
dev=${ECHOMETER_SHARED:-$top/../shared}/data/dev
[ -d "$dev" ] || { echo "attacks: no $dev, skipped"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
zstd -dcq "$dev"/*.zst | grep -a '"lang": "en"' > "$scratch/plain.jsonl"
value() { sed -n "s/^$1.*/\\1/p" "$scratch/table" | tail -n 1; }
printf '%-22s %7s %6s   %6s   %14s %6s\n' attack "TPR 1%" loss AUROC "caught shipped" loss
first=
for attack in $("$build/tools/make_attacks" --list | awk '{print $1}'); do
    "$build/tools/make_attacks" "$attack" "${SEED:-1}" < "$scratch/plain.jsonl" > "$scratch/attacked.jsonl"
    "$build/echometer" eval -q --newer-only --resamples 1 --json --by lang,dataset ${1:+--model "$1"} "$scratch/attacked.jsonl" > "$scratch/table"
    tpr=$(value '{"table":"lang, GPT-3.5 and later","name":"en".*"tpr":{.*"0\.01":\[\([0-9.]*\)')
    auroc=$(value '{"table":"lang, GPT-3.5 and later","name":"en".*"auroc":\[\([0-9.]*\)')
    caught=$(value '{"means":"dataset, GPT-3.5 and later".*"caught":{"mean":\([0-9.]*\)')
    first=${first:-"$tpr $caught"}
    echo "$attack $tpr $auroc $caught $first" |
        awk '{printf "%-22s %7.1f %6.1f   %6.4f   %14.1f %6.1f\n", $1, 100*$2, 100*($5-$2), $3, 100*$4, 100*($6-$4)}'
done
