#!/bin/bash
# The commands that README.md shows with their output ("$ echometer ..."), in its order, on the demo's archive: the exit code
# of each, and that the first word of every line of output shown still begins a line of the real one.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 2
"$TOP/examples/demo/make_warc.sh" demo.warc.gz
ln -s "$TOP/examples" examples
"$E" text examples/demo/pages/02-answer-with-a-leak.html > answer.txt

n=0
declare -A expected=([scan]=3 [detect]=0 [prevalence]=0 [clean]=3 [check]=1)
while read -r line; do
    n=$((n + 1))
    read -ra words <<< "${line#echometer }"
    run "$E" "${words[@]}"
    is "$code" "${expected[${words[0]}]:-0}" "$line"
    cat out err > both
    # The lines shown below the command, up to the next text.
    awk -v c="    \$ $line" '$0 == c {on = 1; next} on && /^[^ ]/ {exit} on && $1 != "" && $1 != "..." {print $1}' "$TOP/README.md" > shown
    awk '{print $1}' both > begins
    is "$(grep -vxFf begins shown | tr '\n' ' ')" "" "and its output begins as README.md shows"
    [ -s shown ]
    ok $? "README.md shows some"
done < <(sed -n 's/^    \$ \(echometer .*\)/\1/p' "$TOP/README.md")
is "$n" 5 "five commands"
done_testing
