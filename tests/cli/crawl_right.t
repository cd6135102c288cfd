#!/bin/bash
# A crawl archives under a URL what was sent for it, goes where the site says, and says why it fetched nothing.
. "$(dirname "$0")/tap.sh"
command -v python3 > /dev/null || { skip "no python3"; done_testing; }
cd "$T" || exit 1
python3 "$TOP/tests/web/site.py" log > port &
server=$!
trap 'kill $server; rm -rf "$T"' EXIT
for ((i = 0; i < 600; i++)); do [ -s port ] && break; sleep 0.1; done
P=$(cat port)
for host in over busy fine maps nest land feeds bare; do echo "$host.test 127.0.0.1:$P"; done > names
crawl=("$E" crawl --contact me@example.org --resolve names --allow-private --delay 0.05 --response-factor 0 --linger 0 --summary json --sync none)
sum() { jq -rs ".[-1] | $1" err; }
titles() { # DIR: "path title" of each response
    for f in "$1"/warc/*.gz; do gzip -dc "$f"; done | tr -d '\r' | awk '
        /^WARC-Type: /{t=$2} /^WARC-Target-URI: /{u=$2} /<title>/{if (t == "response") {sub(/.*<title>/, ""); print u, substr($0, 1, 7)}}' | sed 's#http://[^/]*##'
}

run "${crawl[@]}" http://over.test/ -o over
is "$(titles over | sort | tr '\n' '|')" "/ home</t|/over over Wh|/q1 page ov|/q2 page ov|/short short W|" "more bytes than announced: each page has its own text"
grep -c NOBODYS over/warc/*.gz > /dev/null
is "$(gzip -dc over/warc/*.gz | grep -c NOBODYS)" 0 "what belongs to no page is in no page"

run "${crawl[@]}" http://busy.test/ http://fine.test/ -o busy
is "$code $(sum '[.end, .pages] | @tsv') $(grep -c 'fine.test /p' log)" "0 $(printf 'asleep\t7') 5" "one host's Retry-After does not stop another at its address; the crawl ends when only that one is left"
run "$E" why busy.test --dir busy
grep -q 'suspended until .*Retry-After' out
ok $? "why: what is waited for, and until when"
run "$E" why fine.test --dir busy
grep -q 'nothing of it is queued' out
ok $? "why: a host that is not waited for"

run "${crawl[@]}" http://maps.test/ -o maps --mime text/html
is "$(grep -c 'maps.test /from-.*?a=1&b=2$' log) $(sum .sitemaps)" "6 6" "all six sitemaps that robots.txt names, whatever their names and types; '&' behind a flaw"
run "${crawl[@]}" http://maps.test/other -o named --no-sitemaps --sitemap http://maps.test/URLS-B.GZ --sitemap http://maps.test/c.txt
is "$(sum .sitemaps)" 2 "--sitemap: gzip and text"
run "${crawl[@]}" http://nest.test/ -o nest
is "$code $(grep -c 'nest.test /index' log) $(sum '.cuts["sitemap-nest"]')" "0 5 1" "indexes in each other come to an end"
run "${crawl[@]}" http://land.test/ -o land
is "$(sed -n 's/^land.test \(\/[a-z/]*\)$/\1/p' log | tr '\n' ' ')" "/ /en/ /field " "meta refresh and the Refresh field are followed"
run "${crawl[@]}" http://feeds.test/ -o feeds
grep -q '^feeds.test /item?x=1&y=2$' log
ok $? "a feed that a page names by <link rel=alternate>"
run "${crawl[@]}" bare.test -o bare
is "$code $(grep -c '^bare.test /$' log)" "0 1" "a bare name: https, then http"

# A focus finds at equal budget at least three times the echoing pages of a uniform crawl (here 15 % echo), and says that
# it is no sample.
for i in 0 1 2; do echo "echo$i.test 127.0.0.1:$P"; done >> names
for i in {0..16}; do echo "plain$i.test 127.0.0.1:$P"; done >> names
for focus in uniform echo; do
    run "${crawl[@]}" http://plain0.test/ --scope any --delay 0 --no-soft404 --no-tdmrep -o focus-$focus --focus $focus --max-pages 200 --index focus-$focus.idx
    for f in focus-$focus/warc/*.gz; do gzip -dc "$f"; done | tr -d '\r' | awk '/^WARC-Type: /{t=$2} /^WARC-Target-URI: /{if (t == "response") {n++; e += $2 ~ /echo/}} END {print n, e}' > count-$focus
done
read -r n uniform < count-uniform
read -r m echoing < count-echo
[ "$n $m" = "200 200" ] && [ "$uniform" -gt 0 ] && [ "$echoing" -ge $((3 * uniform)) ]
ok $? "--focus echo: $echoing of $m pages echo, $uniform of $n without"
gzip -dc focus-echo/warc/*.gz | tr -d '\r' | awk '/^WARC-Type: response/{n++} /^Echometer-Inclusion: 0$/{z++} END {exit !(n > 0 && n == z)}'
ok $? "each page of a focused crawl says that it is no sample"
"$E" prevalence --index focus-echo.idx --by all --json > out 2> err
is "$(jq -rs '.[0].estimate' out) $(grep -c 'focused crawl.*no estimate' err)" "null 1" "prevalence says so and gives no estimate"

# Nothing fetched: exit 2, and the reason.
run "$E" crawl "http://127.0.0.1:$P/" -o none -q
[ "$code" = 2 ] && grep -q 'no page was fetched.*address.*--allow-private' err
ok $? "an address that is not asked: exit 2, naming --allow-private"
run "${crawl[@]}" http://nosuch.invalid/ -o dns -q --attempts 1
[ "$code" = 2 ] && grep -q 'no page was fetched.*dns' err
ok $? "a name that does not exist"
run "${crawl[@]}" http://127.0.0.1:25/ -o refused -q
[ "$code" = 2 ] && grep -q "no page was fetched.*address" err
ok $? "a port that browsers refuse"
done_testing
