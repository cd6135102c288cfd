#!/bin/bash
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_up.sh"

mkdir "$T/train" "$T/dev"
for i in 1 2 3 4; do made_up "source$i" 60 $i > "$T/train/$i.jsonl"; done
made_up held-out 80 9 > "$T/held-out.jsonl"
for i in 5 6; do made_up "test$i" 70 1$i > "$T/dev/$i.jsonl"; done
{
    grep -h '"human"' "$T/dev/5.jsonl" | sed 's/"test5"/"human \\"only\\""/' | head -n 55
    echo 'not JSON at all'
    echo '{"id":"short","text":"Too short to say.","label":"human","dataset":"test5"}'
} > "$T/dev/7.jsonl"
run "$E" train -q "$T/train" -o "$T/m.emm" --calibrate "$T/held-out.jsonl" --cap 200 --min-sources 2 --folds 2
is "$code" 0 "a model to measure"

run "$E" eval --model "$T/m.emm" "$T/dev"
is "$code" 3 "a bad line: done, exit code 3"
grep -q '7.jsonl: record 56: ' "$T/err"
ok $? "the bad line is named"
grep -q '^337 lines, 336 kept, 1 bad; too short for the model: 1 human, 0 machine$' "$T/err"
ok $? "lines are counted"
grep -qE '^test5 +70 +70 +0 \|.*\| +1\.0000 \[1\.0000-1\.0000\] \|' "$T/out"
ok $? "two styles that differ in every word are told apart"
grep -qE '^human "only" +55 +0 +0 \|' "$T/out"
ok $? "a source of one class has its line"
grep -qE '^  human flagged, shipped 1% +mean 0\.0[0-9]* ' "$T/out" && grep -qE '^  machine caught, shipped 1% +mean [01]\.[0-9]* ' "$T/out" &&
    grep -qE '^  AUROC within sources +mean 1\.0000 .* 2 sources$' "$T/out"
ok $? "means over sources"
grep -q '^means over dataset, GPT-3.5 and later' "$T/out"
ok $? "means without older models"
grep -qE '^(40-80|80-150) +[0-9]' "$T/out"
ok $? "a table by length"
cp "$T/out" "$T/first"
run "$E" eval --model "$T/m.emm" "$T/dev"
cmp -s "$T/first" "$T/out"
ok $? "the same input gives the same table"

rm "$T/dev/7.jsonl"
run "$E" eval --model "$T/m.emm" --json --by dataset,model,domain,lang "$T/dev"
is "$code" 0 "good lines only: exit code 0"
is "$(grep -vc '"schema":1,' "$T/out")" 0 "every object says its schema"
grep -q '"table":"dataset","name":"test5","human":70,"machine":70,"abstained":0,"flagged":{"0.05":\[0\.' "$T/out"
ok $? "JSON: a line a group"
grep -q '"table":"model","name":"text-davinci-003","human":140,"machine":14,' "$T/out"
ok $? "by model: its texts against the human texts of the same sources"
grep -q '"table":"domain","name":"talk","human":140,"machine":140,' "$T/out"
ok $? "by domain"
grep -q '^{"means":"dataset",' "$T/out"
ok $? "JSON: means"
run "$E" eval --model "$T/m.emm" --newer-only --json "$T/dev"
grep -q '"name":"test5","human":70,"machine":63,' "$T/out"
ok $? "--newer-only leaves older models out"
run "$E" eval --model "$T/m.emm" --csv --by dataset -o "$T/table.csv" "$T/dev"
is "$(head -n 1 "$T/table.csv" | tr ',' '\n' | wc -l)" "$(tail -n 1 "$T/table.csv" | tr ',' '\n' | wc -l)" "CSV: as many cells as names"
run "$E" eval --model "$T/m.emm" --pooled "$T/dev"
grep -q '^pooled, .*: one class of a source against the other class of all other sources$' "$T/out"
ok $? "the pooled table says what it is"

run "$E" eval --model "$T/m.emm"
is "$code" 129 "no input: wrong usage"
run "$E" eval --model "$T/m.emm" --by colour "$T/dev"
is "$code" 129 "unknown attribute: wrong usage"
run "$E" eval --model "$T/m.emm" --json --csv "$T/dev"
is "$code" 129 "two forms at once: wrong usage"
run "$E" eval --model "$T/dev/5.jsonl" "$T/dev"
is "$code" 2 "a model file that is none: failed"
run "$E" eval --model "$T/m.emm" "$T/missing.jsonl"
is "$code" 2 "missing input: failed"
run "$E" eval --help
is "$code" 0 "--help"
done_testing
