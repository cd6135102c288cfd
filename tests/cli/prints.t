#!/bin/bash
. "$(dirname "$0")/tap.sh"

printf 'One two three, four five six seven: eight nine ten!\n' > "$T/a"
run "$E" prints "$T/a"
is "$code" 0 "a text is read"
is "$(wc -l < "$T/out")" 5 "a text shorter than t words gives all its runs"
is "$(head -1 "$T/out" | sed 's/.*"start"/"start"/')" '"start":0,"end":28,"word":0,"kind":"winnowed"}' "the first run, as bytes of the text"
printf 'ONE two\nthree four\n  five “six” seven eight nine ten\n' | "$E" prints | sed 's/,"start.*//' > "$T/b"
is "$(sed 's/,"start.*//' "$T/out")" "$(cat "$T/b")" "case, punctuation and white space change no hash"
is "$("$E" prints --k 3 --t 3 "$T/a" | wc -l)" 8 "--k 3 --t 3: every run of three words"
is "$("$E" prints --k 3 --fraction 1 "$T/a" | grep -c sampled)" 8 "--fraction 1: the same"
run "$E" prints --k 9 --t 8 "$T/a"
is "$code" 129 "t below k: usage"
run "$E" prints "$T/absent"
is "$code" 2 "no such file: exit 2"
done_testing
