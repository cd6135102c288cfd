#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: family.sh [--try OPTION=VALUE...]
#
# Which family of models wrote a text: what the shipped model says of ../shared/data/dev, with the confusion matrix and how
# often it is right where it states what (docs/lab/BENCHMARKS.md). With --try the families are learned again from
# ../shared/data/train (cost=, style=, rows=, cap=, folds=) and train sources left out are reported first.
set -eu
cd "$(dirname "$0")/.."
data=${ECHOMETER_SHARED:-../shared}/data
if [ ! -d "$data/dev" ]; then
    echo "family.sh: skipped, no $data/dev" >&2
    exit 0
fi
B=${BUILD:-build}
make -s LTO= BUILD="$B" "$B/bench/eval_writers"
train=()
[ "${1:-}" != --try ] || train=("$data/train")
exec "$B/bench/eval_writers" "$@" configs/models/en.emm configs/families.tsv "${train[@]}" "$data/dev"
