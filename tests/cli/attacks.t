#!/bin/bash
# The generator of disguised texts (tools/make_attacks), and what the command makes of them.
. "$(dirname "$0")/tap.sh"
make=$(dirname "$E")/tools/make_attacks

cat > "$T/in.jsonl" <<'X'
{"id":"1","label":"machine","model":"gpt-4","dataset":"d","edit":null,"text":"The color of a river, in 1999, was recognized by many people. However, it is an important thing. Nobody knew. We all would have definitely gone there before the end of the season. It takes some patience to walk along the river in winter, when nearly every path is under water and the old bridges are closed. Those who try are usually rewarded with quiet, and with birds that one never sees in summer."}
{"id":"2","label":"human","dataset":"d","text":"The color of a river, in 1999, was recognized by many people."}
X
names=$("$make" --list | awk '{print $1}')
is "$(echo "$names" | sort -u | wc -l)" "$("$make" --list | wc -l)" "attacks have names of their own"
same=0 valid=0 human=0 changed=0
for a in $names; do
    "$make" "$a" 3 < "$T/in.jsonl" > "$T/$a" || valid=1
    "$make" "$a" 3 < "$T/in.jsonl" | cmp -s - "$T/$a" || same=1
    sed -n 2p "$T/$a" | cmp -s - <(sed -n 2p "$T/none") || human=1
    [ "$a" = none ] || ! cmp -s "$T/$a" "$T/none" || changed=1
    [ "$(wc -l < "$T/$a")" = 2 ] || valid=1
done
is $valid 0 "every attack gives a line a line"
is $same 0 "the same seed, the same texts"
is $human 0 "human text is left alone"
is $changed 0 "machine text is not"
grep -q '^{"id":"1","label":"machine","dataset":"d","model":"gpt-4","text":"The color' "$T/none"
ok $? "fields travel with the text"
"$make" --both leetspeak 3 < "$T/in.jsonl" | sed -n 2p | grep -q '7he col0r of a riv3r'
ok $? "--both disguises human text as well"
tac "$T/in.jsonl" | "$make" misspelling 3 | tac | cmp -s - "$T/misspelling"
ok $? "what happens to a text does not depend on its place"
"$make" misspelling 4 < "$T/in.jsonl" | cmp -s - "$T/misspelling"
is $? 1 "another seed, another text"

has() { # attack pattern
    grep -q "$2" "$T/$1"
    ok $? "$1"
}
has alternative_spelling 'The colour of a river, in 1999, was recognised'
has homoglyph 'Τhе\|Тhе'
has zero_width $'T\xe2\x80\x8bh\xe2\x80\x8be\xe2\x80\x8b'
has space_comma 'river , in 1999, was'
has all_capitals 'THE COLOR OF A RIVER, IN 1999'
has spaced_letters '[a-z] [a-z] [a-z]'
has insert_paragraphs '[.] \\n\\n[A-Z]'
is "$(sed -n 1p "$T/sentence_shuffle" | tr -d '{}"' | sed 's/.*text://' | tr ' ' '\n' | grep . | sort | tr '\n' ' ')" \
    "$(sed -n 1p "$T/none" | tr -d '{}"' | sed 's/.*text://' | tr ' ' '\n' | grep . | sort | tr '\n' ' ')" "sentence_shuffle keeps every word"

# What normalisation undoes wholly gives the same score as no attack.
for a in white_space insert_paragraphs fancy_letters invisible combining_marks variation entities entities_twice right_to_left hyphenation letters_apart letters_dotted; do
    for f in none "$a"; do
        sed -n '1{s/.*"text":"\(.*\)"}$/\1/;s/\\n/\n/g;p}' "$T/$f" | "$E" detect --json - 2> /dev/null | grep -o '"score":[0-9.e-]*' | head -n 1 > "$T/score.$f"
    done
    cmp -s "$T/score.none" "$T/score.$a" && [ -s "$T/score.none" ]
    ok $? "$a: the same score"
done
run "$make" no-such-attack
is "$code" 129 "unknown attack: wrong usage"
done_testing
