#!/bin/bash
# Remote inputs: whatever the server does, verdict lines are those of the local run, or the file is a clear error.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
S=${BUILD:-$TOP/build}/tests/web/object_server
[ -x "$S" ] || { skip "object server is not built"; done_testing; }
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_ENDPOINT_URL
export HOME=$T no_proxy='*'
cd "$T" || exit 1
mkdir -p files/b
made_web 400 1 > files/b/web.jsonl
"$TOP/examples/demo/make_warc.sh" files/b/demo.warc.gz
for i in 1 2 3 4 5 6; do cat files/b/demo.warc.gz; done > files/b/long.warc.gz
gzip -dc files/b/long.warc.gz > files/b/long.warc 2> /dev/null
: > files/b/empty.warc.gz
"$S" files > port &
server=$!
trap 'kill $server; rm -rf "$T"' EXIT
for ((i = 0; i < 600; i++)); do [ -s port ] && break; sleep 0.1; done
U=http://127.0.0.1:$(cat port)
quick="--backoff 0.01 --rate 1000"
# Lines without the one thing that differs: where the file is.
plain() { sed -E "s#(http://127.0.0.1:[0-9]+|s3:/)(/@[a-z]+=[^/]*)*/b/(@[^/]*/)*#files/b/#g" "$1" | cut -c1-2000; }
# scan a file behind a fault and compare with the local run: same "fault" file
same() {
    "$E" scan -q --drops --text-only -o want "files/b/$2" 2> /dev/null
    want_code=$?
    code=0
    # shellcheck disable=SC2086
    "$E" scan -q --drops --text-only $quick -o got "$U$1/b/$2" 2> err || code=$?
    plain got > got.plain
    cmp -s want got.plain && [ $code = $want_code ]
    ok $? "$2 with '$1': as read here"
}
size=$(stat -c %s files/b/long.warc.gz)
for f in web.jsonl demo.warc.gz long.warc.gz long.warc empty.warc.gz; do same "" $f; done
for f in web.jsonl long.warc.gz long.warc; do
    same /@cut=30000 $f
    same /@cut=777/@rate=100000000 demo.warc.gz
done
same /@norange=1 long.warc.gz
same /@storm=3 long.warc.gz
same /@storm=2/@status=429/@after=0 web.jsonl
same /@storm=2/@status=403/@after=0 web.jsonl
same /@storm=2/@status=500 web.jsonl
same /@redirect=3 long.warc.gz

# Parquet, by range: whatever happens to the connections, and no more than the columns that are used.
cp "$TOP/tests/cases/parquet/corpus.parquet" files/b/corpus.parquet
cp files/b/corpus.parquet files/b/unnamed.bin
for fault in "" /@cut=10000 /@norange=1 /@storm=2 /@redirect=2; do same "$fault" corpus.parquet; done
same "" unnamed.bin
before=$(curl -s "$U/sent")
# shellcheck disable=SC2086
"$E" scan -q --text-only $quick --text-field dump "$U/b/corpus.parquet" > /dev/null
"$E" scan -q --text-only --text-field dump files/b/corpus.parquet > want
sent=$(($(curl -s "$U/sent") - before))
[ "$(wc -l < want)" = 5000 ] && [ $sent -lt $(($(stat -c %s files/b/corpus.parquet) * 3 / 4)) ]
ok $? "of a remote Parquet file only the columns used are fetched: $sent of $(stat -c %s files/b/corpus.parquet) bytes"
same "" corpus.parquet

# What cannot be read whole is an error that says why; the other files go on.
wrong() { # fault file pattern description
    # shellcheck disable=SC2086
    run "$E" scan --text-only $quick "$U$1/b/$2" files/b/web.jsonl
    [ "$code" = 3 ] && grep -q "$3" err && [ "$(grep -c web.jsonl out)" -ge 300 ]
    ok $? "$4: said, and the rest goes on" || true
    [ "$code" = 3 ] && grep -q "$3" err || sed 's/^/# /' err
}
wrong "/@etag=1/@cut=$((size / 2))" long.warc.gz "changed while it was read" "an ETag that changes midway"
wrong "/@noetag=1/@cut=$((size / 2))" long.warc.gz "Last-Modified" "a Last-Modified that changes midway"
wrong /@etag=3 corpus.parquet "the object was changed while it was read" "columns of two objects never meet"
wrong /@truncate=1000 long.warc.gz "there are only $((size - 1000))" "an object that is cut short"
wrong /@short=1000 long.warc.gz "declares" "a Content-Length that is too short"
wrong /@long=1000 long.warc.gz "declared $((size + 1000))" "a length that is too long"
wrong "" nothing.warc.gz "HTTP 404" "an object that is not there"
# shellcheck disable=SC2086
run "$E" scan --text-only $quick --patience 0.3 "$U/@status=503/b/long.warc.gz" "$U/@status=503/b/web.jsonl"
is "$code" 2 "nothing but 503: the run fails"
grep -q "asks to slow down (HTTP 503" err
ok $? "and says that the server asks to slow down"
before=$(curl -s "$U/stats")
# shellcheck disable=SC2086
run "$E" scan --text-only $quick --patience 0.2 --rate-file rates $(for ((i = 0; i < 40; i++)); do echo "$U/@status=503/@n=$i/b/web.jsonl"; done)
[ $(($(curl -s "$U/stats") - before)) -lt 40 ]
ok $? "a broken circuit: forty files cost less than forty requests"
[ -s rates ]
ok $? "the rate of all processes is in a file"
echo junk > notrates
run "$E" scan --text-only --rate-file notrates "$U/b/web.jsonl"
is "$code" 2 "a file that is no rate file is refused"

# The guard: what the command line names may be anywhere; where a redirect or a remote list leads may not.
mkdir other && cp files/b/web.jsonl other/
"$S" other > port2 &
second=$!
trap 'kill $server $second; rm -rf "$T"' EXIT
for ((i = 0; i < 600; i++)); do [ -s port2 ] && break; sleep 0.1; done
P2=$(cat port2)
guarded() { # url pattern description [options]
    # shellcheck disable=SC2086
    run timeout 60 "$E" scan --text-only $quick ${4:-} "$1"
    [ "$code" = 2 ] && grep -q "$2" err && [ "$(curl -s "http://127.0.0.1:$P2/stats")" = 0 ]
    ok $? "$3" || true
    [ "$code" = 2 ] && grep -q "$2" err || sed 's/^/# /' err
}
guarded "$U/@to=localhost:$P2/web.jsonl" "127.0.0.1.*loopback.*--allow-private" "a redirect to a name of this machine"
guarded "$U/@to=127.0.0.1:$P2/web.jsonl" "loopback.*--allow-private" "a redirect to another server of this machine"
guarded "$U/@to=[::ffff:127.0.0.1]:$P2/web.jsonl" "loopback" "a redirect to an address in disguise"
guarded "$U/@to=10.0.0.1/web.jsonl" "private" "a redirect to a private network"
guarded "$U/@to=169.254.169.254/web.jsonl" "cloud metadata" "a redirect to a machine's metadata"
guarded "$U/@to=169.254.169.254/web.jsonl" "cloud metadata" "also with --allow-private" --allow-private
guarded "http://169.254.169.254/web.jsonl" "cloud metadata" "which the command line cannot name either"
guarded "$U/@to=127.0.0.1:25/web.jsonl" "port 25" "a redirect to a port that browsers refuse" --allow-private
guarded "http://127.0.0.1:6667/web.jsonl" "port 6667" "such a port on the command line"
echo "http://localhost:$P2/web.jsonl" > files/list
run "$E" scan --text-only $quick --manifest "$U/list"
[ "$code" = 2 ] && grep -q loopback err && [ "$(curl -s "http://127.0.0.1:$P2/stats")" = 0 ]
ok $? "a remote list does not speak for the user"
run "$E" scan --text-only $quick --manifest files/list
is "$code" 0 "a list of one's own does"
run "$E" scan --text-only $quick --allow-private "$U/@to=localhost:$P2/web.jsonl"
is "$code" 0 "--allow-private follows such a redirect"
"$E" scan --text-only --patience 600 --backoff 0.2 http://127.0.0.1:64993/x.warc.gz 2> err &
scan=$!
for ((i = 0; i < 600; i++)); do grep -q "trying again" err && break; sleep 0.1; done
kill $scan
wait $scan
[ $(grep -c "x.warc.gz: at byte 0: .*; trying again for up to 600 s (--patience)" err) = 1 ]
ok $? "the first try that failed is reported at once, and once"
run timeout 60 "$E" scan --text-only $quick http://no-such-name.invalid/x.warc.gz
[ "$code" = 2 ] && grep -qi "resolve" err
ok $? "a name that does not exist fails at once"

# Manifests with a base, from the server as well.
printf 'b/web.jsonl\nb/demo.warc.gz\n' | gzip > files/paths.gz
"$E" scan -q --text-only -o want files/b/web.jsonl files/b/demo.warc.gz
"$E" scan -q --text-only -o got --manifest "$U/paths.gz" --base "$U/"
plain got > got.plain
cmp -s want got.plain
ok $? "a remote manifest with --base"
"$E" records "$U/b/demo.warc.gz" 2> /dev/null | plain /dev/stdin | cmp -s - <("$E" records files/b/demo.warc.gz 2> /dev/null)
ok $? "records reads addresses too"

# s3://
export AWS_ENDPOINT_URL=$U AWS_REGION=eu-central-1
same_s3() { # name description
    "$E" scan -q --drops --text-only --backoff 0.01 -o got "$1" 2> err
    sed -E 's#"s3://[^"]*/([a-z.]*)#"files/b/\1#' got | cmp -s - want
    ok $? "$2"
}
"$E" scan -q --drops --text-only -o want files/b/web.jsonl
same_s3 s3://b/web.jsonl "s3 without credentials"
AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=secret/KEY same_s3 "s3://b/@auth=KEY/@cut=50000/web.jsonl" "s3, signed, with a connection that is cut"
AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=secret/KEY AWS_SESSION_TOKEN=to+ken same_s3 "s3://b/@auth=KEY/web.jsonl" "s3, signed with a session token"
mkdir .aws
printf '[default]\naws_access_key_id = NO\naws_secret_access_key = NO\n[work]\naws_access_key_id = FILE\naws_secret_access_key = secret/FILE\n' > .aws/credentials
printf '[profile work]\nregion = eu-north-1\n' > .aws/config
AWS_PROFILE=work same_s3 "s3://b/@auth=FILE/web.jsonl" "s3, signed as a profile says"
AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=wrong run "$E" scan --text-only "s3://b/@auth=KEY/web.jsonl"
[ "$code" = 2 ] && grep -q SignatureDoesNotMatch err
ok $? "a wrong secret: the store's own reason, at once"

AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=secret/KEY AWS_SESSION_TOKEN=to+ken "$E" scan -q --drops --text-only --requester-pays -o got "s3://b/@auth=KEY/web.jsonl" 2> err
sed -E 's#"s3://[^"]*/([a-z.]*)#"files/b/\1#' got | cmp -s - want && curl -s "$U/log" | grep -q ' payer requester '
ok $? "s3, requester pays: said and signed"
# The bucket before the server's name: curl knows that what ends with .localhost is this machine.
cp files/b/web.jsonl files/web.jsonl
AWS_ENDPOINT_URL=http://localhost:$(cat port) "$E" scan -q --drops --text-only --allow-private --s3-style virtual -o got s3://buck/web.jsonl 2> err
sed -E 's#"s3://buck/#"files/b/#' got | cmp -s - want && curl -s "$U/log" | grep -q "/web.jsonl .* buck.localhost:"
ok $? "s3 with the bucket before an endpoint's name"
printf '[profile v]\nregion = x\ns3 =\n  addressing_style = virtual\n' >> .aws/config
AWS_PROFILE=v AWS_ENDPOINT_URL=http://127.0.0.1:$(cat port) run "$E" scan --text-only --patience 0.1 --allow-private s3://b/web.jsonl
is "$code" 2 "a profile's addressing style is used: b.127.0.0.1 is nowhere"
run "$E" scan --s3-style sideways s3://b/web.jsonl
grep -q "'path', 'virtual' or 'auto'" err
ok $? "another style is refused"

# Gated data: the header goes to the first server, not along redirects, and is nowhere to be seen.
printf '# a comment\nAuthorization: Bearer T.hidden\n' > token
"$E" scan -q --drops --text-only -o want files/b/web.jsonl
run "$E" scan --text-only --drops --header-file token --index gated -o got "$U/@gate=T/b/web.jsonl"
plain got | cmp -s - want
ok $? "gated data with --header-file"
grep -raq hidden got err out gated
is $? 1 "the token is not in output, messages or index"
run "$E" scan --text-only $quick "$U/@gate=T/b/web.jsonl"
grep -q 'HTTP 401: it needs an authorisation header; see --header-file' err
ok $? "without it a message says what is missing"
echo 'Authorization: Bearer wr0ng' > wrong
run "$E" scan --text-only $quick --header-file wrong "$U/@gate=T/b/web.jsonl"
grep -q 'HTTP 401: the header of --header-file is not accepted' err && ! grep -q wr0ng err
ok $? "with another token as well"
"$E" scan -q --text-only --header-file token "$U/@redirect=2/b/web.jsonl" > /dev/null 2>&1
[ "$(curl -s "$U/log" | grep -c '^302 /@redirect=2/b/web.jsonl .* with Bearer')" = 1 ] && ! curl -s "$U/log" | grep -E '^(302 /@redirect=1|200|206 /@redirect=0)' | grep -q 'with Bearer'
ok $? "the first server gets it, redirects do not"
"$S" files > port3 &
third=$!
trap 'kill $server $second $third; rm -rf "$T"' EXIT
for ((i = 0; i < 600; i++)); do [ -s port3 ] && break; sleep 0.1; done
"$E" scan -q --text-only --header-file token "$U/b/web.jsonl" "http://127.0.0.1:$(cat port3)/b/web.jsonl" > /dev/null 2>&1
curl -s "http://127.0.0.1:$(cat port3)/log" > log2
[ -s log2 ] && ! grep -q Bearer log2
ok $? "nor does another server that is named"
printf 'no header\n' > nohead
run "$E" scan --header-file nohead "$U/b/web.jsonl"
[ "$code" != 0 ] && grep -q "header file 'nohead': line 1 is not NAME: VALUE" err
ok $? "a file without a header is refused, by line"

# The cache.
rm -f got
"$E" scan -q --text-only -o want files/b/long.warc.gz
for i in 1 2; do
    "$E" scan --text-only -o got --cache cache "$U/b/long.warc.gz" 2> err
    plain got | cmp -s - want || bad=1
done
[ -z "${bad:-}" ] && grep -q "1 from the cache" err && curl -s "$U/log" | grep -q "^304"
ok $? "the second time from the cache, after asking"
"$E" scan -q --text-only -o got --cache cache --cache-size $((size + 500)) "$U/b/web.jsonl" 2> err
[ "$(du -bc cache/*.object | tail -1 | cut -f1)" -le $((size + 500)) ]
ok $? "the cache keeps to its size"

# Going on with an index: by range, from where the last commit was.
E1="$E scan --no-output -q --commit-every 0.01 $quick --index"
# Long enough for a range: less than 4 MiB ahead is read over, not asked for anew.
while [ "$(stat -c %s files/b/big.warc 2> /dev/null || echo 0)" -lt 11000000 ]; do cat files/b/long.warc >> files/b/big.warc; done
$E1 whole -t 1 "$U/@rate=4000000/b/big.warc"
"$E" export --index whole > want
$E1 part -t 1 "$U/@rate=4000000/b/big.warc" &
scan=$!
for ((i = 0; i < 600; i++)); do
    "$E" export --index part --table ledger 2> /dev/null | grep -qE '"records":[6-9][0-9]{3},' && break
    sleep 0.02
done
kill -9 $scan 2> /dev/null
wait $scan 2> /dev/null
"$E" export --index part --table ledger > early
before=$(curl -s "$U/log" | wc -l)
run $E1 part -t 1 "$U/@rate=4000000/b/big.warc"
[ "$code" = 3 ] || [ "$code" = 0 ]
ok $? "a killed scan of a remote input goes on"
"$E" export --index part | cmp -s want -
ok $? "to the same index"
if grep -q '"complete":true' early; then
    skip "it was over before it was killed"
else
    curl -s "$U/log" | tail -n +$((before + 1)) | grep -q "big.warc bytes=[1-9]"
    ok $? "by range, from the place it had come to"
fi
done_testing
