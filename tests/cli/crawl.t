#!/bin/bash
# A whole crawl of the made-up web (tests/web), seen from outside: what was fetched, what was not and why, how it was
# asked for (the server's log), what the archive holds, what a scan of it says.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
CHECK=$TOP/tests/web/check_log.sh
command -v openssl > /dev/null && web_certificates "$T/tls"
web_start "$T/web" --hosts 6 --pages 15 --ips 4 --seconds 1800 --cert "$T/tls/site.pem" --key "$T/tls/site.key"
crawl=("$E" crawl --contact me@example.org --resolve "$T/web/names" --allow-private --ca "$T/tls/ca.pem" --delay 0.05
    --linger 0 --summary json --sync none)
# The paths of one host that were answered with a page, from the archive.
kept() { jq -r --arg h "$2" 'select(.type == "response" and .http_status == 200) | .url | select(startswith($h)) | ltrimstr($h)' "$1" | sort | tr '\n' ' '; }

# --- usage
run "$E" crawl
is $code 129 "no seed: usage"
run "$E" crawl http://site0.test/ http://site1.test/ -o "$T/x"
is "$code $(grep -c contact "$T/err") $(test -e "$T/x" && echo made)" "129 1 " "two hosts without --contact: refused, nothing is made"
run "$E" crawl ftp://site0.test/ -o "$T/x"
is $code 129 "no http URL: usage"
run "$E" crawl http://user:secret@site0.test/ -o "$T/x"
is $code 129 "credentials in a seed: usage"

# --- ordinary sites
run "${crawl[@]}" http://site0.test/ --scope any -t 3 -o "$T/any" --index "$T/idx" --metrics "$T/any.prom"
is "$code $(jq -rs '.[0].end' "$T/err")" "0 done" "a crawl of six sites ends by itself"
"$E" records "$T"/any/warc/*.warc.gz > "$T/any.jsonl"
all=$(for i in "" feed.xml news/1 orphan/0 orphan/1 $(seq -f p/%g 1 14) sitemap.xml; do echo "/$i"; done | sort | tr '\n' ' ')
is "$(kept "$T/any.jsonl" http://site0.test)" "$all" "every page of a site, those of its sitemap and its feed as well, each once"
is "$(kept "$T/any.jsonl" http://site4.test)" "$(for i in "" feed.xml news/1 private/secret $(seq -f p/%g 1 14); do echo "/$i"; done | sort | tr '\n' ' ')" \
    "no robots.txt: everything allowed, no sitemap"
is "$(jq -rs '.[0] | [.pages, .robots, .cuts.robots, .cuts.nofollow, .foreign] | @tsv' "$T/err")" "$(printf '118\t6\t5\t6\t5')" \
    "pages, robots.txt, and URLs cut by robots, nofollow and the sitemaps' own rule"
is "$(jq -r 'select(.block_digest == "bad" or .payload_digest == "bad" or .error) | .url' "$T/any.jsonl")" "" "every record reads back with its digests"
is "$(cat "$T"/any/warc/*.cdxj | wc -l)" "$(jq -r 'select(.type == "response") | .url' "$T/any.jsonl" | wc -l)" "a CDXJ line for each response"
ok "$(LC_ALL=C sort -c "$T"/any/warc/crawl-00000.cdxj && echo 0 || echo 1)" "the CDXJ is sorted"
is "$(ls "$T/any/warc" | grep -c open)" 0 "no file is left open"
"$E" scan -q --index "$T/idx2" -o "$T/scan.jsonl" "$T"/any/warc/*.warc.gz
cmp -s "$T/scan.jsonl" "$T/any/verdicts.jsonl"
ok $? "crawl --index: the lines of a scan of its archive"
is "$("$E" export --index "$T/idx" | sha256sum)" "$("$E" export --index "$T/idx2" | sha256sum)" "and the same index"
ok "$(test "$(wc -l < "$T/scan.jsonl")" -gt 90 && echo 0 || echo 1)" "with a line for each page"
is "$(grep -c '^echometer_crawl_pages_total 118$' "$T/any.prom")" 1 "metrics for Prometheus"

# --- status and why
run "$E" crawl --status "$T/any" --summary json
is "$code $(jq -r '[.pages, .queued, .hosts] | @tsv' "$T/out")" "$(printf '0 118\t0\t6')" "--status"
run "$E" why http://site0.test/private/secret http://site0.test/p/1 http://elsewhere.test/ --dir "$T/any"
is "$code $(grep -c 'cut at .*robots, forbidden by robots.txt' "$T/out") $(grep -c 'fetched at .*status 200' "$T/out") $(grep -c 'no page that was read links to it' "$T/out")" \
    "0 1 1 1" "why: cut by robots, fetched, unknown"
run "$E" why x --dir "$T/nowhere"
is $code 2 "why without a crawl fails"

# --- the same command again: nothing to do; then other limits
run "${crawl[@]}" http://site0.test/ --scope any -o "$T/any"
is "$code $(jq -rs '.[0] | [.end, .run_pages, .pages] | @tsv' "$T/err")" "$(printf '0 done\t0\t118')" "again: nothing is fetched twice"
run "${crawl[@]}" http://site0.test/ -o "$T/few" --max-pages 5
is "$code $(jq -rs '.[0] | [.end, .pages] | @tsv' "$T/err")" "$(printf '0 max-pages\t5')" "--max-pages"
run "${crawl[@]}" http://site0.test/ -o "$T/few"
is "$code $(jq -rs '.[0] | [.end, .pages] | @tsv' "$T/err")" "$(printf '0 done\t20')" "goes on where it stopped"

# --- drawn to the echo
for focus in echo synthetic; do
    run "${crawl[@]}" http://site0.test/ --scope any -o "$T/$focus" --focus $focus --index "$T/$focus.idx"
    zcat "$T/$focus"/warc/*.warc.gz > "$T/$focus.warc"
    is "$code $(jq -rs '[.[0].end, .[0].pages] | @tsv' "$T/err")" "$(printf '0 done\t118')" "--focus $focus: the same pages in another order"
    grep -aq '^score: [01]\.' "$T/$focus.warc" && ! grep -aq '^Echometer-Inclusion: 0\.' "$T/$focus.warc"
    ok $? "--focus $focus: scores in the archive, and no probability that nobody knows"
    "$E" export --index "$T/$focus.idx" | jq -r 'select(.table == "documents") | .weight' | awk '{ n++; w += $1 != 0 } END { exit !(n && !w) }'
    ok $? "--focus $focus: its pages are no sample: no weight in the index"
done
run "${crawl[@]}" http://site0.test/ -o "$T/flat" --depth 0
is "$code $(jq -rs '.[0].pages' "$T/err")" "0 1" "--depth 0: the seed alone"
run "${crawl[@]}" http://site0.test/ -o "$T/some" --include '/p/|/$' --exclude '/p/1' --no-sitemaps
"$E" records "$T"/some/warc/*.warc.gz > "$T/some.jsonl"
is "$(kept "$T/some.jsonl" http://site0.test)" "/ /p/2 /p/5 /p/6 " "--include and --exclude"

# --- oddities, all at once
seeds=()
for host in robots404 robots500 robotsdeny robotsname robotsloop robotsaway robotsdelay redirect moved optout trap charset odd odd2 odd3 odd4 odd5 metadata nowhere; do
    seeds+=("http://$host.test/")
done
run "${crawl[@]}" "${seeds[@]}" https://secure.test/ https://badname.test/ -o "$T/odd" --answer-timeout 10 --slow-timeout 10 --max-body 1M \
    --connect-timeout 20 --attempts 1 --response-factor 0 --depth 25 --max-time 300
is "$code" 0 "a crawl of oddities ends"
sum() { jq -rs ".[0] | $1" "$T/err"; }
"$E" records "$T"/odd/warc/*.warc.gz > "$T/odd.jsonl"
is "$(kept "$T/odd.jsonl" http://robots404.test)" "/ " "robots.txt 404: allowed (RFC 9309 2.3.1.3)"
is "$(kept "$T/odd.jsonl" http://robots500.test)" "" "robots.txt 500: nothing is asked (2.3.1.4)"
run "$E" why robots500.test --dir "$T/odd"
is "$(grep -c 'robots.txt cannot be had' "$T/out") $(grep -c 'suspended until' "$T/out")" "2 1" "and why says so"
is "$(kept "$T/odd.jsonl" http://robotsdeny.test)" "" "Disallow: /"
is "$(kept "$T/odd.jsonl" http://robotsname.test)" "/ /you " "a group that names us"
is "$(kept "$T/odd.jsonl" http://robotsloop.test)" "/ " "robots.txt that redirects for ever: unavailable (2.3.1.2)"
is "$(kept "$T/odd.jsonl" http://robotsaway.test)" "/ " "robots.txt of another host, reached by a redirect, counts here"
is "$(kept "$T/odd.jsonl" http://robotsdelay.test)" "/ /one " "Crawl-delay"
is "$(kept "$T/odd.jsonl" http://redirect.test)" "/ /page " "redirects: the page behind one; loops end"
is "$(kept "$T/odd.jsonl" http://www.moved.test)" "/ /inside " "a seed that has moved takes the scope along"
is "$(jq -r 'select(.url // "" | contains("outside.test") or contains("169.254") or startswith("file")) | .url' "$T/odd.jsonl")" "" "redirects out of scope, to metadata and to files are not followed"
is "$(jq -rs '[.[] | select(.type == "response" and (.url | contains("/chain/")))] | length' "$T/odd.jsonl")" 11 "an endless chain of redirects: ten in a row"
is "$(kept "$T/odd.jsonl" https://secure.test)" "/ /more " "TLS"
is "$(kept "$T/odd.jsonl" https://badname.test)" "" "a certificate for another name"
is "$(kept "$T/odd.jsonl" http://charset.test)" "/ /latin1 /lie /unknown " "charsets; an image is not kept"
is "$(jq -rs '[.[] | select(.type == "response" and (.url | startswith("http://odd")) and (.block_digest == "bad" or .payload_digest == "bad" or .error))] | length' "$T/odd.jsonl")" 0 \
    "broken HTTP: what is kept reads back"
is "$(kept "$T/odd.jsonl" http://odd | tr ' ' '\n' | grep -cE '/(garbage|empty|hang|headers|badchunk|lengths)$')" 0 "and what was no answer is not there"
is "$(jq -rs '[.[] | select(.url == "http://odd5.test/endless" and .type == "response") | .truncated] | join(",")' "$T/odd.jsonl")" length "a body without end is cut, and says so"
is "$(jq -rs '[.[] | select(.url == "http://metadata.test/")] | length' "$T/odd.jsonl")" 0 "cloud metadata is never asked, even with --allow-private"

run "${crawl[@]}" http://busy.test/ -o "$T/busy" --linger 20
"$E" records "$T"/busy/warc/*.warc.gz > "$T/busy.jsonl"
is "$(kept "$T/busy.jsonl" http://busy.test) $(awk '$1 == "R" && $4 == "busy.test" && $5 == "/" {if (last) print ($2 - last >= 1000000); last = $2}' "$T/web/log")" \
    "/  1" "429 with Retry-After: fetched in the end, and not before"

# --- opt-outs
bodies() { jq -rs --arg u "http://optout.test$1" '[.[] | select(.type == "response" and .url == $u) | .truncated // "whole"] | join(",")' "$T/odd.jsonl"; }
for path in noindex noarchive tdm-header tdm-meta tdm-file signal by-name; do
    is "$(bodies /$path)" unspecified "$path: header kept, body not"
done
for path in noai nofollow other-name; do
    is "$(bodies /$path)" whole "$path: may be read"
done
is "$("$E" scan -q --drops "$T"/odd/warc/*.warc.gz | jq -r 'select(.url // "" | startswith("http://optout.test/noindex")) | .drop // empty' | sort -u | tr '\n' ' ')" \
    "empty metadata request " "a scan of the archive has no text of it"
is "$(zcat "$T"/odd/warc/*.warc.gz | grep -ac '^optout-page: noindex')" 2 "what was said is in the metadata record"
run "${crawl[@]}" http://optout.test/ -o "$T/record" --optouts record --exclude mistake
"$E" records "$T"/record/warc/*.warc.gz > "$T/record.jsonl"
is "$(jq -rs '[.[] | select(.type == "response" and .truncated)] | length' "$T/record.jsonl") $(sum .withheld)" "0 0" "--optouts record keeps them"

# --- traps
is "$(jq -rs '[.[] | select(.url // "" | contains("/events/2039"))] | length' "$T/odd.jsonl")" 0 "dates far ahead are cut"
is "$(jq -rs '[.[] | select(.type == "response" and (.url | startswith("http://trap.test")))] | length < 400' "$T/odd.jsonl")" true "the maze and the calendar end"
run "${crawl[@]}" http://flood.test/ -o "$T/flood" --max-time 300
is "$code $(sum .end) $(sum '.pages < 100')" "0 done true" "a flood of one page under many addresses ends"

# --- a signal
"${crawl[@]}" http://flood.test/ http://site5.test/ -o "$T/signal" --delay 0.3 2> "$T/err" &
pid=$!
for _ in $(seq 2400); do
    [ "$("$E" crawl --status "$T/signal" --summary json 2> /dev/null | jq -r .commits)" -ge 2 ] 2> /dev/null && break
    sleep 0.05
done
kill -INT $pid
wait $pid
is "$? $(sum .end) $(ls "$T/signal/warc" | grep -c open)" "0 stopped 0" "SIGINT: summary, exit 0, the archive closed"

# --- the settings file
"$E" crawl --config "$TOP/configs/crawl.yaml" --show-config > "$T/file.yaml"
"$E" crawl --show-config > "$T/program.yaml"
cmp "$T/file.yaml" "$T/program.yaml"
ok $? "configs/crawl.yaml says what the program does without it"
is "$(sed -n 's/:.*//p' "$T/program.yaml" | grep -v '^ ' | while read -r key; do grep -q "^$key:" "$TOP/configs/crawl.yaml" || echo "$key"; done)" "" "and has every option"
printf 'delai: 3\n' > "$T/wrong.yaml"
run "$E" crawl --config "$T/wrong.yaml" --show-config
is "$code $(grep -c delai "$T/err")" "129 1" "a misspelt setting is an error"

web_archives "$T"/*

# --- politeness: what the server saw of all that
web_stop
run "$CHECK" "$T/web/log" 50
is "$code" 0 "the server's log: $(tail -1 "$T/out")"
[ "$code" = 0 ] || sed 's/^/# /' "$T/out" | head -20
is "$(awk '$1 == "R" {print $4 $5}' "$T/web/log" | grep -c 'site0.test/p/7$')" 4 "four crawls asked for a page of their own once each"
done_testing
