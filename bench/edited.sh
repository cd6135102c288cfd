#!/bin/bash
# How well `edited` says what share of a text's words a model changed: rank correlation (Spearman), mean absolute error and
# how often texts with up to a fifth changed are called machine. Truth: 1 - LCS / longer text, in words, against the human text of
# the same pair; `changed` where the data gives it. Human texts count as 0.
#   bench/edited.sh [MODEL]     another model than the shipped one; for sources of train give one that did not see them
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
data=${ECHOMETER_SHARED:-$top/../shared}/data
[ -d "$data" ] || { echo "edited: no $data, skipped"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf '%-18s %6s %6s %6s   %s\n' source texts rho error 'up to a fifth changed: texts, called machine'
for source in dev/hppt train/raidar train/biscope train/wetbench train/claude2026_edits; do
    zstd -dcq "$data/$source.jsonl.zst" | python3 "$top/bench/edited_truth.py" > "$scratch/texts.jsonl"
    "$build/echometer" scan -q --drops ${1:+--model "$1"} "$scratch/texts.jsonl" > "$scratch/lines.jsonl" || [ $? = 3 ]
    python3 "$top/bench/edited_truth.py" "${source#*/}" "$scratch/texts.jsonl" "$scratch/lines.jsonl"
done
