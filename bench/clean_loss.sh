#!/bin/bash
# Does the promise of `clean --max-human-loss` hold on sources left out? Scores all unedited English texts of
# ../shared/data/dev, each value of `dataset` a source (each site of sites_human is one), and resamples 200 times at
# 0.5, 1 and 5 % (bench/bench_clean_loss.c). A minute or two. Skips without the shared folder; BUILD names the build
# folder, SCORES a file to keep the scores in: one that is there already is used as it is.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
shared=${ECHOMETER_SHARED:-../shared}
[ -d "$shared/data/dev" ] || { echo "skipped: no shared data"; exit 77; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
scores=${SCORES:-$t/scores}

# Lines "label source log-odds" for bench_clean_loss.
score_texts() {
    mkdir "$t/in"
    for f in "$shared"/data/dev/*.zst; do
        zstd -qdc "$f" | grep '"lang": *"en"' | grep -v '"edit": *"' > "$t/in/$(basename "$f" .zst)"
    done
    find "$t/in" -empty -delete
    "$build/echometer" clean -q --dry-run --only style,lang "$t/in" -o "$t/out" || return 1
    for f in "$t"/in/*.jsonl; do
        paste -d '\n' "$f" "$t/out/attributes/echometer/$(basename "$f")"
    done | awk '
        NR % 2 {
            label = /"label": *"machine"/ ? "machine" : "human"
            source = "none"
            if (match($0, /"dataset": *"[^"]*"/)) {
                source = substr($0, RSTART, RLENGTH); sub(/^"dataset": *"/, "", source); sub(/"$/, "", source); gsub(/ /, "_", source)
            }
            next
        }
        {
            x = "none"
            if (match($0, /"echometer__log_odds":\[\[0,[0-9]+,[-0-9.]+/)) { x = substr($0, RSTART, RLENGTH); sub(/.*,/, "", x) }
            print label, substr(source, 1, 63), x
        }'
}
[ -s "$scores" ] || score_texts > "$scores" || exit 1
"$build/bench/bench_clean_loss" < "$scores"
