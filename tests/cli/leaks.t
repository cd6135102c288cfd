#!/bin/bash
# docs/LEAKS.md is the table of the program; what eval_leaks counts.
. "$(dirname "$0")/tap.sh"
eval_leaks=$(dirname "$E")/bench/eval_leaks

"$eval_leaks" table > "$T/table"
[ "$(grep -c '^|' "$T/table")" -gt 100 ]
ok $? "a table of patterns"
sed -n '/^| pattern /,$p' "$TOP/docs/LEAKS.md" | cmp -s - "$T/table"
ok $? "docs/LEAKS.md has the table as it is"

cat > "$T/in.jsonl" << 'X'
{"label":"human","text":"He said: \"Look. As an AI language model, I cannot\" and laughed."}
{"label":"human","text":"The gate was mended on Tuesday."}
{"label":"machine","text":"As an AI language model, I cannot say. As an AI language model, I can."}
{"label":"machine","text":"Steel rusts oaicite:1 in rain."}
X
run "$eval_leaks" counts < "$T/in.jsonl"
grep -qE '^as an ai language model, i +0 +1 +1 +0 ' "$T/out"
ok $? "texts by class, quotations apart, each once"
grep -q '^texts: 2 human, 0 of them with a pattern (at most 7.8e-01); 2 machine, 2 with one$' "$T/out"
ok $? "the upper end of the exact interval"
sed 's/"label":"human"/"is_leak":false,"kind":"k"/; s/"label":"machine"/"is_leak":true,"kind":"k"/' "$T/in.jsonl" > "$T/set.jsonl"
run "$eval_leaks" set < "$T/set.jsonl"
grep -q '^| k | 2 of 2 | 0 of 2 | 1.00 | 1.00 |$' "$T/out"
ok $? "precision and recall by kind"
run "$eval_leaks"
is "$code" 129 "no mode: wrong usage"
done_testing
