#!/bin/bash
# The report in a real browser: no console message, the figures on the page, no element made by hostile text, nothing cut off on
# a narrow screen, charts drawn in light, dark and print, tables that sort, search, filter and give CSV, the keyboard alone, and
# the contrast of every text. Skipped where there is no Chromium or node (apt-get install chromium nodejs). KEEP=DIR keeps pages,
# pictures and the PDF to look at.
. "$(dirname "$0")/../cli/tap.sh"
BROWSER=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$BROWSER" ] || ! command -v node > /dev/null; then
    skip "no chromium or no node: the report in a browser"
    done_testing
fi
export BROWSER
out=${KEEP:-$T}
mkdir -p "$out"
here=$TOP/tests/browser

page() { node "$here/page.mjs" "$@" 2> "$T/console"; } # what page.mjs prints; console messages into $T/console

# The page as it became, without scripts: their strings are not on it.
dom="(() => { const d = document.documentElement.cloneNode(true); d.querySelectorAll('script, style').forEach(s => s.remove()); return d.outerHTML; })()"
for kind in good bad; do
    if [ $kind = good ]; then perl "$here/fixture.pl"; else perl "$here/fixture.pl" bad; fi > "$T/$kind.json"
    "$E" report --from "$T/$kind.json" -q -o "$out/$kind.html"
    page "file://$out/$kind.html" "$dom" > "$T/$kind.dom"
    ok $? "$kind: the browser opens it"
    is "$(cat "$T/console")" "" "$kind: no console message"
    is "$(grep -oE '<(img|iframe|object|embed|link|audio|video|form|a [^>]*href="[^#])' "$T/$kind.dom")" "" "$kind: no element that loads, none made by text"
done
is "$(grep -o '<section' "$T/good.dom" | wc -l)" 12 "good: twelve sections"
is "$(grep -o '<section' "$T/bad.dom" | wc -l)" 11 "bad: one less, without what the model was measured on"
grep -q 'at least 13.6.%' "$T/good.dom" && grep -q '<b>14.2.%</b>' "$T/good.dom"
ok $? "good: the lower end, and the estimate"
grep -q 'Nothing that was checked speaks against it' "$T/good.dom"
ok $? "good: nothing speaks against it"
for warning in 'The zero check fails' 'Small sample' 'Few sites' 'Not everything was read' 'Several models'; do
    grep -q "$warning" "$T/bad.dom"
    ok $? "bad: $warning"
done
grep -q '&lt;/script&gt;&lt;img src=x onerror=' "$T/good.dom"
ok $? "hostile text is there, as text"

# What the page does, asked of it in one visit.
charts=4
grep -q 'Chart.js v' "$out/good.html" || charts=0
# shellcheck disable=SC2016
page "file://$out/good.html" \
    "document.querySelectorAll('canvas').length + ' ' + Array.from(document.querySelectorAll('canvas')).filter(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)).length" \
    "Array.from(document.querySelectorAll('canvas')).every(c => c.getAttribute('aria-label').length > 20) && document.querySelectorAll('figure details table').length >= 3" \
    "Array.from(document.querySelectorAll('.table')).every(t => t.querySelector('.tools button'))" \
    "(b => { b.click(); const n = Array.from(b.closest('table').querySelectorAll('tbody td:nth-child(2)'), x => +x.textContent.replace(/[^0-9.]/g, '')); return b.parentNode.getAttribute('aria-sort') + n.every((v, i) => i === 0 || n[i - 1] >= v) })(document.querySelectorAll('#sites .table')[1].querySelectorAll('th button')[1])" \
    "(t => { const s = t.querySelector('input'); s.value = 'KORmarba 6'; s.dispatchEvent(new Event('input')); const all = Array.from(t.querySelectorAll('tbody tr')); return t.querySelector('[role=status]').textContent + all.every(r => r.textContent.includes('kormarba')) })(document.querySelector('#pages .table'))" \
    "(t => { const s = t.querySelector('input'); s.value = ''; const c = t.querySelectorAll('select'); c[1].value = 'known model output'; c[1].dispatchEvent(new Event('change')); return c.length + ' ' + t.querySelector('[role=status]').textContent.replace(/\\s/g, ' ') })(document.querySelector('#pages .table'))" \
    "(async t => { let blob; const make = URL.createObjectURL; URL.createObjectURL = b => { blob = b; return make(b); }; t.querySelector('.end button').click(); URL.createObjectURL = make; const lines = (await blob.text()).split('\\r\\n'); return lines.length - 2 + ' ' + lines[0] })(document.querySelector('#pages .table'))" \
    "(async t => { const c = t.querySelectorAll('select'); c[1].value = ''; c[1].dispatchEvent(new Event('change')); let blob; const make = URL.createObjectURL; URL.createObjectURL = b => { blob = b; return make(b); }; t.querySelector('.end button').click(); URL.createObjectURL = make; const text = await blob.text(); return text.includes('\"\\'=cmd|calc\"') + ' ' + text.includes('\"=') + ' ' + text.includes('onerror=\"\"document') })(document.querySelector('#pages .table'))" \
    "(() => { const boxes = Array.from(document.querySelectorAll('.graph g.node:not(.quiet) text'), t => t.getBoundingClientRect()); const edge = document.querySelector('.graph svg').getBoundingClientRect(); let meet = 0; boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => meet += a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)); return meet + ' ' + boxes.every(b => b.left >= edge.left && b.right <= edge.right) + ' ' + (document.querySelectorAll('.graph g.node').length <= 60) })()" \
    > "$T/said"
is "$(sed -n 1p "$T/said")" "$charts $charts" "every chart is drawn"
is "$(sed -n 2p "$T/said")" true "charts have text beside them and their figures as tables"
is "$(sed -n 3p "$T/said")" true "every table can be downloaded"
is "$(sed -n 4p "$T/said")" descendingtrue "a click in the head sorts a table"
[[ "$(sed -n 5p "$T/said")" == *true && "$(sed -n 5p "$T/said")" != 200* ]]
ok $? "the search leaves rows that have every word ($(sed -n 5p "$T/said"))"
is "$(sed -n 6p "$T/said")" "3 25 of 200 rows" "flagged pages by site, reason and month"
is "$(sed -n 7p "$T/said")" '25 "Page","Probability","Site","Captured","Words","Language","Score","Reasons","Beginning","Input","Offset"' "the CSV has the rows that are left, and more columns"
is "$(sed -n 8p "$T/said")" "true false true" "in CSV a formula is text, quotes are doubled"
is "$(sed -n 9p "$T/said")" "0 true true" "no two names of the graph meet, all are inside, at most 60 sites"

# The keyboard alone: to the head of the first table that can be sorted, and sorting it.
page "file://$out/good.html" key:Tab "document.activeElement.className" key:Enter "location.hash" key:Tab*20 \
    "(e => !!e && e !== document.body && getComputedStyle(e).outlineStyle !== 'none')(document.activeElement)" \
    "(() => { document.querySelector('#kinds th button').focus(); return '' })()" key:Enter "document.querySelector('#kinds th').getAttribute('aria-sort')" \
    "Array.from(document.querySelectorAll('button, input, select, summary, nav a')).filter(e => e.offsetParent).every(e => e.tabIndex >= 0 && (e.textContent || e.getAttribute('aria-label')).trim().length > 0)" > "$T/said"
is "$(tr '\n' ' ' < "$T/said")" "skip #answer true  ascending true " "keyboard: the first stop leads to the answer, what has the focus shows it, Enter sorts, nothing is out of reach or nameless"

# One visit a look: contrast, nothing sticking out, no number cut off, a cue where a table goes on, and a picture to look at.
wide="document.documentElement.scrollWidth <= window.innerWidth"
cut="Array.from(document.querySelectorAll('td.num, .big, .value')).filter(e => { if (!e.checkVisibility({contentVisibilityAuto: true})) return false; const words = document.createRange(); words.selectNodeContents(e); const b = words.getBoundingClientRect(), s = e.closest('.scroll'), edge = s ? s.getBoundingClientRect().right : window.innerWidth; return b.width && b.left < edge && b.right > edge + 0.5 }).length"
cue="Array.from(document.querySelectorAll('.scroll')).filter(s => s.checkVisibility()).every(s => (s.scrollWidth > s.clientWidth + 1) === !s.parentNode.querySelector('.cue').hidden)"
for look in "1280" "1280 --dark" "400" "400 --dark"; do
    name=$(echo "$look" | tr -d ' ')
    # shellcheck disable=SC2086
    page --width $look --shot "$out/first-$name.png" --full "$out/page-$name.png" "file://$out/good.html" "$wide" "$cut" "$cue" "$(cat "$here/contrast.js")" > "$T/said"
    is "$(head -3 "$T/said" | tr '\n' ' ')" "true 0 true " "at $look nothing sticks out, no number is cut, and a table that goes on says so"
    is "$(tail -n +4 "$T/said")" "" "contrast at $look"
    [ "$(stat -c %s "$out/page-$name.png")" -gt 100000 ]
    ok $? "a picture at $look"
done
page --pdf "$out/print.pdf" "file://$out/good.html"
is "$(head -c 5 "$out/print.pdf") $(grep -ac '/Type */Page\b' "$out/print.pdf")" "%PDF- 2" "it prints on two pages"
is "$(page --width 768 "file://$out/bad.html" "$wide" "$cut" "$cue" | tr '\n' ' ')" "true 0 true " "nor at 768, with warnings"

# The whole way: from an index.
. "$here/../cli/made_web.sh"
made_web 400 3 > "$T/web.jsonl"
"$E" scan --index "$T/idx" --no-output -q "$T/web.jsonl"
"$E" report --index "$T/idx" -q -o "$out/index.html"
is "$(page "file://$out/index.html" "document.querySelectorAll('section').length" "document.querySelectorAll('#pages .page p').length > 3")" $'12\ntrue' "from an index: twelve sections, the flagged pages with their beginnings"
is "$(cat "$T/console")" "" "from an index: no console message"
"$E" scan --no-output --summary json "$T/web.jsonl" 2> "$T/scan.json"
"$E" report --summary "$T/scan.json" -q -o "$out/summary.html"
page "file://$out/summary.html" "$dom" > "$T/dom"
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
for kind in empty unjudged nothing; do
    page "file://$out/$kind.html" "$dom" > "$T/dom"
    is "$(cat "$T/console") $(grep -c 'No document could be judged' "$T/dom")" " 1" "$kind: says that there is no answer"
done
done_testing
