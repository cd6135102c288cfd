#!/bin/bash
# Speed of the detector on English prose, by step and together with fingerprints; beside it CLD2 and fastText on
# the same text in the same run, and instructions a byte (callgrind).
#   bench/detector.sh [ROUNDS]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
rounds=${1:-5}
load=$build/load
model=$top/configs/models/en.emm
shared=${ECHOMETER_SHARED:-$top/../shared}
mkdir -p "$load"
# Texts of labelled data, a document after another.
zstd -dc "$shared"/data/dev/c4_pfdecoding.jsonl.zst "$shared"/data/dev/outfox.jsonl.zst | head -c 12000000 |
    sed 's/.*"text": "//; s/", "label.*//; s/\\n/\n/g' > "$load/text.txt"

"$build/bench/bench_detector" "$model" "$load/text.txt" "$rounds" 5000
if [ -x "$build/bench/bench_cld2" ]; then
    "$build/bench/bench_cld2" "$load/text.txt" "$rounds" 5000
fi

# fastText with word pairs, as bench/quality has it; a document a line. The time to read the model is taken off.
if command -v fasttext > /dev/null; then
    tr '\n' ' ' < "$load/text.txt" | fold -b -w 5000 | awk '{print "__label__" NR % 2, $0}' > "$load/ft.txt"
    fasttext supervised -input "$load/ft.txt" -output "$load/ft" -wordNgrams 2 -dim 50 -epoch 1 -thread 1 > /dev/null 2>&1
    head -1 "$load/ft.txt" > "$load/ft.one"
    seconds() { # of CPU, the least of ROUNDS
        for _ in $(seq "$rounds"); do
            { TIMEFORMAT='%U'; time fasttext predict "$load/ft.bin" "$1" > /dev/null; } 2>&1
        done | sort -n | head -1
    }
    awk -v whole="$(seconds "$load/ft.txt")" -v start="$(seconds "$load/ft.one")" -v bytes="$(stat -c %s "$load/ft.txt")" 'BEGIN {
        s = whole - start; if (s <= 0) s = whole
        printf "%-20s %8.1f MB/s %6.2f ns a byte\n", "fastText, pairs", bytes / s / 1e6, s * 1e9 / bytes }'
else
    echo "fasttext: not installed, left out"
fi

if command -v valgrind > /dev/null; then
    head -c 1000000 "$load/text.txt" > "$load/text.small"
    valgrind --tool=callgrind --callgrind-out-file="$load/callgrind" \
        "$build/bench/bench_detector" "$model" "$load/text.small" 1 5000 > /dev/null 2>&1
    # The bench reads the text four times: by step, for n-grams alone, whole, and with fingerprints.
    callgrind_annotate --inclusive=yes --auto=no --threshold=100 "$load/callgrind" | awk '
        BEGIN { split("em_normalise 4 em_tokenise 4 em_ngrams_window 4 em_style_window 3 em_model_window_logit_packed 3 " \
                      "em_leaks_find 3 em_prints_make 2 em_detect 2", f, " "); for (i = 1; i < 16; i += 2) runs[f[i]] = f[i + 1] }
        match($0, /:em_[a-z_]+/) { name = substr($0, RSTART + 1, RLENGTH - 1); gsub(",", "", $1)
            if (name in runs && !(name in said)) { said[name] = 1; printf "%-30s %6.1f instructions a byte\n", name, $1 / runs[name] / 1e6 } }'
fi
