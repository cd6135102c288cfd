#!/bin/bash
# `clean`: what each policy does, on made-up documents: known text, echoes, opt-outs, languages, what is
# looked for at all, settings from a file, going over a result, comparing two.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 2

# Different plain sentences; the number makes them so.
story() { # number sentences
    awk -v n="$1" -v m="$2" 'BEGIN { srand(n); k = split("the of and to a in that it was for on with as at by had we they from when then into over under after before gate field uncle river wagon apple winter ladder mended carried painted counted found lost sold kept nobody said about old new long cold little", w, " ")
        for (i = 0; i < m; i++) { printf "On day %d of year %d", i * n, n
            for (j = 0; j < 16; j++) printf " %s", w[1 + int(k * rand())]
            printf " and %d more. ", int(9999 * rand()) } }'
}
line() { printf '{"id":"%s","text":"%s"%s}\n' "$1" "$2" "${3:-}"; }
kept() { grep -c "\"id\":\"$1\"" "$2/kept/in.jsonl"; }
reasons() { sed -n "s/^{\"reasons\":\(\[[^]]*\]\).*\"document\":{\"id\":\"$1\".*/\1/p" "$2/removed/in.jsonl"; }

# --- known text ----------------------------------------------------------------------------
item=$(story 900 2)
answer="the seventh lighthouse on the northern shore was painted green by the keeper and his two daughters"
{ line copy "$item"; line other "$(story 901 2)"; } > output.jsonl
printf '{"id":"q1","q":"which lighthouse on the northern shore did the old keeper paint together with his daughters during that long winter","a":"%s"}\n' \
    "$answer" > quiz.jsonl
"$E" refs build -q --kind model-output --name alp -o alp.emr output.jsonl
"$E" refs build -q --kind benchmark --name quiz --question q --answer a -o quiz.emr quiz.jsonl
question=$(sed 's/.*"q":"\([^"]*\)".*/\1/' quiz.jsonl)
{
    line alone "$(story 1 20)"
    line copied "$(story 2 1)$item$(story 3 1)"
    line quoted "$(story 4 20)$item$(story 5 20)"
    line asked "$(story 6 20)$question? $answer. $(story 7 20)"
    line short "$(story 8 1)$question? $answer. $(story 9 1)"
} > in.jsonl
run "$E" clean --only match --refs alp.emr --refs quiz.emr in.jsonl -o known
is "$code" 0 "matches alone, without a model"
is "$(reasons copied known)$(reasons quoted known)" '["copy"]["copy"]' "copies of model output go"
is "$(kept asked known)$(kept alone known)" 11 "the rest stays"
! grep -q lighthouse known/kept/in.jsonl
ok $? "question and answer are cut out"
is "$(reasons short known)" '["benchmark","pieces"]' "what has no piece of 200 characters left goes"
{ line posed "$(story 6 20)$question? $(story 7 20)"; } > posed.jsonl
for c in '' 0.8; do
    # shellcheck disable=SC2086
    run "$E" clean --only match --refs quiz.emr posed.jsonl ${c:+--contained $c} -o posed$c
done
is "$(grep -c lighthouse posed/kept/posed.jsonl)$(grep -c lighthouse posed0.8/kept/posed.jsonl)" 01 "a question without its answer is 0.75 of the item"
run "$E" clean --only match --on-copy tag --known 0.4 --refs alp.emr in.jsonl -o share
is "$(reasons copied share)$(kept quoted share)" '["known"]1' "--known: by the share of the document that is known"
run "$E" clean --only match --on-copy cut --refs alp.emr in.jsonl -o pieces --max-pieces 1
is "$(reasons quoted pieces)" '["copy","pieces"]' "--max-pieces"
run "$E" clean --only match --on-copy cut --refs alp.emr in.jsonl -o rule13 --contained 0 --min-words 13
grep -q '"id":"quoted"' rule13/kept/in.jsonl && ! grep -q "$(echo "$item" | cut -c1-60)" rule13/kept/in.jsonl
ok $? "the 13-word rule: any passage of 13 words is cut"
grep -q '^{"benchmark":"quiz","item":"q1","documents":2,.*"contained":1.000,"examples":\[{"reason":"benchmark"' known/contamination.jsonl
ok $? "contamination.jsonl: by item, with passages"
grep -q '^| quiz | 1 | 2 | [0-9]* | 1 |$' known/CARD.md && grep -q '"benchmarks":\[{"benchmark":"quiz","items":1,"documents":2,' known/card.json
ok $? "and in the card"
grep -q '"before":"[^"]*","passage":"which lighthouse' known/passages/in.jsonl
ok $? "passages in their context"

# --- echoes --------------------------------------------------------------------------------
s=$(story 20 12)
{
    line late "$s" ',"date":"2021-05-01"'
    line first "$s" ',"date":"2019-05-01"'
    line undated "$s"
    line near "$(story 20 11)$(story 21 1)" ',"date":"2022-01-01"'
    line half "$(story 20 6)$(story 22 6)" ',"date":"2022-01-01"'
    line other "$(story 23 12)" ',"date":"2022-01-01"'
    line tiny "$(story 24 1 | cut -c1-40)"
} > in.jsonl
run "$E" clean --only echo --on-echo drop in.jsonl -o echo --echo-contained 0.7
is "$(grep -c . echo/removed/in.jsonl)" 3 "echoes go"
is "$(kept first echo)$(kept half echo)$(kept other echo)$(kept tiny echo)" 1111 "the first by date stays, and what is mostly new"
grep -q '"what":"in.jsonl#1"' echo/removed/in.jsonl
ok $? "with the original named"
for t in 1 4; do "$E" clean -q --only echo --on-echo drop in.jsonl -o echo$t --echo-contained 0.7 -t $t; done
diff -r echo1/removed echo4/removed > "$T/d"
ok $? "the same for any number of threads"
run "$E" clean --only echo --on-echo tag in.jsonl -o echotag --echo-contained 0.7
is "$(grep -c . echotag/kept/in.jsonl)" 7 "--on-echo tag keeps them"
grep -q '"id":"late".*"echometer__echo":\[\[0,' echotag/attributes/echometer/in.jsonl
ok $? "and tags them"
line more "$(story 25 12)" > more.jsonl
run "$E" clean --only echo --on-echo drop in.jsonl more.jsonl -o echo --echo-contained 0.7
is "$code" 2 "another set of inputs is another result: what is an echo depends on all of them"

# --- owners --------------------------------------------------------------------------------
warc() { # url header body
    local http
    http=$(printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n%s\r\n<html><head>%s</head><body><p>%s</p></body></html>' "$2" "$3" "$(story 30 5)"; echo x)
    http=${http%x}
    printf 'WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://%s/\r\nWARC-Date: 2024-02-01T00:00:00Z\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' \
        "$1" "$(printf '%s' "$http" | wc -c)" "$http"
}
{
    warc a.org $'X-Robots-Tag: noai\r\n' ''
    warc b.org $'tdm-reservation: 1\r\n' ''
    warc c.org '' '<meta name="robots" content="noindex, noai">'
    warc d.org '' '<META content="1" name="TDM-Reservation">'
    warc e.org $'Content-Usage: train-ai=n\r\n' ''
    warc f.org '' '<meta name="robots" content="noindex">'
    warc g.org $'tdm-reservation: 0\r\n' ''
} > pages.warc
run "$E" clean --only optout pages.warc -o owners
is "$code" 0 "WARC pages"
is "$(grep -o '"what":"[^"]*"' owners/removed/pages.warc.jsonl | tr '\n' ' ')" \
    '"what":"noai" "what":"tdm-reservation" "what":"noai" "what":"tdm-reservation" "what":"ai-train=no" ' "what owners reserve goes, with their word"
is "$(grep -o '"url":"[^"]*"' owners/kept/pages.warc.jsonl | tr '\n' ' ')" '"url":"http://f.org/" "url":"http://g.org/" ' \
    "noindex is no word about training, and a granted right is none"
{
    line a "$(story 31 5)" ',"robots":"noindex, noai"'
    line b "$(story 32 5)" ',"metadata":{"tdm_reservation":1}'
    line c "$(story 33 5)" ',"content_signal":"search=yes, ai-train=no"'
    line d "$(story 34 5)" ',"robots":"index"'
} > in.jsonl
run "$E" clean --only optout in.jsonl -o fields
is "$(kept a fields)$(kept b fields)$(kept c fields)$(kept d fields)" 0001 "fields of JSON lines"
run "$E" clean --only optout --on-optout tag in.jsonl -o tagged
is "$(grep -c . tagged/kept/in.jsonl)$(grep -c optout tagged/attributes/echometer/in.jsonl)" 43 "--on-optout tag"

# --- languages, settings, what is looked for -------------------------------------------------
{
    line en "$(story 40 5)"
    line de "Am frühen Morgen gingen die Kinder über die Wiese zum Fluss, und niemand wusste, warum der alte Wagen dort noch immer stand und wem er gehörte."
} > in.jsonl
printf 'only: lang\nlang: en\noutput: fromfile\n' > clean.yaml
run "$E" clean --config clean.yaml in.jsonl
is "$code" 0 "settings from a file"
is "$(reasons de fromfile)$(kept en fromfile)" '["language"]1' "--lang"
run "$E" clean --config clean.yaml -o fromline --lang de in.jsonl
is "$(kept de fromline)" 1 "the command line counts more"
printf 'margins: 3\n' > bad.yaml
run "$E" clean --config bad.yaml in.jsonl -o x
is "$code" 129 "a setting that is none"
grep -q "bad.yaml:1: there is no setting 'margins'" "$T/err"
ok $? "with its line"
run "$E" clean --config "$TOP/configs/clean.yaml" in.jsonl -o shipped
is "$code" 0 "configs/clean.yaml"
"$E" clean --help | sed -n 's/^ *\(-[a-z], \)\{0,1\}--\([a-z-]*\).*/\2/p' | grep -vxE 'help|config|review|reason|limit|html|compare|json|model-[a-z]*' > options
missing=
while read -r name; do grep -q "^#\{0,1\} \{0,1\}$name:" "$TOP/configs/clean.yaml" || missing="$missing $name"; done < options
is "$missing" "" "and it explains every option"
run "$E" clean --only style,lang --keep-style in.jsonl -o styled
grep -q '"id":"en","attributes":{"echometer__score"' styled/attributes/echometer/in.jsonl
ok $? "--keep-style: scores are tagged"
run "$E" clean --only match in.jsonl -o bare
grep -q '"id":"en","attributes":{}}' bare/attributes/echometer/in.jsonl
ok $? "what is not looked for is not tagged"
run "$E" clean --only nothing in.jsonl -o x
is "$code" 129 "--only: names that are none"

# --- going over a result ---------------------------------------------------------------------
run "$E" clean --review known
is "$code" 0 "review: a list where there is no terminal"
is "$(grep -c '^[0-9]*/[0-9]*  removed  copy' "$T/out")" "$(grep -c '"reason":"copy"' known/passages/in.jsonl)" "what was removed, with reasons"
grep -q '^[0-9]*/[0-9]*  cut  benchmark 1.000  of quiz  item q1' "$T/out" && grep -q '\[\[which lighthouse' "$T/out"
ok $? "what was cut, marked in its context"
run "$E" clean --review known --reason copy --limit 1
is "$(grep -c '^1/[0-9]*  removed  copy' "$T/out")$(grep -c '^[2-9]/' "$T/out")" 10 "--reason, --limit"
{ line evil "$(printf 'red \\u001b[31m \\u009b1m <script>alert(1)</script> &amp; ')$item"; } > evil.jsonl
"$E" clean -q --only match --refs alp.emr evil.jsonl -o evil
run "$E" clean --review evil
! grep -qP '\x1b|\xc2\x9b' "$T/out"
ok $? "a text cannot reach the terminal"
run "$E" clean --review evil --html evil.html
grep -q '&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;' evil.html && ! grep -q '<script' evil.html && tail -n 1 evil.html | grep -q '</html>'
ok $? "nor the page"
if command -v script > "$T/which"; then
    printf 'nnbq' | TERM=xterm script -qec "'$E' clean --review known" /dev/null > screen 2> "$T/err"
    is "$(grep -c 'q: quit' screen)" 4 "on a terminal: a page for each key"
else
    skip "no script(1) for a terminal"
fi
run "$E" clean --review nowhere
is "$code" 2 "nothing to review"

# --- two results -------------------------------------------------------------------------------
"$E" clean -q --only lang in.jsonl -o c1
"$E" clean -q --only lang --lang en in.jsonl -o c2
run "$E" clean --compare c1 c2
is "$code" 0 "compare"
grep -q '^removed for language  *0  *1  *+1$' "$T/out" && grep -q '^1 only the first keeps, 0 only the second keeps' "$T/out" &&
    grep -q 'only the first keeps "de" in in.jsonl' "$T/out"
ok $? "counts by reason, and documents that moved"
run "$E" clean --compare c1 c2 --json
grep -q '"first_keeps":1,"second_keeps":0,.*"moved":\[{"id":"de","file":"in.jsonl","kept_by":"first","removed_for":\["language"\]}\]}$' "$T/out"
ok $? "as JSON"
is "$(jq -r ".first.policy, .second.policy" "$T/out" | grep -o "lang=[a-z]*" | tr "\n" " ")" "lang=all lang=en " "with the policy of each"
run "$E" clean --compare known share --json
is "$(jq -r ".first.policy, .second.policy" "$T/out" | grep -oE "alp:[0-9]+(,quiz:[0-9]+)?" | tr "0-9" "." | tr -s "\n." " .")" "alp:.,quiz:. alp:. " "which names each reference set"
run "$E" clean --compare c1 echo
grep -q 'not compared' "$T/out"
ok $? "other documents are not compared"
run "$E" clean --compare c1 nowhere
is "$code" 2 "a folder that is no result"

# --- a first line that is none ------------------------------------------------------------------
{ echo "this is no JSON"; line ok "$(story 50 5)"; } > in.jsonl
gzip -kc in.jsonl > in.jsonl.gz
for f in in.jsonl in.jsonl.gz; do
    run "$E" clean --only optout $f -o first.$f
    is "$code" 3 "$f: a first line that is no JSON is damage"
    is "$(zcat -f first.$f/bad/$f | grep -c '"offset":0,.*"line":"this is no JSON"')$(zcat -f first.$f/kept/$f | grep -c '"id":"ok"')" 11 \
        "$f: it is kept aside, the rest goes on"
done
done_testing
