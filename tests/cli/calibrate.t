#!/bin/bash
# Thresholds from somebody's own human texts.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_up.sh"

mkdir "$T/train"
for i in 1 2 3 4; do made_up "source$i" 60 $i > "$T/train/$i.jsonl"; done
made_up held-out 80 9 > "$T/held-out.jsonl"
run "$E" train -q "$T/train" -o "$T/m.emm" --calibrate "$T/held-out.jsonl" --cap 200 --min-sources 2 --folds 2 --name made-up
is "$code" 0 "a model to start from"

made_up mine 300 21 > "$T/labelled.jsonl"
grep '"human"' "$T/labelled.jsonl" | sed 's/"label":"human"/"colour":"green"/' > "$T/mine.jsonl"
n=$(wc -l < "$T/mine.jsonl")
run "$E" calibrate --model "$T/m.emm" --human "$T/mine.jsonl" --fpr 0.02,0.1 -o "$T/own.emm"
is "$code $(grep -c '%' "$T/out")" "0 3" "lines without a label are human; a line a rate"
grep -q "^$n lines, $n human texts scored, 0 too short, 0 of another language, 0 labelled machine, 0 without text, 0 bad\$" "$T/err"
ok $? "what became of the lines"
awk '/10%/ { first = $2 } / 2%/ { second = $2 } END { exit !(first != "" && second >= first) }' "$T/out"
ok $? "highest rate first, thresholds rise"
run "$E" scan -q --model "$T/own.emm" --fpr 0.1 -o "$T/scan.jsonl" "$T/mine.jsonl"
is "$code" 0 "the new model scans"
flagged=$(jq -r 'select(.verdict == "machine") | .id' "$T/scan.jsonl" | wc -l)
ok "$([ "$flagged" -le $((n / 10)) ] && echo 0 || echo 1)" "and flags at most the share asked for of these texts: $flagged of $n"
is "$(jq -r .model "$T/scan.jsonl" | sort -u | sed 's/@[0-9a-f]\{8\}$//')" "made-up-own" "it has a name of its own"
run "$E" calibrate -q --model "$T/m.emm" --human "$T/labelled.jsonl" --fpr 0.02,0.1 -o "$T/same.emm" --name made-up-own --measured "$T/mine.jsonl"
cmp -s "$T/own.emm" "$T/same.emm"
ok $? "texts labelled machine are passed over; the same texts, the same bytes"

run "$E" calibrate --model "$T/m.emm" --human "$T/mine.jsonl" --fpr 0.001 -o "$T/x.emm"
is "$code $(grep -c 'cannot show a rate of 0.1%: at least 1000' "$T/err") $(test -e "$T/x.emm" && echo made)" "2 1 " "too few texts for the rate: refused, and how many are needed"
printf '{"text":' >> "$T/mine.jsonl"
run "$E" calibrate --model "$T/m.emm" --human "$T/mine.jsonl" -o "$T/x.emm"
is "$code" 3 "a bad line: done, exit code 3"
: > "$T/none.jsonl"
run "$E" calibrate --model "$T/m.emm" --human "$T/none.jsonl" -o "$T/y.emm"
is "$code" 2 "no text at all"
run "$E" calibrate --model "$T/m.emm" --human "$T/nowhere" -o "$T/y.emm"
is "$code" 2 "no such file"
for wrong in "--fpr 0" "--fpr 1" "--fpr 0.1,0.1" "--fpr x" "--fpr 0.1," "--name ''" stray; do
    eval "run \"\$E\" calibrate --model \"\$T/m.emm\" --human \"\$T/mine.jsonl\" -o \"\$T/y.emm\" $wrong"
    is "$code" 129 "usage: $wrong"
done
run "$E" calibrate --human "$T/mine.jsonl"
is "$code" 129 "usage: no -o"
done_testing
