#!/bin/bash
. "$(dirname "$0")/tap.sh"

echo '<urlset><url><loc>http://h/a/1</loc><lastmod>2024-05-06</lastmod><priority>0.8</priority></url><url><loc>http://k/</loc></url></urlset>' > "$T/s.xml"
run "$E" sitemap "$T/s.xml"
is "$code" 0 "a sitemap is read"
is "$(head -1 "$T/out")" '{"type":"page","loc":"http://h/a/1","lastmod":"2024-05-06T00:00:00Z","published":null,"changefreq":null,"priority":0.80}' "an item"
is "$(wc -l < "$T/out")" 2 "a line each"
grep -q 'urlset, 2 items' "$T/err"
ok $? "counts on standard error"
is "$(gzip -c "$T/s.xml" | "$E" sitemap --url http://h/a/s.xml.gz 2> "$T/err" | sed 's/.*covered/covered/' | tr '\n' ' ')" 'covered":true} covered":false} ' "gzip from standard input; --url says what is covered"
head -c 60 "$T/s.xml" > "$T/cut.xml"
run "$E" sitemap "$T/cut.xml"
is "$code" 3 "a cut file: exit 3"
is "$(wc -l < "$T/out")" 1 "with what was before the cut"
echo '<html><body>404</body></html>' > "$T/page"
run "$E" sitemap "$T/page"
is "$code" 3 "no sitemap: exit 3"
run "$E" sitemap --url x "$T/s.xml"
is "$code" 129 "a wrong URL: usage"
run "$E" sitemap /nonexistent
is "$code" 2 "no such file: exit 2"
done_testing
