#!/bin/bash
# Cleans a corpus assembled from ../shared/data/dev (half of each English source with both labels or human
# only), says what of it was caught and missed, and whether the promise of --max-human-loss holds in
# resamplings. Skips without the shared folder. BUILD names the build folder.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
dev=${ECHOMETER_SHARED:-../shared}/data/dev
[ -d "$dev" ] || { echo "skipped: no shared data"; exit 77; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
mkdir "$t/in"
for s in outfox c4_pfdecoding kaggle_daigt_train_essays disinfo_capabilities web_pages_pre2022 \
    news_fakenewscorpus_sample reviews_imdb blog_yihui_en nltk_abc_2006 humour_stupidstuff jobs_glassdoor; do
    zstd -qdc "$dev/$s.jsonl.zst" | awk -v i="$t/in/$s.jsonl" -v c="$t/human.jsonl" 'NR % 2 { print > i; next } { print >> c }'
done
for loss in 0.5% 1% 5%; do
    echo "== --max-human-loss $loss"
    "$build/echometer" clean "$t/in" -o "$t/out$loss" --max-human-loss $loss --calibrate "$t/human.jsonl" 2>&1 |
        sed 's/^echometer: //'
    for label in human machine; do
        k=$(cat "$t/out$loss"/kept/* | grep -c "\"label\": *\"$label\"")
        r=$(cat "$t/out$loss"/removed/* | grep -c "\"label\": *\"$label\"")
        awk -v l=$label -v k="$k" -v r="$r" 'BEGIN { printf "%s: %d kept, %d removed (%.2f %%)\n", l, k, r, 100 * r / (k + r) }'
    done
done
echo "== resamplings"
for f in "$t"/in/*.jsonl; do
    s=$(basename "$f" .jsonl)
    paste -d '\n' "$f" "$t/out5%/attributes/$s.jsonl" | awk -v s="$s" '
        NR % 2 { l = match($0, /"label": *"machine"/) ? "machine" : "human"; next }
        { x = match($0, /"echometer__log_odds":\[\[0,[0-9]+,[-0-9.]+/) ? substr($0, RSTART, RLENGTH) : "none"; sub(/.*,/, "", x); print l, s, x }'
done | "$build/bench/bench_clean_loss"
