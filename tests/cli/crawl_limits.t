#!/bin/bash
# What a crawl leaves out and why (each reason by its count), dates of feeds, and what it says of itself while it runs:
# the metrics port, the progress line.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
web_start "$T/web" --hosts 2 --pages 9 --seconds 1800
crawl=("$E" crawl --contact me@example.org --resolve "$T/web/names" --allow-private --delay 0.01 --response-factor 0 --linger 0 --summary json --sync none --attempts 1)
sum() { jq -rs ".[-1] | $1" "$T/err"; }
cuts() { sum '.cuts | to_entries | map(select(.value > 0) | "\(.key) \(.value)") | sort | join(", ")'; }

# --- traps
run "${crawl[@]}" http://mazes.test/ -o "$T/mazes" --max-pages 5
is "$(cuts)" "trap-calendar 1, trap-digits 1, trap-parameters 1, trap-query 100, trap-repeat 1, trap-segments 1" "traps that URLs show, and queries of one path after 2,000"
run "${crawl[@]}" http://near.test/ -o "$T/near"
is "$code $(sum '[.end, .pages < 60, .cuts["trap-near"] > 0, .cuts["trap-shape"] > 0] | @tsv')" "0 $(printf 'done\ttrue\ttrue\ttrue')" "near-duplicates of one shape without end"
run "$E" why http://near.test/n/100000 --dir "$T/near"
is "$(grep -c 'would be cut now: trap-shape' "$T/out")" 1 "why: of a URL of that shape"
for host in endless pager turns relative buster; do
    run "${crawl[@]}" "http://$host.test/" -o "$T/$host" --no-soft404 --max-pages 500
    is "$code $(sum '[.end, .pages <= 50] | @tsv')" "0 $(printf 'done\ttrue')" "$host: cut within 50 pages ($(sum .pages) pages, $(sum .requests) requests)"
done
run "${crawl[@]}" http://flood.test/ -o "$T/soft"
is "$(sum '[.end, .cuts["trap-soft404"] > 0] | @tsv')" "$(printf 'done\ttrue')" "pages that are the one of a URL that cannot exist"
run "${crawl[@]}" http://flood.test/ -o "$T/nosoft" --no-soft404 --max-pages 40
is "$(sum '[.probes, .cuts["trap-soft404"]] | @tsv')" "$(printf '0\t')" "--no-soft404: not asked for"

# --- files of this process: at the smallest limit with which a crawl can begin, every page is fetched and no host is blamed
for n in $(seq 32 96); do
    run bash -c 'ulimit -n "$1"; shift; exec "$@"' - "$n" "${crawl[@]}" http://site0.test/ http://site1.test/ -o "$T/files$n" --no-sitemaps
    [ "$code" = 0 ] && break
done
got=$(sum '[.pages, .failed, .hosts_dead, .hosts_asleep, .errors] | tojson')
run "${crawl[@]}" http://site0.test/ http://site1.test/ -o "$T/files" --no-sitemaps
want=$(sum '[.pages, .failed, .hosts_dead, .hosts_asleep, .errors] | tojson')
is "$got" "$want" "out of files of our own: nothing is lost, and no host is blamed (at most $n files)"

# --- scope
run "${crawl[@]}" http://site0.test/ -o "$T/lang" --language de
is "$(sum .pages) $(cuts)" "1 language 3" "--language: English pages and what they link to are left out"
run "${crawl[@]}" http://site0.test/ -o "$T/budget" --max-pages-host 3
is "$(sum '[.pages, .cuts["budget-host"] > 0] | @tsv')" "$(printf '3\ttrue')" "--max-pages-host"
run "${crawl[@]}" http://site0.test/p/1 -o "$T/prefix" --scope prefix --no-sitemaps
"$E" records "$T"/prefix/warc/*.warc.gz | jq -r 'select(.type == "response") | .url' | grep -vc '^http://site0\.test/p/' > "$T/beyond"
is "$(sum '.pages > 1') $(cat "$T/beyond")" "true 0" "--scope prefix"
run "${crawl[@]}" http://charset.test/ -o "$T/mime" --mime image/
is "$(sum '[.pages, .cuts.mime] | @tsv')" "$(printf '0\t1')" "--mime"

# --- a feed's dates: what changed after the last visit is due at once, and nothing else
run "${crawl[@]}" http://dates.test/ -o "$T/dates" --revisit --revisit-min 86400 --revisit-max 86400 --max-pages 5 --max-time 120
"$E" records "$T"/dates/warc/*.warc.gz | jq -r 'select(.type == "response" or .type == "revisit") | .url' | sort | uniq -c | awk '{print $1, $2}' > "$T/visits"
is "$(cat "$T/visits")" "$(printf '1 http://dates.test/\n1 http://dates.test/early\n1 http://dates.test/feed\n2 http://dates.test/late')" \
    "a page that a feed says has changed is visited again"

# --- metrics and progress, while it runs
metric() { sed -n "s/^echometer_crawl_$1 //p" "$T/metrics"; }
"${crawl[@]}" http://site0.test/ http://site1.test/ -o "$T/run" --delay 0.2 --revisit --revisit-min 1 --revisit-max 1 --max-time 300 --metrics 127.0.0.1:0 --progress 2> "$T/err" &
pid=$!
for _ in $(seq 2400); do
    port=$(sed -n 's/.*metrics at 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$T/err")
    [ -n "$port" ] && curl -s "http://127.0.0.1:$port/metrics" > "$T/metrics" && [ "$(metric pages_total)" -ge 3 ] 2> /dev/null &&
        grep -q ' pages (' "$T/err" && break
    sleep 0.05
done
is "$(metric hosts) $(grep -c '^# TYPE echometer_crawl_' "$T/metrics" | awk '{print ($1 > 15)}')" "2 1" "--metrics 127.0.0.1:0: the port is told, and answers"
is "$(awk '!/^#/ && !/^echometer_crawl_[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+$/' "$T/metrics")" "" "in Prometheus' text form"
grep -qE '^[0-9]+ pages \([0-9.]+/s, [0-9.]+ MB/s\), [0-9]+ queued, hosts: [0-9]+ asked, [0-9]+ wait, [0-9]+ in line, [0-9]+ asleep' "$T/err"
ok $? "--progress: $(grep -m1 ' pages (' "$T/err")"
kill -TERM $pid
wait $pid
is $? 0 "SIGTERM: exit 0"
web_archives "$T"/*
web_stop
run "$TOP/tests/web/check_log.sh" "$T/web/log" 10
is "$code" 0 "the server's log: $(tail -1 "$T/out")"
[ "$code" = 0 ] || sed 's/^/# /' "$T/out" | head -20
done_testing
