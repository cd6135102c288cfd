#!/bin/bash
. "$(dirname "$0")/tap.sh"

model=$TOP/configs/models/en.emm
printf 'Too short to say.\n' > "$T/short"
run "$E" detect --model "$T/none.emm" "$T/short"
is "$code" 2 "a model that is not there is exit code 2"
grep -q "cannot open '$T/none.emm'" "$T/err"
ok $? "and is named"
run "$E" detect --model "$T/short" "$T/short"
is "$code" 2 "a file that is no model is refused"
run "$E" detect a b
is "$code" 129 "two texts are wrong usage"
run "$E" detect --fpr 2 "$T/short"
is "$code" 129 "a rate above 1 is wrong usage"
run "$E" detect --help
is "$code" 0 "--help"
if [ ! -f "$model" ]; then
    skip "verdicts need $model"
    done_testing
fi

run "$E" detect "$T/short"
is "$code" 0 "a short text"
grep -q '^abstain *too-short' "$T/out"
ok $? "abstains"
run "$E" detect "$T/none"
is "$code" 2 "a text that is not there is exit code 2"
cat > "$T/leak" << 'END'
Steel is an alloy of iron and carbon :contentReference[oaicite:0]{index=0}. As an AI language
model, I cannot give opinions on it.
END
run "$E" detect --exit-code "$T/leak"
is "$code" 1 "a leak is a finding even where style abstains"
grep -q '^leak *citation-marker' "$T/out"
ok $? "and is shown"
run "$E" detect --json - < "$T/leak"
is "$(wc -l < "$T/out")" 1 "one line of JSON"
grep -q '"verdict":"machine","abstain":null,"signals":{"style":null,"leaks":\[{"kind":"citation-marker"' "$T/out"
ok $? "with the fields of a verdict line"
# "The Diary of a Nobody", George and Weedon Grossmith, 1892.
cat > "$T/human" << 'END'
My dear wife Carrie and I have just been a week in our new house, "The Laurels," Brickfield
Terrace, Holloway, a nice six-roomed residence, not counting basement, with a front
breakfast-parlour. We have a little front garden; and there is a flight of ten steps up to the front
door, which, by-the-by, we keep locked with the chain up. Cummings, Gowing, and our other intimate
friends always come to the little side entrance, which saves the servant the trouble of going up to
the front door, thereby taking her from her work. We have a nice little back garden which runs down
to the railway. We were rather afraid of the noise of the trains at first, but the landlord said we
should not notice them after a bit, and took 2 pounds off the rent. He was certainly right; and
beyond the cracking of the garden wall at the bottom, we have suffered no inconvenience.
END
run "$E" detect --lang en --explain "$T/human"
is "$code" 0 "a diary"
grep -q '^machine' "$T/out"
is "$?" 1 "is not machine"
grep -q '^for human:' "$T/out"
ok $? "--explain shows what weighed"
grep -q ' per 1,000 words (people [0-9.]* to [0-9.]*, machines [0-9.]* to [0-9.]*), at [0-9]' "$T/out"
ok $? "beside what is usual, and where"
grep -q 'known shape\|sentence_\|words_' "$T/out"
is $? 1 "in words a reader understands"
is "$(sed -n '/^all together:/,$p' "$T/out" | awk '/^ / { n++; x[n] = $1 } END { d = x[1] + x[2] + x[3] + x[4] - x[5]; print n, (d < .003 && d > -.003) }')" "5 1" "which adds up to the log-odds"
! grep -q $'\033' "$T/out"
ok $? "without colours in a file"
if command -v script > /dev/null; then
    in_terminal() { script -qec "env $* TERM=xterm '$E' detect --lang en --explain '$T/machine'" /dev/null < /dev/null; }
    coloured=1
else
    coloured=
    skip "colours need script(1)"
fi
grep -q '^share  *[0-9]*% of the text machine-written, standard error [0-9]' "$T/out"
ok $? "and how much of the text is machine-written"
score() { "$E" detect --json --lang en "$1" | grep -o '"log_odds":[-0-9.]*'; }
for n in 2 10; do
    for i in $(seq $n); do cat "$T/human"; echo; done > "$T/again"
    is "$(score "$T/again")" "$(score "$T/human")" "said $n times is said once"
done
head -n 1 "$T/human" > "$T/few"
cat "$T/few" "$T/few" "$T/few" "$T/few" > "$T/again"
"$E" detect --lang en "$T/again" | grep -q '^abstain *too-short'
ok $? "a short text said four times is a short text"
cat > "$T/machine" << 'END'
In today's fast-paced world, effective communication plays a crucial role in fostering meaningful relationships. Moreover,
it is important to note that active listening enhances mutual understanding, builds trust, and promotes collaboration. By
leveraging these strategies, individuals can navigate complex challenges with confidence. Furthermore, a comprehensive
approach ensures that every voice is heard, valued, and respected. Ultimately, communication serves as the cornerstone of a
vibrant community, underscoring the importance of empathy, clarity, and resilience. Additionally, it provides valuable
insights into the multifaceted nature of human interaction. Overall, by embracing these principles, we can unlock our full
potential and create a more inclusive, harmonious, and sustainable future for all.
END
cat "$T/human" "$T/machine" > "$T/mixed"
run "$E" detect --lang en --json "$T/mixed"
is "$(grep -o '"spans":\[{"start":[0-9]*,"end":[0-9]*' "$T/out")" "\"spans\":[{\"start\":$(wc -c < "$T/human"),\"end\":$(($(wc -c < "$T/mixed") - 1))" "of a text by two authors the machine's part is the span"
grep -q '"share":0\.[3-9][0-9]*,"share_error":0\.[0-9]*,' "$T/out"
ok $? "with its share of the whole"
for f in human machine mixed; do
    is "$("$E" detect --lang en "$T/$f" | sed -n 's/^[a-z]* *score .*), \([0-9]*\) words.*/\1/p')" "$(wc -w < "$T/$f")" "words of $f, for people"
    is "$("$E" detect --lang en --json "$T/$f" | grep -o '"words":[0-9]*')" "\"words\":$(wc -w < "$T/$f")" "and in the line"
done
run "$E" detect --lang en --json "$T/machine"
is "$(grep -o '"family":{[^}]*}' "$T/out" | grep -o '"[a-z0-9.-]*":0\.[0-9]*' | awk -F: '{ sum += $2 } END { print NR, (sum > .99 && sum < 1.01) }')" "7 1" "machine text: each family of models with its probability"
run "$E" detect --lang en "$T/machine"
grep -q '^family     [a-z0-9.-]* [0-9]*%, .* (of 7, if a model wrote it)$' "$T/out"
ok $? "in words, the likeliest"
grep -q '^edited     about [0-9]*% of the words' "$T/out"
ok $? "and how much of it a model changed"
run "$E" detect --lang en --json "$T/human"
grep -q '"edited":0\.[0-9]*,"family":null,' "$T/out"
ok $? "of human text no family is said"
run "$E" detect --lang en --json --explain "$T/human"
tail -n 1 "$T/out" | grep -q '^{"evidence":\[{"kind":"'
ok $? "--json --explain adds a line of evidence"
tail -n 1 "$T/out" | tr ',{' '\n\n' | sed -n 's/^"\(start\|listed\|lighter\|log_odds\)":\([-0-9.]*\)}*$/\1 \2/p' | tail -n 4 |
    awk '{ x[NR] = $2 } END { d = x[1] + x[2] + x[3] - x[4]; exit !(NR == 4 && d < .001 && d > -.001) }'
ok $? "which adds up as well"
if [ -n "$coloured" ]; then
    in_terminal -u NO_COLOR > "$T/out"
    grep -q $'\033\[30;43m' "$T/out"
    ok $? "on a terminal spans are in colour"
    in_terminal NO_COLOR=1 > "$T/out"
    ! grep -q $'\033' "$T/out"
    ok $? "not with NO_COLOR"
fi
printf '<script>alert("1")</script> & so on. ' | cat - "$T/human" > "$T/<b>hostile"
run "$E" detect --lang en --html "$T/page.html" "$T/<b>hostile"
is "$code $(grep -c '^<!DOCTYPE html>$' "$T/page.html") $(grep -ci '<script\|<b>' "$T/page.html")" "0 1 0" "--html: a page, nothing of the text or its name is markup"
grep -q 'prefers-color-scheme:dark' "$T/page.html"
ok $? "light or dark as the reader prefers"
grep -q 'starting point: average style and no pattern that is known' "$T/page.html"
ok $? "with all that adds up"
is "$(grep -o '<span ' "$T/page.html" | wc -l)" "$(grep -o '</span>' "$T/page.html" | wc -l)" "every mark ends"
is "$(sed -n '/<pre>/,/<\/pre>/p' "$T/page.html" | sed 's/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#39;/'"'"'/g; s/&amp;/\&/g')" "$(cat "$T/<b>hostile")" "and the text is all there"
"$E" detect --lang en --html - "$T/<b>hostile" | cmp -s - "$T/page.html"
ok $? "--html -: the page alone on standard output"
run "$E" detect --lang en --html "$T/no/such/folder" "$T/human"
is "$code" 2 "a page that cannot be written"
tr ' ' '\n' < "$T/human" > "$T/wrapped"
"$E" detect --lang en "$T/human" > "$T/a"
"$E" detect --lang en "$T/wrapped" > "$T/b"
cmp -s "$T/a" "$T/b"
ok $? "line breaks change nothing"
run "$E" detect --lang de "$T/human"
grep -q '^abstain *language' "$T/out"
ok $? "another language: abstains"
# What is no prose: no language of programming, no table, no list of figures gets a verdict.
abstains() { # NAME N LINES: the lines N times, @ a number that rises
    awk -v n="$2" -v text="$3" 'BEGIN { for (i = 1; i <= n; i++) { t = text; gsub(/@/, i, t); print t } }' > "$T/odd"
    run "$E" detect --lang en --json "$T/odd"
    grep -qE '"abstain":"(not-prose|too-short)"' "$T/out"
    ok $? "$1 is abstained from"
}
abstains "C" 12 'static int add_@(int left, int right)\n{\n    int sum = left + right;\n    return sum > @ ? sum : @;\n}'
abstains "Python" 12 'def total_@(values, start=0):\n    for value in values:\n        start += value * @\n    return start'
abstains "JavaScript" 12 'const found@ = items.filter(item => item.id === @);\nconsole.log(found@.length);'
abstains "SQL" 12 'SELECT u.name, o.total_@ FROM users u JOIN orders o ON o.user_id = u.id WHERE o.total > @;'
abstains "a shell script" 12 'if [ -n "$value_@" ]; then\n    echo "$value_@" >> "$out/list_@"\nfi'
abstains "markup" 20 '<tr class="row"><td>Ada Lovelace</td><td>London</td><td>@</td></tr>'
abstains "JSON" 20 '{"name": "Ada Lovelace", "city": "London", "born": 18@, "tags": ["first", "old"]}'
abstains "CSV" 30 'Ada Lovelace,London,Engineer,1@.40,1852-11-27'
abstains "a table in Markdown" 30 '| Ada Lovelace | London | @ |'
abstains "a table in columns" 30 'Ada Lovelace        London      Engineer      @'
abstains "figures" 40 '@, 1@, 2@.5, 3@'
abstains "a log" 30 '10.0.0.@ - - [12/Mar/2024:10:15:@ +0000] "GET /notes/@.html HTTP/1.1" 200 51@'
abstains "a dump" 30 '000000@0: 7f45 4c46 0201 0100 0000 0000 0000 0000  .ELF............'
{
    cat "$T/human"
    printf '\n    total = add(left, right);\n    print(total)\n'
} > "$T/mixed"
run "$E" detect --lang en --json "$T/mixed"
grep -q '"abstain":null' "$T/out"
ok $? "prose with two lines of code is judged"
done_testing
