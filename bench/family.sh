#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: family.sh [words]
#
# Can the family of the model that wrote a text be told? Prints what families.tsv makes of
# the labelled models, and the figures of docs/BENCHMARKS.md. A trial: the detector does not
# say a family.
set -eu
data=${ECHOMETER_SHARED:-../shared}/data
if [ ! -d "$data/train" ]; then
    echo "family.sh: skipped, no $data/train" >&2
    exit 0
fi
if ! python3 -c 'import sklearn' 2>/dev/null; then
    PATH=/usr/bin:$PATH
fi
exec python3 "$(dirname "$0")/family_trial.py" "$data" "$@"
