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
# A page whose text shows nothing: the address behind a link does.
page() { # query
    local body
    body="<html><body><article><h1>Steel</h1>$(for i in 1 2 3 4 5 6; do
        echo "<p>Steel is an alloy of iron and carbon, and in rain it rusts, as every smith of the valley knew in year $i, when the mill still stood by the river and the gate was made.</p>"
    done)<p>More is in <a href=\"https://example.org/iron?$1\">this book</a>, which has it all.</p></article></body></html>"
    body=$(printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n%s' "$body")
    printf 'WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.com/%s\r\nWARC-Date: 2025-06-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %s\r\n\r\n%s\r\n\r\n' "$2" "${#body}" "$body"
}
{
    page 'utm_source=chatgpt.com' one
    page 'utm_source=letter' two
} > "$T/links.warc"
run "$E" scan -q "$T/links.warc"
is "$(grep -c '"kind":"client-url","text":"utm_source=chatgpt.com"' "$T/out")" 1 "an address behind a link of the page"
grep 'example.com/two' "$T/out" | grep -q '"leaks":\[\]'
ok $? "an address that names no client is none"
run "$E" clean -q "$T/links.warc" -o "$T/cut" --on-leak cut --keep-style
is "$code" 0 "what covers no text is cut without harm"
run "$eval_leaks"
is "$code" 129 "no mode: wrong usage"
done_testing
