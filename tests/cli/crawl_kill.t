#!/bin/bash
# kill -9 at random moments, the same command again: in the end every page is in the archive once, and the server has
# never been asked sooner than the delay allows. KILLS=50 for the full count.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
kills=${KILLS:-10}
web_start "$T/web" --hosts 8 --pages 15 --ips 6 --seconds $((1200 + 30 * kills))
crawl=("$E" crawl http://site0.test/ --scope any --contact me@example.org --resolve "$T/web/names" --allow-private --delay 0.03
    --linger 0 -q --commit-every 0.2 --warc-size 100k)
pages() { "$E" records "$1"/warc/*.warc.gz | jq -r 'select(.type == "response") | .url' | sort; }
"${crawl[@]}" -o "$T/whole"
pages "$T/whole" > "$T/expected"
is "$(wc -l < "$T/expected")" 158 "undisturbed: every page"
is "$(uniq -d "$T/expected" | wc -l)" 0 "once"

RANDOM=20261123
killed=0 rounds=0 bad=0
while [ $killed -lt "$kills" ] && [ $bad = 0 ]; do
    rounds=$((rounds + 1))
    rm -rf "$T/k"
    while :; do
        "${crawl[@]}" -o "$T/k" &
        pid=$!
        sleep "$(printf '0.%03d' $((RANDOM % 900)))"
        if [ $killed -lt "$kills" ] && kill -9 $pid 2> /dev/null; then
            wait $pid 2> /dev/null
            [ $? = 137 ] || break
            killed=$((killed + 1))
        else
            wait $pid || bad=$((bad + 1))
            break
        fi
    done
    pages "$T/k" > "$T/got"
    cmp "$T/got" "$T/expected" || bad=$((bad + 1))
    "$E" records "$T"/k/warc/*.warc.gz | jq -e 'select(.block_digest == "bad" or .payload_digest == "bad" or .error)' > /dev/null && bad=$((bad + 1))
    [ "$(cat "$T"/k/warc/*.cdxj | wc -l)" = "$(wc -l < "$T/expected")" ] || bad=$((bad + 1))
    ls "$T/k/warc" | grep -q open && bad=$((bad + 1))
done 2> "$T/err"
is "$bad" 0 "$killed kills in $rounds crawls: archive and index hold every page once"
[ $bad = 0 ] || sed 's/^/# /' "$T/err" | grep -v Killed | head -20
web_archives "$T/whole" "$T/k"
web_stop
run "$TOP/tests/web/check_log.sh" "$T/web/log" 30
is "$code" 0 "over all restarts: $(tail -1 "$T/out")"
[ "$code" = 0 ] || sed 's/^/# /' "$T/out" | head -20
done_testing
