#!/bin/bash
# A crawl at full speed: memory and file descriptors stay where they are. SOAK=7200 for the long run (`make soak`);
# by default 10 s. The web is large enough not to end, ten milliseconds between two requests to one of 400 hosts leave the
# machine to be the limit, and archives that are done are removed as it goes. Each look is a line of the table
# ($SOAK_LOG, or it goes with the test): seconds, pages, megabytes of its own (RssAnon) and of files (the frontier's pages,
# which the system takes back as it likes), descriptors, URLs queued and seen, frontier's file, CPU seconds, archives removed.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
soak=${SOAK:-10} table=${SOAK_LOG:-$T/table}
every=$((soak / 12 > 30 ? 30 : soak / 12 + 1))
web_start "$T/web" --hosts 400 --pages 200000 --seconds $((soak + 1200))
sed -n 's/^\(site[0-9]*\.test\) .*/http:\/\/\1\//p' "$T/web/names" > "$T/seeds"
"$E" crawl --seeds "$T/seeds" --contact me@example.org --resolve "$T/web/names" --allow-private --delay 0.01 --response-factor 0 -q \
    -o "$T/crawl" --warc-size 20M --sync none --max-time "$soak" --metrics "$T/metrics" &
pid=$!
metric() { awk -v name="echometer_crawl_$1" '$1 == name {print $2}' "$T/metrics" 2> /dev/null; }
removed=0 begun=$(date +%s) tick=$(getconf CLK_TCK)
printf 'seconds\tpages\town\tfiles\tfds\tqueued\tseen\tfrontier\tcpu\tremoved\n' > "$table"
look() {
    local own files cpu
    read -r own files < <(awk '/^RssAnon/ {a = $2} /^RssFile/ {f = $2} END {printf "%.1f %.1f\n", a / 1024, f / 1024}' /proc/$pid/status)
    cpu=$(awk -v t="$tick" '{sub(/.*\) /, ""); printf "%.1f", ($12 + $13) / t}' /proc/$pid/stat)
    for f in "$T"/crawl/warc/*.warc.gz; do
        [ -e "$f" ] && rm "$f" "${f%.warc.gz}.cdxj" && removed=$((removed + 1))
    done
    printf '%d\t%d\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%d\n' $(($(date +%s) - begun)) "$(metric pages_total)" "$own" "$files" \
        "$(ls /proc/$pid/fd | wc -l)" "$(metric urls_queued)" "$(metric urls_seen)" "$(du -sm "$T/crawl/frontier" | cut -f1)" "$cpu" $removed | tee -a "$table" | sed 's/^/# /'
}
while sleep "$every" && [ "$(ls /proc/$pid/fd 2> /dev/null | wc -l)" -gt 0 ]; do look; done
wait $pid
is $? 0 "the crawl ends by its time"
total=$(metric pages_total)
# Its own memory and descriptors at a third of the table, the most of them after it, and the pages that the crawl counted at its end.
read -r own0 own1 fds0 fds1 < <(awk 'NR > 1 {n++; own[n] = $3; fds[n] = $5}
END {t = int(n / 3) + 1; for (i = t; i <= n; i++) {if (own[i] > o) o = own[i]; if (fds[i] > f) f = fds[i]} print own[t] + 0, o + 0, fds[t] + 0, f + 0}' "$table")
[ "${total%.*}" -gt 100 ]
ok $? "and has fetched: $total pages"
awk -v a="$own0" -v b="$own1" 'BEGIN {exit !(a > 0 && b < 1.5 * a + 16)}'
ok $? "memory of its own: $own0 MB after a third, $own1 MB at most since"
[ "$fds1" -gt 0 ] && [ "$fds1" -lt 1500 ]
ok $? "descriptors: $fds0 after a third, $fds1 at most since, of 400 hosts"
web_stop
run "$TOP/tests/web/check_log.sh" "$T/web/log" 10
is "$code" 0 "politeness at full speed: $(tail -1 "$T/out")"
done_testing
