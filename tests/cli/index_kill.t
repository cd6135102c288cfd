#!/bin/bash
# kill -9 at random moments: the same command again and again ends as an undisturbed run does. KILLS=200 for the
# full count; the default is fit for every build.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
kills=${KILLS:-25}
mkdir "$T/in"
for i in 1 2 3; do made_web 900 $i > "$T/in/$i.jsonl"; done
made_web 900 4 | gzip > "$T/in/4.jsonl.gz"
export_of() { "$E" export --index "$1" | sha256sum | cut -c1-16; }

from=$(date +%s%N)
"$E" scan --index "$T/whole" -o "$T/whole.jsonl" --threads 2 --commit-every 0.02 -q "$T/in"
whole_ms=$((($(date +%s%N) - from) / 1000000 + 50))
expected=$(export_of "$T/whole")

RANDOM=20261123
killed=0
rounds=0
bad=0
while [ $killed -lt "$kills" ] && [ $bad = 0 ]; do
    rounds=$((rounds + 1))
    rm -rf "$T/k" "$T/k.jsonl"
    while :; do
        "$E" scan --index "$T/k" -o "$T/k.jsonl" --threads 2 --commit-every 0.02 -q "$T/in" &
        pid=$!
        sleep "$(printf '0.%03d' $((RANDOM % whole_ms % 1000)))"
        if kill -9 $pid 2> /dev/null; then
            wait $pid 2> /dev/null
            [ $? = 137 ] || break
            killed=$((killed + 1))
        else
            wait $pid
            break
        fi
        [ $killed -lt "$kills" ] || { "$E" scan --index "$T/k" -o "$T/k.jsonl" --threads 2 -q "$T/in"; break; }
    done
    [ "$(export_of "$T/k")" = "$expected" ] || bad=$((bad + 1))
    cmp -s "$T/k.jsonl" "$T/whole.jsonl" || bad=$((bad + 1))
    "$E" validate --index "$T/k" -q || bad=$((bad + 1))
done 2> "$T/err"
is "$bad" 0 "$killed kills in $rounds runs: export, verdict lines and validation as undisturbed"
[ $bad = 0 ] || cat "$T/err"
done_testing
