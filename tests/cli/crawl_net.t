#!/bin/bash
# A crawl over IPv6 (an address itself, names with one kind of address or both, one that is dead), what the guard says of
# addresses, and certificates that must be refused, each with its reason.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
if ! command -v openssl > /dev/null; then
    skip "openssl is not installed"
    done_testing
fi
web_certificates "$T/tls"
web_start "$T/web" --hosts 2 --pages 5 --seconds 1800 --cert "$T/tls/site.pem" --key "$T/tls/site.key"
crawl=("$E" crawl --contact me@example.org --resolve "$T/web/names" --ca "$T/tls/ca.pem" --delay 0.1 --response-factor 0 --linger 0 --summary json
    --sync none --attempts 1)
sum() { jq -rs ".[0] | $1" "$T/err"; }
# "TYPE URI IP" of each record that has an address.
ips() { cat "$1"/warc/*.warc.gz | zcat | tr -d '\r' | awk '/^WARC\/1.1$/ {t = u = ip = ""; h = 1; next} !h {next} /^WARC-Type: /{t = $2} /^WARC-Target-URI: /{u = $2}
    /^WARC-IP-Address: /{ip = $2} /^$/ {h = 0; if (ip) print t, u, ip}' | sort; }

# --- IPv6
port=$(sed -n 's/^six\.test .*:\([0-9]*\)$/\1/p' "$T/web/names")
if [ -z "$port" ]; then
    skip "this machine has no IPv6"
else
    run "${crawl[@]}" --allow-private http://six.test/ http://sixtoo.test/ "http://[::1]:$port/" http://both.test/ http://halfdead.test/ http://metadata6.test/ -o "$T/six"
    is "$code $(sum '[.end, .pages, .failed, .errors.refused, .cuts.address] | @tsv')" "0 $(printf 'done\t12\t0\t1\t1')" "over IPv6: an address as host, names, metadata never"
    is "$(ips "$T/six" | grep '^response' | cut -d ' ' -f 2-)" "$(for u in "[::1]:$port/" "[::1]:$port/literal" both.test/ both.test/one; do echo "http://$u ::1"; done
        for u in / /one; do echo "http://halfdead.test$u $(sed -n 's/^halfdead\.test \(127[0-9.]*\):.*/\1/p' "$T/web/names")"; done
        for h in six sixtoo; do for u in / /one /two; do echo "http://$h.test$u ::1"; done; done)" \
        "WARC-IP-Address; of a name with both the first address, of one whose first is dead the next, at once"
    is "$("$E" records "$T"/six/warc/*.warc.gz | jq -r 'select(.block_digest == "bad" or .payload_digest == "bad" or .error) | .url')" "" "every record reads back"
    run "${crawl[@]}" --allow-private --ip 4 http://both.test/ http://six.test/ -o "$T/four"
    is "$(sum '[.pages, .cuts.address] | @tsv') $(ips "$T/four" | grep -c '::1')" "$(printf '2\t1') 0" "--ip 4"
    run "${crawl[@]}" --allow-private --ip 6 http://both.test/ http://site0.test/ -o "$T/onlysix"
    is "$(sum '[.pages, .cuts.address] | @tsv') $(ips "$T/onlysix" | grep -vc ' ::1$')" "$(printf '2\t1') 0" "--ip 6"
    run "${crawl[@]}" http://six.test/ http://both.test/ "http://[::1]:$port/" "http://[::ffff:127.0.0.1]:$port/" "http://[64:ff9b::7f00:1]:$port/" "http://[2002:7f00:1::1]:$port/" \
        "http://[fd00::1]/" "http://[fe80::1]/" "http://[fec0::1]/" "http://[ff02::1]/" "http://[2001:db8::1]/" -o "$T/refused"
    is "$code $(sum '[.end, .pages, .requests, .cuts.address] | @tsv')" "2 $(printf 'done\t0\t0\t11')" \
        "private addresses of IPv6, and those that hide one of IPv4, are not asked"
    run "$E" why "http://[::1]:$port/" --dir "$T/refused"
    is "$(grep -c 'cut at .*address, ' "$T/out")" 1 "and why says so"
fi
run "$E" crawl http://six.test/ -o "$T/x" --ip 5
is $code 129 "--ip 5: usage"
run "$E" crawl http://six.test/ -o "$T/x" --ipv6-prefix 129
is $code 129 "--ipv6-prefix 129: usage"

# --- certificates
run "${crawl[@]}" --allow-private https://expired.test/ https://early.test/ https://selfsigned.test/ https://badname.test/ https://secure.test/ -o "$T/bad"
is "$code $(sum '[.end, .pages, .errors["certificate-date"], .errors["certificate-name"], .errors["certificate-self"], .errors.certificate] | @tsv')" \
    "0 $(printf 'asleep\t2\t2\t1\t1\t')" "one good certificate is accepted with --ca, four are refused"
while read -r host reason; do
    run "$E" why "https://$host/" --dir "$T/bad"
    is "$(sed -n 's/^  the last request failed: \([a-z-]*\),.*/\1/p' "$T/out")" "$reason" "why: $host, $reason"
    is "$("$E" why "https://$host/" --dir "$T/bad" --json | jq -r .host.error)" "$reason" "and as JSON"
done <<< $'expired.test certificate-date\nearly.test certificate-date\nselfsigned.test certificate-self\nbadname.test certificate-name'
run "$E" why https://secure.test/ --dir "$T/bad"
is "$(grep -c 'last request failed' "$T/out")" 0 "nothing of the kind where all is well"
run "${crawl[@]}" --allow-private https://secure.test/ -o "$T/issuer" --ca "$T/tls/self.crt"
run "$E" why https://secure.test/ --dir "$T/issuer"
is "$(sed -n 's/^  the last request failed: //p' "$T/out")" "certificate, nobody known vouches for the certificate" "an issuer that is not known"
is "$(ips "$T/bad" | grep -vc 'https://secure\.test/')" 0 "no page of them is in the archive"

# --- a page that fails although robots.txt did not: the reason is in its own record
run "${crawl[@]}" --allow-private http://odd.test/ -o "$T/page"
run "$E" why http://odd.test/empty http://odd.test/garbage --dir "$T/page"
is "$(grep -c '^  failed at .*: empty, closed without an answer' "$T/out") $(grep -c '^  failed at .*: protocol, the answer is not valid HTTP' "$T/out")" "1 1" \
    "a page that failed says how"

web_archives "$T"/*

# --- politeness: one request at a time to ::1, whatever the names
web_stop
run "$TOP/tests/web/check_log.sh" "$T/web/log" 100
is "$code" 0 "the server's log: $(tail -1 "$T/out")"
[ "$code" = 0 ] || sed 's/^/# /' "$T/out" | head -20
done_testing
