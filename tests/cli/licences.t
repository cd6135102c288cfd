#!/bin/bash
# Licences (RSL), ai.txt and usage preferences of tomorrow: read, recorded and obeyed by a crawl; recorded by a scan.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
web_start "$T/web" --hosts 1 --pages 3 --seconds 600
crawl=("$E" crawl --contact me@example.org --resolve "$T/web/names" --allow-private --delay 0.01 --response-factor 0 --linger 0 --summary json --sync none --attempts 1 --no-soft404)
sum() { jq -rs ".[-1] | $1" "$T/err"; }
body() { jq -rs --arg u "http://rsl.test$1" '[.[] | select(.type == "response" and .url == $u) | .truncated // "whole"] | join(",")' "$T/rsl.jsonl"; }
# said PAGE FIELD: a line of its metadata record
said() { zcat "$T"/rsl/warc/*.warc.gz | tr -d '\r' | awk -v u="http://rsl.test$1" -v f="$2: " '/^WARC\/1/ {m = 0; mine = 0} /^WARC-Type: metadata/ {m = 1} $0 == "WARC-Target-URI: " u {mine = 1} m && mine && index($0, f) == 1 {print substr($0, length(f) + 1)}' | paste -sd'|'; }
run "${crawl[@]}" http://rsl.test/ -o "$T/rsl" --max-time 300
is "$code $(sum '[.end, .licences, .ai_txt] | @tsv')" "0 $(printf 'done\t2\t1')" "each licence is asked for once, also where another host has it or it has moved"
"$E" records "$T"/rsl/warc/*.warc.gz > "$T/rsl.jsonl"
is "$(body /free/one) $(said /free/one optout-licence)" "whole ai-train=no, licence" "robots.txt names a licence: ai-train is prohibited, which is recorded"
is "$(body /news/one) $(said /news/one optout-licence)" "unspecified ai-input=no, ai-train=no, licence" "only search is permitted: the body is not kept"
is "$(body /shop/one) $(said /shop/one optout-licence)" "unspecified search=no, ai-input=no, ai-train=no, licence, licence-payment" "to be paid for: the body is not kept"
is "$(body /linked) $(said /linked licence) $(said /linked optout-licence)" "unspecified http://rsl.test/own ai-input=no, licence" "<link rel=license>: the page's licence is asked for and obeyed"
is "$(body /header) $(said /header licence)" "unspecified http://rsl.test/own" "Link: rel=license"
is "$(body /creative) $(said /creative licence)" "whole " "a licence that is no RSL is not asked for"
is "$(awk '$1 == "R" && $4 == "licences.test" {print $5}' "$T/web/log" | sort | paste -sd' ')" "/own.xml /site.xml" "the host of the licences is asked for them and nothing else"
is "$(said /ai-one optout-site) $(body /ai-one)" "ai-train=no, ai.txt, ai.txt=no, content-usage whole" "ai.txt: recorded, page by page"
is "$(said /free/one content-usage-site)" "train-ai=n, of-tomorrow=y;q=1" "Content-Usage with words of tomorrow: as it was written"
run "${crawl[@]}" http://rsl.test/ -o "$T/not" --no-licences --no-ai-txt --max-time 300
is "$(sum '[.licences, .ai_txt, .withheld] | @tsv')" "$(printf '0\t0\t0')" "--no-licences --no-ai-txt: nothing is asked for"
run "${crawl[@]}" http://rsl.test/ -o "$T/record" --optouts record --max-time 300
is "$(sum '[.licences, .withheld] | @tsv')" "$(printf '2\t0')" "--optouts record: read, not obeyed"
run "$E" scan -q --no-output --index "$T/idx" "$T"/record/warc/*.warc.gz
run "$E" export --index "$T/idx" --table documents
is "$(jq -r 'select(.licence) | [.url, .licence, .optouts] | @tsv' "$T/out" | sort | tr '\t\n' ' |')" \
    "http://rsl.test/header http://rsl.test/own 65536|http://rsl.test/linked http://rsl.test/own 65536|" "a scan records the licence that a page or its header names"
run "$E" robots --explain - <<< '{"robots":"License: https://x.org/l.xml\nUser-agent: *\nContent-Usage: train-ai=n, of-tomorrow=y","agent":"echometer","url":"https://x.org/"}'
is "$(jq -c '[.signals, .usages, .licences]' "$T/out")" '[["ai-train=no","content-usage"],["train-ai=n, of-tomorrow=y"],["https://x.org/l.xml"]]' "robots --explain"
web_stop
run "$TOP/tests/web/check_log.sh" "$T/web/log" 10
is "$code" 0 "the server's log: $(tail -1 "$T/out")"
done_testing
