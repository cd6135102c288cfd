#!/bin/bash
# The report in a real browser: no console message, the figures on the page, no element made by hostile text,
# nothing cut off on a narrow screen, charts drawn in light, dark and print. Skipped where there is no Chromium
# (apt-get install chromium). KEEP=DIR keeps pages, pictures and the PDF to look at.
. "$(dirname "$0")/../cli/tap.sh"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
    skip "no chromium: the report in a browser"
    done_testing
fi
out=${KEEP:-$T}
here=$TOP/tests/browser

browse() { # arguments; the page as it became into $T/dom, without scripts; console lines into $T/console
    HOME=$T timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --user-data-dir="$T/profile" \
        --enable-logging=stderr --log-level=0 "$@" > "$T/raw" 2> "$T/log"
    local code=$?
    perl -0pe 's/<script.*?<\/script>//gs' "$T/raw" > "$T/dom" # its strings are not yet on the page
    grep -E ':CONSOLE' "$T/log" > "$T/console"
    return $code
}
# Asks the page itself: the answer comes back as its title.
ask() { # page width script-expression
    sed "s|</body>|<script>document.title = String($3)</script></body>|" "$1" > "$T/asked.html"
    browse --window-size="$2",900 --dump-dom "file://$T/asked.html"
    sed -nE 's/.*<title>(.*)<\/title>.*/\1/p' "$T/dom" | head -1
}

for kind in good bad; do
    if [ $kind = good ]; then perl "$here/fixture.pl"; else perl "$here/fixture.pl" bad; fi > "$T/$kind.json"
    "$E" report --from "$T/$kind.json" -q -o "$out/$kind.html"
    browse --window-size=1200,900 --dump-dom "file://$out/$kind.html"
    ok $? "$kind: the browser opens it"
    is "$(cat "$T/console")" "" "$kind: no console message"
    cp "$T/dom" "$T/$kind.dom"
    is "$(grep -o '<section' "$T/dom" | wc -l)" 10 "$kind: ten sections"
    is "$(grep -oE '<(img|iframe|object|embed|link|audio|video|form|a [^>]*href="[^#])' "$T/dom")" "" "$kind: no element that loads, none made by text"
done
grep -q '14.2.%</p>\|14.2.%<small' "$T/good.dom"
ok $? "good: the headline"
grep -q 'Nothing speaks against this answer' "$T/good.dom"
ok $? "good: nothing speaks against it"
for warning in 'The zero check fails' 'Small sample' 'Few sites' 'Not everything was read' 'Several models'; do
    grep -q "$warning" "$T/bad.dom"
    ok $? "bad: $warning"
done
grep -q '&lt;/script&gt;&lt;img src=x onerror=' "$T/good.dom"
ok $? "hostile text is there, as text"

charts=3
grep -q 'Chart.js v' "$out/good.html" || charts=0
is "$(ask "$out/good.html" 1200 "document.querySelectorAll('canvas').length + ' ' + Array.from(document.querySelectorAll('canvas')).filter(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)).length")" \
    "$charts $charts" "every chart is drawn"
is "$(ask "$out/good.html" 1200 "document.querySelectorAll('.graph g.node').length <= 60 \&\& Array.from(document.querySelectorAll('.graph circle')).every(c => +c.getAttribute('cx') > 0 \&\& +c.getAttribute('cx') < 1000)")" \
    true "the host graph has at most 60 sites, all inside"
for width in 1200 500; do
    is "$(ask "$out/bad.html" $width "document.documentElement.scrollWidth <= window.innerWidth")" true "nothing sticks out at $width pixels"
done
is "$(ask "$out/good.html" 1200 "(b => { b.click(); const d = b.closest('table').querySelectorAll('tbody td:nth-child(2)'); const n = Array.from(d, x => +x.textContent.replace(/[^0-9]/g, '')); return b.parentNode.getAttribute('aria-sort') + n.every((v, i) => i === 0 \|\| n[i - 1] >= v) })(document.querySelectorAll('#sites th button')[1])")" \
    descendingtrue "a click in the head sorts a table"
is "$(ask "$out/good.html" 1200 "Array.from(document.querySelectorAll('canvas')).every(c => c.getAttribute('aria-label').length > 20) \&\& document.querySelectorAll('figure details table').length >= 3")" \
    true "charts have text beside them and their figures as tables"

browse --window-size=1200,6600 --screenshot="$out/light.png" "file://$out/good.html"
browse --window-size=1200,6600 --blink-settings=preferredColorScheme=0 --screenshot="$out/dark.png" "file://$out/good.html"
browse --window-size=500,9000 --screenshot="$out/narrow.png" "file://$out/bad.html"
browse --no-pdf-header-footer --print-to-pdf="$out/print.pdf" "file://$out/good.html"
for picture in light dark narrow; do
    [ "$(stat -c %s "$out/$picture.png")" -gt 100000 ]
    ok $? "a picture: $picture"
done
! cmp -s "$out/light.png" "$out/dark.png"
ok $? "dark is not light"
[ "$(head -c 5 "$out/print.pdf")" = "%PDF-" ] && [ "$(grep -ac '/Type */Page\b' "$out/print.pdf")" -gt 3 ]
ok $? "it prints on several pages"

# The whole way: from an index.
. "$here/../cli/made_web.sh"
made_web 400 3 > "$T/web.jsonl"
"$E" scan --index "$T/idx" --no-output -q "$T/web.jsonl"
"$E" report --index "$T/idx" -q -o "$out/index.html"
browse --window-size=1200,900 --dump-dom "file://$out/index.html"
is "$(cat "$T/console")" "" "from an index: no console message"
is "$(grep -o '<section' "$T/dom" | wc -l)" 10 "from an index: ten sections"
"$E" scan --no-output --summary json "$T/web.jsonl" 2> "$T/scan.json"
"$E" report --summary "$T/scan.json" -q -o "$out/summary.html"
browse --window-size=1200,900 --dump-dom "file://$out/summary.html"
is "$(cat "$T/console")" "" "from a summary: no console message"
grep -q 'this report was made without an index' "$T/dom"
ok $? "from a summary: what is not there is said"
: > "$T/none.jsonl"
"$E" scan --index "$T/empty" --no-output -q "$T/none.jsonl"
"$E" report --index "$T/empty" -q -o "$out/empty.html"
"$E" scan --index "$T/unjudged" --no-output --text-only -q "$T/web.jsonl"
"$E" report --index "$T/unjudged" -q -o "$out/unjudged.html"
echo '{}' > "$T/nothing.json"
"$E" report --from "$T/nothing.json" -q -o "$out/nothing.html"
for page in empty unjudged nothing; do
    browse --window-size=1200,900 --dump-dom "file://$out/$page.html"
    is "$(cat "$T/console") $(grep -c 'No document could be judged' "$T/dom")" " 1" "$page: says that there is no answer"
done
done_testing
