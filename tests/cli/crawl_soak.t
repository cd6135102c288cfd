#!/bin/bash
# A crawl at full speed: memory and file descriptors stay where they are. SOAK=7200 for the long run (`make soak`);
# by default 10 s. The web is large enough not to end; each look is at the crawl's own numbers.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
soak=${SOAK:-10}
web_start "$T/web" --hosts 400 --pages 200000 --seconds $((soak + 1200))
sed -n 's/^\(site[0-9]*\.test\) .*/http:\/\/\1\//p' "$T/web/names" > "$T/seeds"
"$E" crawl --seeds "$T/seeds" --contact me@example.org --resolve "$T/web/names" --allow-private --delay 0.01 --response-factor 0 -q \
    -o "$T/crawl" --warc-size 20M --sync none --max-time $((soak + 5)) &
pid=$!
# Descriptors and resident megabytes when the crawl has run a third of the time, and at its end.
look() { echo "$(ls /proc/$pid/fd | wc -l) $(awk '/^VmRSS/ {print int($2 / 1024)}' /proc/$pid/status)"; }
sleep $((soak / 3 + 1))
first=$(look)
most=0 now=$first
for _ in $(seq 5); do
    sleep "$(awk -v s="$soak" 'BEGIN {print s * 0.1}')"
    [ -d /proc/$pid/fd ] || break # on a slow machine it may have ended by now
    now=$(look)
    echo "# descriptors, MB: $now"
    [ "${now#* }" -gt $most ] && most=${now#* }
done
wait $pid
is $? 0 "the crawl ends by its time"
echo "# at first: $first; pages: $("$E" crawl --status "$T/crawl" --summary json | jq -r .pages)"
[ "$("$E" crawl --status "$T/crawl" --summary json | jq -r .pages)" -gt 100 ]
ok $? "and has fetched"
[ "$most" -lt $((${first#* } * 3 / 2 + 100)) ]
ok $? "memory: ${first#* } MB at first, $most MB at most"
[ "${now% *}" -lt 1500 ]
ok $? "descriptors: ${first% *} at first, ${now% *} at the end, of 400 hosts"
web_stop
run "$TOP/tests/web/check_log.sh" "$T/web/log" 10
is "$code" 0 "politeness at full speed"
done_testing
