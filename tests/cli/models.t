#!/bin/bash
# A model is known by name and content hash; an answer is about one of them; rates come from its calibration block.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_up.sh"
. "$(dirname "$0")/made_web.sh"

mkdir "$T/train"
for i in 1 2 3 4; do made_up "source$i" 80 $i > "$T/train/$i.jsonl"; done
made_up held-out 200 9 > "$T/dev.jsonl"
small="--calibrate $T/dev.jsonl --cap 200 --min-sources 2 --folds 2"
# shellcheck disable=SC2086
for seed in 1 2; do "$E" train -q "$T/train" -o "$T/m$seed.emm" $small --name same --seed $seed; done
# shellcheck disable=SC2086
"$E" train -q "$T/train" -o "$T/unnamed.emm" $small
made_web 300 7 > "$T/web.jsonl"
head -n 150 "$T/web.jsonl" > "$T/1.jsonl"
tail -n 150 "$T/web.jsonl" > "$T/2.jsonl"
name() { jq -r .model "$1" | sort -u; }

"$E" scan -q --model "$T/m1.emm" --index "$T/one" -o "$T/v1" "$T/1.jsonl"
"$E" scan -q --model "$T/m2.emm" --index "$T/one" -o "$T/v2" "$T/2.jsonl"
grep -qE '^same@[0-9a-f]{8}$' <(name "$T/v1")
ok $? "a verdict line names its model and the hash of its content"
run "$E" scan --model "$T/m1.emm" --index "$T/one" --no-output "$T/1.jsonl"
is "$code $(sed -n '/whole index/,$s/^documents  \([0-9]*\) .*/\1/p' "$T/err")" "0 150" "a finished scan run again prints what the index holds"
! grep -q '^machine' "$T/err"
ok $? "and nothing of no documents"
run "$E" scan --model "$T/1.jsonl" "$T/1.jsonl"
[ "$code" = 2 ] && grep -qF "'$T/1.jsonl'" "$T/err"
ok $? "a file that is no model is named"
run "$E" scan --model "$T/none.emm" "$T/1.jsonl"
[ "$code" = 2 ] && grep -qF "'$T/none.emm': No such file" "$T/err"
ok $? "one that is not there too"
[ "$(name "$T/v1")" != "$(name "$T/v2")" ]
ok $? "two models under one name are two"
"$E" scan -q --model "$T/unnamed.emm" -o "$T/v3" "$T/1.jsonl"
grep -qE '^en-([0-9a-f]{8})@\1$' <(name "$T/v3")
ok $? "without a name a model is called by its content"

"$E" scan -q --model "$T/m2.emm" --index "$T/one" --no-output "$T/1.jsonl"
"$E" validate "$T/one" > /dev/null
ok $? "known inputs are judged anew by another model; the index is sound"
run "$E" query --index "$T/one" --json
is "$(jq -c '[.documents, .other_models, .model]' "$T/out")" "[300,1,\"$(name "$T/v2")\"]" "query: of the model with most documents, which it names; nothing is counted twice"
run "$E" query --index "$T/one" --json --model "$(name "$T/v1")"
is "$(jq -c '[.documents, .other_models]' "$T/out")" "[150,1]" "query --model name@hash: of that one"
run "$E" query --index "$T/one" --model same
is "$code" 2 "a name that two models share is refused"
grep -q "several models of this index are named 'same': same@.*, same@" "$T/err"
ok $? "and both are listed"
is "$("$E" query --index "$T/one" --all --json | jq -r .model | sort -u)" "$(name "$T/v2")" "documents of one model only"
run "$E" prevalence --index "$T/one" --by all --json
is "$(jq -c '[.documents, .model]' "$T/out")" "[300,\"$(name "$T/v2")\"]" "prevalence names the model and counts each document once"
run "$E" prevalence --index "$T/one" --by all --json --model other
is "$code" 2 "a model the index does not have"

# The same model in two shards: one model; its calibration came along, and no model file is opened.
"$E" scan -q --model "$T/m1.emm" --index "$T/a" --no-output "$T/1.jsonl"
"$E" scan -q --model "$T/m1.emm" --index "$T/b" --no-output "$T/2.jsonl"
"$E" scan -q --model "$T/m1.emm" --index "$T/ab" --no-output "$T/1.jsonl" "$T/2.jsonl"
"$E" merge -q -o "$T/merged" "$T/b" "$T/a"
cmp -s <("$E" export --index "$T/merged") <("$E" export --index "$T/ab")
ok $? "merged shards are what one run would give"
is "$("$E" export --index "$T/merged" --table models | jq -c '[.model, .lang, .sources]')" "[\"$(name "$T/v1")\",\"en\",10]" "the index has the model's calibration"
"$E" prevalence --index "$T/ab" --json > "$T/here"
mv "$T/m1.emm" "$T/elsewhere.emm"
"$E" prevalence --index "$T/merged" --json > "$T/there"
cmp -s "$T/here" "$T/there"
ok $? "and answers alike without the model's file"
mv "$T/elsewhere.emm" "$T/m1.emm"

# What a scan is asked for does not move what the index holds.
for p in "--prior 0.01" "--prior 0.9" "--fpr 0.05"; do
    rm -rf "$T/p"
    # shellcheck disable=SC2086
    "$E" scan -q --model "$T/m1.emm" --index "$T/p" --no-output $p "$T/1.jsonl" "$T/2.jsonl"
    cmp -s <("$E" export --index "$T/p") <("$E" export --index "$T/ab")
    ok $? "the index is the same with $p"
done

for p in 0.02 2% 0.012; do
    run "$E" scan -q --model "$T/m1.emm" --fpr $p --no-output "$T/1.jsonl"
    is "$code" 0 "--fpr $p"
done
for p in 0.9 0.0001 11%; do
    run "$E" scan -q --model "$T/m1.emm" --fpr $p --no-output "$T/1.jsonl"
    is "$code" 129 "--fpr $p is refused: $(cut -c -90 "$T/err")"
    run "$E" detect --model "$T/m1.emm" --fpr $p "$T/1.jsonl"
    is "$code" 129 "by detect as well"
done
done_testing
