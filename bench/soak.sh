#!/bin/bash
# soak.sh FOLDER [SECONDS [HOSTS [DELAY]]]: a paced crawl of the made-up web (tests/web) for a long time, and once a minute a line of
# what the process holds. Defaults: 3600 s, 200 hosts, 3 s between two requests to one of them, which takes some tenth of a core.
# FOLDER/soak.tsv: seconds, resident memory in all and of its own (MB; the rest are pages of the frontier's file, which the
# system takes back as it likes), descriptors, threads, pages so far, pages in this minute, CPU seconds so far.
# At the end: by how much its own memory and descriptors differ between the first third's end and the end.
set -u
export LC_ALL=C
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/tests/web/web.sh"
dir=$1 seconds=${2:-3600} hosts=${3:-200} delay=${4:-3}
E=${BUILD:-$TOP/build}/echometer
mkdir -p "$dir"
[ -e "$dir/crawl" ] && { echo "soak: $dir/crawl exists" >&2; exit 2; }
web_start "$dir/web" --hosts "$hosts" --pages 200000 --seconds $((seconds + 600))
sed -n 's/^\(site[0-9]*\.test\) .*/http:\/\/\1\//p' "$dir/web/names" > "$dir/seeds"
"$E" crawl --seeds "$dir/seeds" --contact me@example.org --resolve "$dir/web/names" --allow-private --delay "$delay" --response-factor 0 -q \
    -o "$dir/crawl" --warc-size 8M --max-time "$seconds" 2> "$dir/err" &
pid=$!
begun=$(date +%s) last=0 tick=$(getconf CLK_TCK)
printf 'seconds\trss\town\tfds\tthreads\tpages\tthis_minute\tcpu\n' > "$dir/soak.tsv"
while sleep 60 && [ -r /proc/$pid/smaps_rollup ]; do
    pages=$("$E" crawl --status "$dir/crawl" --summary json 2> /dev/null | jq -r .pages)
    read -r rss own threads < <(awk '/^VmRSS/ {r = $2} /^RssAnon/ {a = $2} /^Threads/ {t = $2} END {printf "%.1f %.1f %d\n", r / 1024, a / 1024, t}' /proc/$pid/status)
    cpu=$(awk -v t="$tick" '{sub(/.*\) /, ""); printf "%.1f", ($12 + $13) / t}' /proc/$pid/stat) || break
    printf '%d\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n' $(($(date +%s) - begun)) "$rss" "$own" "$(ls /proc/$pid/fd | wc -l)" "$threads" "${pages:-0}" \
        $((${pages:-0} - last)) "$cpu" >> "$dir/soak.tsv"
    last=${pages:-0}
done
wait $pid
code=$?
web_stop
"$TOP/tests/web/check_log.sh" "$dir/web/log" "$(awk -v d="$delay" 'BEGIN {print 1000 * d}')" > "$dir/polite"
polite=$?
awk -F '\t' -v code=$code '
NR > 1 {n++; own[n] = $3; rss[n] = $2; fds[n] = $4; pages = $6; cpu = $8; s = $1}
END {
    f = int(n / 3) > 0 ? int(n / 3) : 1
    printf "crawl ended with %d after %d s: %d pages, %.1f a second, %.1f CPU s (%.1f %% of a core)\n", code, s, pages, pages / s, cpu, 100 * cpu / s
    printf "own memory %.1f MB after a third, %.1f at the end; resident %.1f and %.1f; descriptors %d and %d\n", own[f], own[n], rss[f], rss[n], fds[f], fds[n]
}' "$dir/soak.tsv"
tail -1 "$dir/polite"
exit $((code || polite))
