#!/bin/bash
# The help of every command: whole sentences, in lines that a terminal shows whole.
. "$(dirname "$0")/tap.sh"
"$E" help > "$T/help"
mapfile -t commands < <(sed -nE 's/^  ([a-z]+) .*/\1/p' "$T/help")
[ "${#commands[@]}" -ge 29 ]
ok $? "help lists the commands"
is "$(awk 'length > 100' "$T/help")" "" "no line of it is wider than 100 columns"

# The words that STYLE.md asks not to use, as far as they are wrong wherever they stand.
words='told apart|passed over|goes on where|\banew\b|\bweighed\b|want of memory|makes of it'

# One line for each option: the name and the whole help, as it was before it was wrapped.
options() {
    sed '1,/^options:$/d' "$1" | awk '
        /^  (-.,|   ) --/ { if (entry) print entry; entry = $0; next }
        { sub(/^ +/, ""); entry = entry " " $0 }
        END { if (entry) print entry }'
}
for c in "${commands[@]}"; do
    run "$E" "$c" --help
    is "$code" 0 "$c --help"
    wrong=""
    [ -s "$T/err" ] && wrong+="writes to standard error; "
    sed -n 1p "$T/out" | grep -qE "^usage: echometer $c \[OPTION\.\.\.\]( [^ ].*)?$" || wrong+="usage; "
    sed -n 3p "$T/out" | grep -qE '^[A-Z][a-z]+,? .*[^ .]\.$' || wrong+="the summary is no sentence; "
    wrong+=$(awk 'length > 100 { printf "wider than 100: %s; ", $0 }' "$T/out")
    wrong+=$(grep -oiE "$words" "$T/out" | sed 's/.*/says "&"; /')
    options "$T/out" > "$T/options"
    [ -s "$T/options" ] || wrong+="no options; "
    # After the name and the name of the value: a capital, words, a full stop.
    wrong+=$(grep -vE '^  (-.,|   ) --[a-z0-9-]+( [^ ]+)? +[A-Z][a-z]+[ ,].*[^ ]\.$' "$T/options" | sed 's/.*/no sentence: &; /')
    is "$wrong" "" "$c: the help is made of sentences"
done
done_testing
