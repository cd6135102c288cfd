#!/bin/bash
# `clean` over its own output removes nothing more and changes no byte, whatever the policy and the
# kind of input: thirteen policies, and six drawn (ECHOMETER_POLICIES of them); a file alone gives the same bytes as among others.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 2

mkdir -p in texts
# Sentences of 12 words that differ; texts of them, some with leaks, benchmark items and known output in them.
awk -v dir="$T" 'BEGIN {
    n = split("gate field uncle river mill wheel stone bridge winter orchard horse lantern market garden harbour kettle ladder meadow needle oven paddle quarry rope saddle table valley wagon yard anchor barrel candle door", w, " ")
    srand(7)
    leak[0] = "As an AI language model, I cannot see the mill. "
    leak[1] = "Rust is slow :contentReference[oaicite:3]{index=3}. "
    leak[2] = "I cannot fulfill your request. It would not be right.\n\n"
    leak[3] = "Certainly! Here is the text you asked for:\n\n"
    leak[4] = "It says \"as of my last update, the \"old\" mill stood. "
    leak[5] = "The text \"ends. As an AI language model, I say \"no\" to that. "
    leak[6] = "Wheels turn <|im_end|> and turn [cite: 1, 2] again. "
    item = "which of the seven lighthouses on the northern shore was painted green by the keeper and his two daughters in the winter"
    known = "as the sun set over the quiet village the clockmaker closed his shop and wondered who would ever need so many hands again"
    printf "{\"id\":\"q\",\"text\":\"%s\"}\n", item > (dir "/items.jsonl")
    printf "{\"id\":\"k\",\"text\":\"%s\"}\n", known > (dir "/known.jsonl")
    for (d = 0; d < 60; d++) {
        t = ""
        m = 3 + int(rand() * 40)
        for (s = 0; s < m; s++) {
            u = "The"
            for (i = 0; i < 11; i++) u = u " " w[1 + int(rand() * n)]
            t = t u (rand() < 0.2 ? ".\n\n" : ". ")
            r = rand()
            if (d % 3 == 0 && r < 0.12) t = t leak[int(rand() * 7)]
            if (d % 5 == 1 && r > 0.95) t = t item ". "
            if (d % 7 == 2 && r > 0.9) t = t known ". "
        }
        if (d % 11 == 4) t = last t
        last = t
        f = sprintf("%s/texts/%02d.txt", dir, d)
        printf "%s\n", t > f
        close(f)
        gsub(/"/, "\\\"", t); gsub(/\n/, "\\n", t)
        printf "{\"id\":\"d%d\",\"date\":\"2024-01-%02d\",\"text\":\"%s\"}\n", d, 1 + d % 28, t > (dir "/lines.jsonl")
    }
}'
"$E" refs build -q items.jsonl --name bench --kind benchmark -o bench.emr
"$E" refs build -q known.jsonl --name known --kind model-output -o known.emr
split -l 20 -d --additional-suffix=.jsonl lines.jsonl in/part
head -n 20 lines.jsonl | zstd -qc > in/z.jsonl.zst
mv texts in/texts
# The same texts as pages, and as text records.
record() { # type, address, content type, body
    printf 'WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: %s\r\nWARC-Date: 2024-02-01T00:00:00Z\r\nWARC-Record-ID: <urn:x:%s>\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' \
        "$1" "$2" "$2" "$3" "$(printf '%s' "$4" | wc -c)" "$4"
}
for i in $(seq 10 39); do
    text=$(cat "in/texts/$i.txt")
    html=$(sed 's/</\&lt;/g; s/^$/<\/p><p>/' "in/texts/$i.txt")
    record conversion "https://t$i.example/a" text/plain "$text" >> texts.wet
    record response "https://p$i.example/a" application/http "$(printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><html lang=en><head><title>Mill %s</title><meta property="article:published_time" content="2023-05-0%d"></head><body><article><p>%s</p></article></body></html>' "$i" $((i % 9 + 1)) "$html")" >> pages.warc
done
gzip -c texts.wet > in/texts.warc.wet.gz
gzip -c pages.warc > in/pages.warc.gz

# The options of a policy by a seed: options of `clean`, each drawn or left out.
draw_policy() {
    awk -v seed="$1" 'BEGIN {
        srand(seed)
        n = split("--on-leak cut|--on-leak drop|--on-leak tag|--on-copy cut|--on-copy tag|--on-benchmark tag|--on-benchmark drop|--margin 0|--margin 35|--min-piece 0|--min-piece 20|--max-pieces 2|--contained 0|--contained 0.9|--min-words 5|--known 0.3|--known 0.05|--lang en|--keep-style|--threshold 0.9|--fpr 5%|--fpr 0.05|--threshold-for en=0.8|--threshold-for article=keep|--on-edited drop=0.5|--on-edited tag=0.2,drop=0.3|--on-echo drop|--echo-contained 0.4|--refs bench.emr|--refs known.emr|--on-leak cut|--refs bench.emr --refs known.emr", o, "|")
        line = ""
        for (i = 1; i <= n; i++) {
            split(o[i], w, " ")
            if (rand() < 0.3 && (w[1] == "--refs" || !(w[1] in has))) { line = line " " o[i]; has[w[1]] = 1 }
        }
        if (line ~ /--threshold-for/) sub(/ --keep-style/, "", line)
        print line
    }'
}

n=0
while read -r -a policy; do
    n=$((n + 1))
    "$E" clean -q in -o "first$n" "${policy[@]}"
    # A file of which nothing is kept is empty, which the second run says.
    "$E" clean -q "first$n/kept" -o "again$n" "${policy[@]}" 2> /dev/null
    is "$(jq '[.removed, .cut] | add' "again$n/card.json")" 0 "twice removes nothing more: ${policy[*]}"
    diff -r "first$n/kept" "again$n/kept" > differences
    ok $? "and changes no byte"
done < <(cat << 'X'
--on-leak cut
--on-leak cut --keep-style
--on-leak cut --only leak
--on-leak drop --only leak
--on-leak cut --threshold 0.9
--on-leak cut --fpr 0.1% --lang en
--fpr 10% --on-leak cut --refs bench.emr --refs known.emr
--only match,leak --refs bench.emr --refs known.emr --on-copy cut --on-leak cut --margin 20 --min-piece 40
--only match --refs bench.emr --refs known.emr --on-copy cut --on-benchmark cut --contained 0
--only match,leak --refs bench.emr --on-benchmark tag --known 0.2 --on-leak cut
--only leak,lang,echo --on-leak cut --on-echo drop --lang en --echo-contained 0.5
--refs known.emr --on-copy tag --on-leak cut --on-echo drop
--on-leak cut --threshold-for en=0.7 --on-edited drop=0.5
X
    for seed in $(seq 1 "${ECHOMETER_POLICIES:-6}"); do draw_policy "$seed"; done)
[ "$(jq '.cut' first2/card.json)" -gt 10 ]
ok $? "texts were cut"
read_all() { case $1 in *.gz) gzip -dc "$1" ;; *.zst) zstd -qdc "$1" ;; *) cat "$1" ;; esac; }
find first2/kept -type f | while read -r f; do read_all "$f"; done > all
is "$(grep -cE 'oaicite|\{index|<\||[^"]As an AI language model, I cannot' all)" 0 "no rubble is left"

# Each file alone.
for f in part00.jsonl z.jsonl.zst texts/12.txt texts.warc.wet.gz pages.warc.gz; do
    mkdir -p "alone/$(dirname "$f")"
    cp "in/$f" "alone/$f"
    "$E" clean -q alone -o parts --on-leak cut --keep-style
    rm -r alone
done
for in in kept removed attributes; do
    (cd parts/$in && find . -type f) | while read -r f; do
        cmp -s <(read_all "parts/$in/$f" | sed 's/"alone\//"in\//g') <(read_all "first2/$in/$f") || echo "$f"
    done > differ
    is "$(cat differ) $(find parts/$in -type f | wc -l)" " 5" "a file alone gives what it gives among others: $in"
done
done_testing
