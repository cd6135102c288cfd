#!/bin/bash
# serve: the page and its API over HTTP on a free port of the loopback, updates while the index grows, refusals, clients
# that do not play by the rules. The server is stopped by the test.
. "$(dirname "$0")/tap.sh"
command -v curl > /dev/null || { skip "no curl"; done_testing; }
pid=
trap 'kill $pid 2> /dev/null; rm -rf "$T"' EXIT
"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"
"$E" scan -q --index "$T/idx" "$T/demo.warc.gz" > /dev/null

# begin ARGUMENT...: starts a server; $pid, $port
begin() {
    "$E" serve --index "$T/idx" --listen 127.0.0.1:0 --refresh 0.2 "$@" 2> "$T/serve.err" &
    pid=$!
    port=
    for _ in $(seq 300); do
        port=$(sed -nE 's/.*http:[^ ]*:([0-9]+)\/ .*/\1/p' "$T/serve.err")
        [ -z "$port" ] || break
        sleep 0.1
    done
    url=http://127.0.0.1:$port
}
finish() { # ends the server; its exit code in $code
    kill -TERM "$pid"
    code=0
    wait "$pid" || code=$?
    pid=
}
status() { curl -s -m 60 -o "$T/body" -w '%{http_code}' "$@"; }

begin
[ -n "$port" ]
ok $? "serve says where it listens"
is "$(status "$url/")" 200 "the page"
grep -q '<meta name="echometer-live" content="1">' "$T/body" && grep -q "connect-src 'self'" "$T/body"
ok $? "which may ask its server for updates"
"$E" report --index "$T/idx" -o "$T/report.html" -q
grep -q 'name="echometer-live"' "$T/report.html" || grep -q 'connect-src' "$T/report.html"
[ $? != 0 ]
ok $? "a page in a file may not"
for path in overview prevalence sites documents echoes hits flagged turned inputs drops report; do
    is "$(status "$url/api/v1/$path") $(jq -r type < "$T/body")" "200 object" "/api/v1/$path is JSON"
done
documents=$("$E" query --index "$T/idx" --json | jq .documents)
is "$(curl -s "$url/api/v1/overview" | jq .overview.documents)" "$documents" "the rows are those of the commands: query"
is "$(curl -s "$url/api/v1/documents?limit=1000" | jq -c '.rows[]')" "$("$E" query --index "$T/idx" --all --json | jq -c .)" "documents"
is "$(curl -s "$url/api/v1/documents?verdict=machine&limit=2&offset=1" | jq -c '.rows[].url')" "$("$E" query --index "$T/idx" --verdict machine --json | jq -c .url | sed -n 2,3p)" "documents by verdict and page"
is "$(curl -s "$url/api/v1/report" | jq -c .overview)" "$("$E" report --index "$T/idx" --json | jq -c .overview)" "and the data of report"
is "$(status "$url/metrics")" 200 "metrics"
is "$(awk '$1 == "echometer_index_documents" {print $2}' "$T/body")" "$documents" "with the documents"
is "$(status "$url/healthz")$(status "$url/readyz")" 200200 "health and readiness"

is "$(status "$url/nosuch")" 404 "another path"
is "$(status --path-as-is "$url/../../etc/passwd")" 404 "no path reaches the file system"
is "$(status "$url/api/v1/sites?limit=x")" 400 "a limit that is no number"
is "$(status -X POST -d x "$url/api/v1/overview")" 405 "POST"
is "$(status -X DELETE "$url/")" 405 "DELETE"
is "$(curl -sI "$url/" | sed -nE 's/^HTTP\/1.1 ([0-9]+).*/\1/p')" 200 "HEAD is answered"
is "$(status -H 'Host: rebound.example' "$url/api/v1/overview")" 403 "another Host is refused (DNS rebinding)"
for header in Content-Security-Policy X-Content-Type-Options X-Frame-Options Referrer-Policy Cache-Control; do
    curl -sI "$url/" | grep -qi "^$header: "
    ok $? "header $header"
done
is "$(status "$url/api/v1/overview?$(head -c 30000 /dev/zero | tr '\0' a)")" 414 "a line longer than 16 kB"
printf 'GARBAGE\0\377 / HTTP/9\r\n\r\n' | timeout 30 bash -c "exec 3<> /dev/tcp/127.0.0.1/$port; cat >&3; cat <&3" > "$T/garbage" 2> /dev/null
is "$(status "$url/healthz")" 200 "garbage does not stop it"

# 200 pages listen; the index grows; every one hears of it.
cat > "$T/listen.pl" << 'PERL'
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($port, $n, $seconds, $ready) = @ARGV;
my ($select, %heard) = (IO::Select->new);
for (1 .. $n) {
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 30) or next;
    print $s "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    $select->add($s);
}
my ($end, $told) = (time + $seconds, 0);
while (time < $end && (grep { ($heard{$_} // '') =~ /"version":2/ } keys %heard) < $n) {
    for my $s ($select->can_read(0.2)) {
        if (sysread($s, my $part, 65536)) { $heard{$s} .= $part } else { $select->remove($s) }
    }
    if (!$told && (grep { /"version":1/ } values %heard) == $n) { open my $f, '>', $ready; close $f; $told = 1 }
}
print scalar(grep { /"version":2/ } values %heard), "\n";
PERL
perl "$T/listen.pl" "$port" 200 120 "$T/ready" > "$T/heard" &
listening=$!
for _ in $(seq 600); do [ ! -e "$T/ready" ] || break; sleep 0.1; done
is "$(curl -s "$url/metrics" | awk '$1 == "echometer_serve_clients" {print $2}')" 200 "200 pages listen for updates"
echo '{"id":"new","text":"one more document"}' > "$T/more.jsonl"
"$E" scan -q --index "$T/idx" "$T/more.jsonl" > /dev/null
wait $listening
is "$(cat "$T/heard")" 200 "and all hear that the index has grown"
is "$(curl -s "$url/api/v1/overview" | jq .overview.documents)" $((documents + 1)) "the answers have the new document"

# Requests that never end are cut off, and keep nobody from being served meanwhile.
cat > "$T/slow.pl" << 'PERL'
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my $select = IO::Select->new;
for (1 .. 50) { my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0]) or next; print $s "GET / HTTP/1.1\r\nHo"; $select->add($s) }
my ($end, $closed) = (time + 90, 0);
while (time < $end && $closed < 50) { for my $s ($select->can_read(1)) { unless (sysread($s, my $x, 4096)) { $closed++; $select->remove($s) } } }
print "$closed\n";
PERL
perl "$T/slow.pl" "$port" > "$T/closed" &
slow=$!
is "$(status "$url/healthz")" 200 "served beside 50 requests that do not end"
wait $slow
is "$(cat "$T/closed")" 50 "which are closed in time"
finish
is "$code" 0 "SIGTERM ends it well"

echo 0123456789abcdef0123 > "$T/token"
begin --token-file "$T/token"
is "$(status "$url/")" 401 "with a token: none given"
is "$(status -H 'Authorization: Bearer 0123456789abcdef0124' "$url/")" 401 "a wrong one"
is "$(status -H 'Authorization: Bearer 0123456789abcdef0123' "$url/")" 200 "the right one"
is "$(status "$url/?token=0123456789abcdef0123")" 200 "or in the address"
tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q 0123456789abcdef
[ $? != 0 ]
ok $? "the token is not on the command line"
finish
# A crawl beside the index: its numbers are those of crawl --status, and go on with it.
. "$TOP/tests/web/web.sh"
trap 'kill $pid 2> /dev/null; web_stop; rm -rf "$T"' EXIT
web_start "$T/web" --hosts 2 --pages 30 --seconds 1800
crawl=("$E" crawl -q --contact me@example.org --allow-private --linger 0 --delay 0.02 --response-factor 0 --no-soft404 --resolve "$T/web/names" -o "$T/crawl" http://site0.test/)
run "${crawl[@]}" --max-pages 5
is "$code" 0 "a crawl of a few pages"
begin
is "$(status "$url/api/v1/crawl")" 404 "no crawl is shown unless it is named"
finish
begin --crawl "$T/crawl"
is "$(curl -s "$url/api/v1/crawl" | jq -S .crawl)" "$("$E" crawl --status "$T/crawl" --summary json | jq -S .)" "a crawl's numbers are those of crawl --status"
curl -s "$url/metrics" > "$T/body"
is "$(awk '$1 == "echometer_crawl_pages_total" {print $2}' "$T/body") $(awk '$1 == "echometer_index_documents" {print $2}' "$T/body")" "5 $((documents + 1))" "and stand in the metrics beside the index's"
curl -sN -m 120 "$url/events" > "$T/events" &
listening=$!
for _ in $(seq 300); do ! grep -q '"changes":1' "$T/events" || break; sleep 0.1; done
grep -q '^event: crawl' "$T/events"
ok $? "a page is told of the crawl"
run "${crawl[@]}" --max-pages 20
is "$code" 0 "the crawl goes on while it is served"
for _ in $(seq 300); do ! grep -q '"changes":2' "$T/events" || break; sleep 0.1; done
grep -q '"changes":2' "$T/events"
ok $? "and is told that it has gone on"
for _ in $(seq 300); do [ "$(curl -s "$url/api/v1/crawl" | jq .crawl.pages)" != 20 ] || break; sleep 0.1; done
is "$(curl -s "$url/api/v1/crawl" | jq -S .crawl)" "$("$E" crawl --status "$T/crawl" --summary json | jq -S .)" "with the numbers of today"
finish
is "$code" 0 "SIGTERM ends it well with a crawl, too"
kill $listening 2> /dev/null
web_stop
run "$E" serve --index "$T/idx" --crawl "$T/idx"
is "$code" 2 "a folder without a crawl"
grep -q "holds no crawl" "$T/err"
ok $? "is named"

run "$E" serve --index "$T/idx" --listen 0.0.0.0:0
is "$code" 129 "where others can reach it a token is needed"
grep -q -- '--token-file' "$T/err"
ok $? "and it says so"
run "$E" serve --index "$T/nosuch"
is "$code" 2 "no index"
run "$E" serve --index "$T/idx" --listen example.org:80
is "$code" 129 "an address is wanted, not a name"
run "$E" serve
is "$code" 129 "missing --index"
done_testing
