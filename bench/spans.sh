#!/bin/bash
# Parts by machine within documents: what detector/spans.c finds, beside bare thresholds.
#   bench/spans.sh [SHARED]                on SHARED/data/dev, by the shipped model
#   bench/spans.sh --train [--set NAME=VALUE]... [SHARED]
#       how its numbers were chosen: on SHARED/data/train, each source by a model that learned from other sources (four folds;
#       ten minutes, of which the models take all but one: they are kept in build/spans and used again)
set -eu
cd "$(dirname "$0")/.."
train='' options=() shared=../shared
while [ $# -gt 0 ]; do
    case $1 in
    --train) train=1 ;;
    --set) options+=(--set "$2") && shift ;;
    -*) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit 129 ;;
    *) shared=$1 ;;
    esac
    shift
done
B=${BUILD:-build}
make -s DEV=1 LTO= BUILD="$B" "$B/bench/eval_spans" "$B/tools/train_quantify"
[ "$train" ] || exec "$B/bench/eval_spans" "${options[@]}" configs/models/en.emm "$shared/data/dev"
mkdir -p "$B/spans"
for k in 0 1 2 3; do
    [ -s "$B/spans/$k.txt" ] ||
        "$B/tools/train_quantify" keep configs/models/en.emm "$k" 4 "$B/spans/$k.emm" "$shared/data/train" > "$B/spans/$k.txt"
    options+=(--fold "$B/spans/$k.emm" "$B/spans/$k.txt")
done
exec "$B/bench/eval_spans" "${options[@]}" -- "$shared/data/train"
