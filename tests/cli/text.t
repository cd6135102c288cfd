#!/bin/bash
. "$(dirname "$0")/tap.sh"

C=$TOP/tests/cases/page

run "$E" text "$C/article.html"
is "$code" 0 "a page is read"
cmp -s "$T/out" "$C/article.txt"
ok $? "main text, blocks separated by a blank line"
run "$E" text --all "$C/pieces.html"
cmp -s "$T/out" "$C/pieces.txt"
ok $? "--all has every block"
run "$E" text --json --url https://example.org/mill "$C/article.html"
for want in '"url":"https://example.org/mill"' '"title":"Why the tide mill stopped"' '"date":"2019-03-07"' \
    '"lang":"en"' '"charset":"UTF-8"' '"hidden_bytes":34' '"noscript_bytes":0' '"kind":"heading"' '"kind":"list-item"' '"main":true'; do
    grep -qF "$want" "$T/out"
    ok $? "--json: $want"
done
is "$(wc -l < "$T/out")" 1 "one object, one line"
run "$E" text --json --all "$C/article.html"
grep -q '"main":false' "$T/out"
ok $? "--json --all marks boilerplate"
grep -q '"main":false,"hidden":true,"link_bytes":0,"text":"This paragraph is not for readers."' "$T/out"
ok $? "and hidden blocks"
run "$E" text --all "$C/article.html"
! grep -q 'not for readers' "$T/out"
ok $? "which are no part of the plain text"

printf '<p>caf\351 au lait et tartines</p>' > "$T/latin.html"
is "$("$E" text --charset latin1 "$T/latin.html")" "café au lait et tartines" "--charset says what HTTP would"
is "$("$E" text - < "$T/latin.html")" "café au lait et tartines" "standard input; the encoding is guessed"
printf 'Plain & simple\nwith lines\n\n\nand a second part\n' > "$T/plain.txt"
is "$("$E" text "$T/plain.txt")" "$(printf 'Plain & simple\nwith lines\n\nand a second part')" "plain text is told from HTML by content"

for f in article forum pieces; do
    "$E" text --all --json "$C/$f.html" > "$T/fast"
    ECHOMETER_CPU=portable "$E" text --all --json "$C/$f.html" > "$T/plain"
    cmp -s "$T/fast" "$T/plain"
    ok $? "$f: the same without vector instructions"
done

cat > "$T/about.html" <<'HTML'
<html lang=en-GB><title>The gate of the mill | The Post</title><meta property="og:site_name" content="The Post">
<link rel=canonical href="/gate?a=1&amp;b=2#top"><meta name=robots content="noindex, NoAI"><meta name=googlebot content=none>
<script type="application/ld+json">{"@type":"NewsArticle","author":[{"name":"Ann"},{"name":"Bob"}],"datePublished":"2001-02-03T04:05:06Z"}</script>
<h1>The gate of the mill</h1><p>It fell off again, and nobody could say why it <a rel="ugc nofollow" href="../why">had fallen</a>.
HTML
run "$E" text --json --links --url https://example.org/a/b/ --header 'X-Robots-Tag: noarchive' "$T/about.html"
for want in '"title":"The gate of the mill"' '"site":"The Post"' '"author":"Ann, Bob"' '"canonical":"https://example.org/gate?a=1&b=2"' \
    '"published":"2001-02-03"' '"published_by":"jsonld"' '"lang_attribute":"en-GB"' '"robots":["noindex","noarchive","noai"]' \
    '"robots_agents":[{"agent":"googlebot","rules":["noindex","nofollow"]}]' \
    '"links":[{"href":"https://example.org/a/why","text":"had fallen","rel":["nofollow","ugc"],"main":true'; do
    grep -qF "$want" "$T/out"
    ok $? "--json --links: $want"
done
run "$E" text --json "$T/about.html"
grep -q '"links"' "$T/out"
is $? 1 "no links unless asked for"

run "$E" text /nonexistent
is "$code" 2 "no such file: exit 2"
: > "$T/empty"
run "$E" text "$T/empty"
is "$code" 2 "nothing in it: exit 2"
grep -q 'no bytes in the body' "$T/err"
ok $? "and a reason"
run "$E" text a b
is "$code" 129 "two files: usage"
done_testing
