#!/bin/bash
# A crawl that comes back: conditional requests, 304, the same payload again, pages that have changed; what the archive
# says of each (WARC 1.1, 6.7). Then HTTP/2, and TLS that must be refused.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
if ! command -v openssl > /dev/null; then
    skip "openssl is not installed"
    done_testing
fi
web_certificates "$T/tls"
web=(--hosts 2 --pages 12 --seconds 1800 --cert "$T/tls/site.pem" --key "$T/tls/site.key")
crawl=("$E" crawl --contact me@example.org --allow-private --linger 0 --summary json --delay 0.02 --response-factor 0)
sum() { jq -rs ".[0] | $1" "$T/err"; }

# --- once, and again, then again when every other page has another text
again=(http://site0.test/ --revisit --revisit-min 1 --revisit-max 1 -o "$T/again" --no-soft404 --resolve "$T/web/names")
web_start "$T/web" "${web[@]}"
run "${crawl[@]}" "${again[@]}" --max-pages 60
is "$code $(sum .end) $(sum '.unchanged > 0')" "0 max-pages true" "a crawl that comes back ends by --max-pages"
web_stop
mv "$T/web/log" "$T/log1"
web_start "$T/web" "${web[@]}" --changed
run "${crawl[@]}" "${again[@]}" --max-pages 140
is "$code $(sum .end)" "0 max-pages" "the same command when pages have changed"
web_stop
cat "$T"/again/warc/*.warc.gz | zcat > "$T/again.warc"
# One line of each capture, in order: type, URL, date, payload digest, HTTP status, profile, and what it refers to.
awk -v RS='\r\n' -v OFS='\t' '
/^WARC\/1\.1$/ {head = 1; delete f; next}
head && /^$/ {head = 0; status = 1; next}
head {n = index($0, ": "); f[substr($0, 1, n - 1)] = substr($0, n + 2); next}
status && /^HTTP\/1/ && (f["WARC-Type"] == "response" || f["WARC-Type"] == "revisit") {
    split($0, part, " ")
    profile = f["WARC-Profile"]; sub(/.*\//, "", profile)
    print f["WARC-Type"], f["WARC-Target-URI"], f["WARC-Date"], f["WARC-Payload-Digest"], part[2], profile, f["WARC-Refers-To-Target-URI"], f["WARC-Refers-To-Date"]
}
{status = 0}' "$T/again.warc" > "$T/captures"
is "$(awk -F '\t' '
$1 == "response" {
    if (last[$2] == $4) print "a whole copy of what was there: " $0
    last[$2] = $4; stored[$2 $3 $4] = 1; next
}
{
    if ($7 != $2 || !stored[$2 $8 $4]) print "refers to no response with this payload: " $0
    if ($4 != last[$2]) print "another payload: " $0
    if ($6 != ($5 == 304 ? "server-not-modified" : "identical-payload-digest")) print "profile: " $0
}' "$T/captures")" "" "each revisit refers to the response that holds its payload"
is "$(grep -c "^WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified.$" "$T/again.warc")" \
    "$(awk -F '\t' '$5 == 304' "$T/captures" | wc -l)" "the profile's whole address"
is "$(awk -F '\t' '$1 == "revisit" {n = substr($2, index($2, "/p/") + 3) + 0; print $6, n % 3}' "$T/captures" | grep -v '//' | sort -u | tr '\n' ' ')" \
    "identical-payload-digest 0 server-not-modified 1 server-not-modified 2 " "304 by ETag and by date, the payload compared where there is neither"
is "$(awk -F '\t' '$1 == "response" && $2 ~ /\/p\// {n[$2]++} END {for (u in n) if (n[u] != (substr(u, index(u, "/p/") + 3) % 2 ? 2 : 1)) print u, n[u]}' "$T/captures")" \
    "" "pages that changed are there twice, the others once"
is "$(grep -ac '^If-None-Match: "0-1-[01]"' "$T/again.warc")" "$(cat "$T/log1" "$T/web/log" | awk '$1 == "R" && $5 == "/p/1"' | wc -l | awk '{print $1 - 1}')" \
    "the requests' conditions are archived"
is "$(awk -F '\t' '{n[$2]++} END {for (u in n) if (n[u] < 3) print u, n[u]}' "$T/captures")" "" "no page is forgotten"
"$E" records "$T"/again/warc/*.warc.gz > "$T/again.jsonl"
is "$(jq -r 'select(.block_digest == "bad" or .payload_digest == "bad" or .error) | .url' "$T/again.jsonl")" "" "every record reads back"
is "$(cat "$T"/again/warc/*.cdxj | grep -c '"mime": *"warc/revisit"') $(cat "$T"/again/warc/*.cdxj | wc -l)" \
    "$(grep -c '^revisit' "$T/captures") $(wc -l < "$T/captures")" "the CDXJ has each, revisits by their name"
is "$("$E" scan -q "$T"/again/warc/*.warc.gz | jq -r .url | sort | uniq -c | awk '{print $1}' | sort -u | tr '\n' ' ')" "1 2 " \
    "a scan reads what is whole"
cat "$T/log1" "$T/web/log" > "$T/logs"
run "$TOP/tests/web/check_log.sh" "$T/logs" 20
is "$code" 0 "politeness, and robots.txt kept for a day: $(tail -1 "$T/out")"
is "$(awk '$1 == "R" && $5 == "/robots.txt"' "$T/logs" | wc -l)" 1 "which was asked for once"

web_start "$T/web" "${web[@]}"
crawl+=(--resolve "$T/web/names")
# --- a body that was withheld is not there to be confirmed: it is asked for again without a condition
run "${crawl[@]}" http://optout.test/noarchive --revisit --revisit-min 1 --revisit-max 1 -o "$T/withheld" --no-soft404 --max-pages 3
is "$code $(sum .withheld) $(cat "$T"/withheld/warc/*.warc.gz | zcat | grep -ac '^If-None-Match')" "0 3 0" "nothing of a withheld page is asked for by condition"
is "$(cat "$T"/withheld/warc/*.warc.gz | zcat | grep -ac '^ETag: "kept-back"')" 3 "though it has an ETag"

# --- HTTP/2
run "${crawl[@]}" https://h2.test/ https://secure.test/ -o "$T/h2" --ca "$T/tls/ca.pem" --attempts 1
is "$code $(sum '[.pages, .redirects, .errors.protocol, .failed] | @tsv')" "0 $(printf '4\t1\t1\t1')" "HTTP/2: pages, a redirect, a stream that is reset"
cat "$T"/h2/warc/*.warc.gz | zcat | tr -d '\r' > "$T/h2.warc"
is "$(awk '/^WARC\/1.1$/ {type = uri = ""; h = 1} !h {next} /^WARC-Type: /{type = $2} /^WARC-Target-URI: /{uri = $2} /^WARC-Protocol: /{print type, uri, $2} /^$/ {h = 0}' "$T/h2.warc" | sort | tr '\n' ' ')" \
    "$(for type in request response; do for path in "" one to-one; do echo "$type https://h2.test/$path h2"; done; done | sort | tr '\n' ' ')" "WARC-Protocol says so, for that host alone"
is "$(grep -c '^HTTP/1.1 302' "$T/h2.warc") $(grep -c '^HTTP/2' "$T/h2.warc") $(grep -c '^optout-header: noai' "$T/h2.warc")" "1 0 1" "stored as readers of HTTP/1.1 want it, fields read"
run "${crawl[@]}" https://h2.test/ -o "$T/http1" --ca "$T/tls/ca.pem" --http1 --attempts 1
is "$(sum .pages) $(cat "$T"/http1/warc/*.warc.gz | zcat | grep -ac '^WARC-Protocol')" "2 0" "--http1"

web_archives "$T/again" "$T/h2" "$T/http1"

# --- TLS that proves nothing
run "${crawl[@]}" https://secure.test/ -o "$T/issuer" --attempts 1
is "$code $(sum '[.pages, .errors.certificate, .errors.tls] | @tsv')" "2 $(printf '0\t1\t')" "an issuer that nobody knows: nothing was fetched"
run "$E" why secure.test --dir "$T/issuer"
grep -q 'robots.txt cannot be had' "$T/out"
ok $? "and why says so"
run "${crawl[@]}" https://badname.test/ -o "$T/name" --ca "$T/tls/ca.pem" --attempts 1
is "$(sum '[.pages, .errors["certificate-name"]] | @tsv')" "$(printf '0\t1')" "a certificate for another name"
sed 's/^site0\.test /plain.test /' "$T/web/names" > "$T/names"
run "${crawl[@]}" https://plain.test/ -o "$T/plain" --ca "$T/tls/ca.pem" --attempts 1 --resolve "$T/names"
is "$(sum '[.pages, .errors.tls] | @tsv')" "$(printf '0\t1')" "a server that does not speak TLS"
run "${crawl[@]}" https://secure.test/ -o "$T/noca" --ca "$T/nowhere.pem"
is "$code $(grep -c nowhere.pem "$T/err")" "2 1" "no such file of authorities"
web_stop
done_testing
