#!/bin/bash
. "$(dirname "$0")/tap.sh"

txt='User-agent: *\nDisallow: /x\nAllow: /x/y\nCrawl-delay: 1.5\nContent-Signal: ai-train=no\nSitemap: http://h/s.xml\n'
printf '%s\n' '{"robots":"'"$txt"'","agent":"a","url":"http://h/x"}' '{"robots":"'"$txt"'","agent":"a","url":"http://h/x/y"}' \
    '{"robots":"","agent":"a","url":"http://h/x"}' > "$T/in"
run "$E" robots "$T/in"
is "$code" 0 "lines are read"
is "$(tr '\n' ' ' < "$T/out")" '{"allowed":false} {"allowed":true} {"allowed":true} ' "an answer for each"
is "$("$E" robots --explain < "$T/in" | head -1)" \
    '{"allowed":false,"line":2,"rule":"disallow: /x","own_group":false,"crawl_delay":1.500,"signals":["ai-train=no"],"usages":[],"licences":[],"sitemaps":["http://h/s.xml"]}' "--explain"
printf 'no\n{"robots":"","agent":"a"}\n{"robots":"","agent":"a","url":"/"}\n' > "$T/bad"
run "$E" robots "$T/bad"
is "$code" 3 "a damaged line: exit 3"
is "$(grep -c error "$T/out")" 2 "an error for each"
is "$(tail -1 "$T/out")" '{"allowed":true}' "and the run goes on"
done_testing
