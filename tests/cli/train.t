#!/bin/bash
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_up.sh"

mkdir "$T/train" "$T/dev"
for i in 1 2 3 4; do made_up "source$i" 60 $i > "$T/train/$i.jsonl"; done
made_up other 80 9 | gzip > "$T/dev/other.jsonl.gz"
{
    echo 'this is not JSON'
    echo '{"id":"cut","text":"half a'
    echo '{"id":"edited","text":"Moreover, nobody reads this one at all.","label":"machine","dataset":"source1","edit":"paraphrased"}'
    echo '{"id":"german","text":"Das hier ist kein englischer Text.","label":"human","dataset":"source1","lang":"de"}'
    echo '{"id":"unlabelled","text":"Who wrote it is not known.","label":"either","dataset":"source1"}'
    echo '{"id":"short","text":"Two words.","label":"human","dataset":"source1"}'
} >> "$T/train/1.jsonl"

quick="--cap 200 --min-sources 2 --folds 2 --seed 7"
# shellcheck disable=SC2086
run "$E" train "$T/train" -o "$T/a.emm" --calibrate "$T/dev" --name test-1 $quick
is "$code" 3 "bad lines: done, exit code 3"
[ -s "$T/a.emm" ]
ok $? "a model is written"
grep -q '1.jsonl: record 121: ' "$T/err" && grep -q '1.jsonl: record 122: ' "$T/err"
ok $? "each bad line is named with file and place"
grep -q '^training texts: 486 lines, 480 kept, 1 no-label, 1 language, 1 edited, 1 too-short, 2 bad$' "$T/err"
ok $? "what became of every line is counted"
is "$(grep -c '^  source[1-4]  *human *60  machine *60$' "$T/err")" 4 "texts are counted by source and class"
grep -q '^threshold for 1.0%: ' "$T/err" && grep -q 'peak memory [0-9]* MB$' "$T/err"
ok $? "thresholds, time and memory are stated"
[ "$(wc -c < "$T/a.emm")" -lt 4000000 ]
ok $? "the model has less than 4 MB"
grep -q 'after .* s: n-grams.*, about .* s left' "$T/err"
ok $? "progress says what is done and how long it takes"

sed -n '1,120p' "$T/train/1.jsonl" > "$T/clean" && mv "$T/clean" "$T/train/1.jsonl"
# shellcheck disable=SC2086
run "$E" train -q "$T/train" -o "$T/b.emm" --calibrate "$T/dev" --name test-1 $quick
is "$code" 0 "good lines only: exit code 0"
is "$(cat "$T/err")" "" "--quiet prints nothing"
cmp -s "$T/a.emm" "$T/b.emm"
ok $? "the same texts, options and seed give the same bytes; bad lines change nothing"
# shellcheck disable=SC2086
run "$E" train -q "$T/train" -o "$T/c.emm" --calibrate "$T/dev" --name test-1 $quick --seed 8
cmp -s "$T/a.emm" "$T/c.emm"
[ $? = 1 ]
ok $? "another seed gives other bytes"
# shellcheck disable=SC2086
run "$E" train -q "$T/train" -o "$T/h.emm" --calibrate "$T/dev" $quick --hidden 4 --stack-epochs 2
is "$code" 0 "a stack with a hidden layer"
run "$E" eval -q --model "$T/h.emm" --resamples 0 "$T/dev"
is "$code" 0 "its model can be read"

# Adapted to texts of one's own; without a label they are human.
made_up own 130 33 | grep '"human"' | sed 's/"label":"human",//' > "$T/own.jsonl"
run "$E" train --base "$T/h.emm" "$T/own.jsonl" -o "$T/own.emm"
is "$code" 0 "a model adapted to 130 human texts"
grep -q '130 human texts, 0 machine texts' "$T/err" && grep -q 'your human texts flagged .*%' "$T/err" && grep -q '^threshold for 1%: ' "$T/err"
ok $? "says what was flagged before and after, and the thresholds"
grep -q 'no calibration by source' "$T/err"
ok $? "and that prevalence will have nothing to estimate with"
run "$E" detect -m "$T/own.emm" "$T/own.jsonl"
is "$code" 0 "it can be used"
run "$E" train -q --base "$T/h.emm" "$T/own.jsonl" -o "$T/own2.emm"
cmp -s "$T/own.emm" "$T/own2.emm"
ok $? "the same texts, the same bytes"
head -99 "$T/own.jsonl" > "$T/few.jsonl"
run "$E" train --base "$T/h.emm" "$T/few.jsonl" -o "$T/few.emm"
is "$code" 2 "99 texts are too few"
grep -q '99 human texts .* 100 are needed' "$T/err" && [ ! -e "$T/few.emm" ]
ok $? "and it is said so, and nothing written"
run "$E" train --base "$T/h.emm" "$T/own.jsonl" -o "$T/x.emm" --calibrate "$T/dev"
is "$code" 129 "--base and --calibrate: wrong usage"

printf '# made up\ngpt-4\tgpt-4\ndavinci\tolder\n' > "$T/families.tsv"
run "$E" train --base "$T/h.emm" --families "$T/families.tsv" "$T/train" -o "$T/f.emm"
is "$code" 0 "--families: a model is taught which family of models wrote a text"
is "$(grep -c '^gpt-4 *[0-9]* *[0-9]*$\|^older *[0-9]* *[0-9]*$' "$T/err")" 2 "and it is said how sources left out fare"
run "$E" train -q --base "$T/h.emm" --families "$T/families.tsv" "$T/train" -o "$T/g.emm"
cmp -s "$T/f.emm" "$T/g.emm"
ok $? "the same command, the same bytes"
head -2 "$T/train/1.jsonl" | tail -1 | sed 's/.*"text":"\([^"]*\)".*/\1/' > "$T/made"
run "$E" detect --json --lang en --model "$T/h.emm" "$T/made"
before=$(grep -o '"log_odds":[^,]*' "$T/out")
run "$E" detect --json --lang en --model "$T/f.emm" "$T/made"
is "$(grep -o '"log_odds":[^,]*' "$T/out")" "$before" "its verdicts stay what they were"
grep -q '"family":{"gpt-4":0.[0-9]*,"older":0.[0-9]*}' "$T/out"
ok $? "with the families beside them"
for bad in 'no tab' '(	gpt-4' 'x	a"b'; do
    printf 'gpt-4\tgpt-4\n%s\n' "$bad" > "$T/bad.tsv"
    run "$E" train --base "$T/h.emm" --families "$T/bad.tsv" "$T/train" -o "$T/x.emm"
    grep -q "bad.tsv', line 2: " "$T/err"
    is "$code $? $([ -e "$T/x.emm" ] && echo there)" "2 0 " "a table with '$bad': named, no model"
done
run "$E" train --families "$T/families.tsv" "$T/train" -o "$T/x.emm" --calibrate "$T/dev"
is "$code" 129 "--families without --base: wrong usage"

grep -h '"human"' "$T"/train/*.jsonl > "$T/humans.jsonl"
run "$E" train -q "$T/humans.jsonl" -o "$T/d.emm" --calibrate "$T/dev"
is "$code" 2 "one class alone: failed"
grep -q 'both classes' "$T/err"
ok $? "and it is said why"
[ ! -e "$T/d.emm" ]
ok $? "no model is left behind"
run "$E" train -q "$T/train" -o "$T/none/d.emm" --calibrate "$T/dev" --cap 50 --folds 2
is "$code" 2 "a model that cannot be written: failed"
run "$E" train -q "$T/missing" -o "$T/d.emm" --calibrate "$T/dev"
is "$code" 2 "missing input: failed"
grep -q missing "$T/err"
ok $? "the missing input is named"

run "$E" train -o "$T/d.emm" --calibrate "$T/dev"
is "$code" 129 "no input: wrong usage"
run "$E" train "$T/train" --calibrate "$T/dev"
is "$code" 129 "no output: wrong usage"
run "$E" train "$T/train" -o "$T/d.emm"
is "$code" 129 "no texts to set thresholds on: wrong usage"
run "$E" train "$T/train" -o "$T/d.emm" --calibrate "$T/dev" --folds 1
is "$code" 129 "an option out of range: wrong usage"
run "$E" train "$T/train" -o "$T/d.emm" --calibrate "$T/dev" --no-such
is "$code" 129 "an unknown option: wrong usage"
run "$E" train --help
is "$code" 0 "--help"
done_testing
