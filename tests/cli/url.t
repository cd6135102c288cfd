#!/bin/bash
. "$(dirname "$0")/tap.sh"

printf '%s\n' '{"input":"HTTP://EXAMPLE.com:80/a/../b c","base":null}' '{"input":"../x?q#f","base":"https://h/a/b/c"}' \
    '{"input":"x"}' '{"input":"x","base":"mailto:a"}' '{"input":"x","base":":"}' > "$T/in"
run "$E" url "$T/in"
is "$code" 0 "what is no URL is an answer, not damage"
is "$(sed -n 1p "$T/out")" '{"href":"http://example.com/b%20c"}' "parsed"
is "$(sed -n 2p "$T/out")" '{"href":"https://h/a/x?q#f"}' "resolved"
is "$(sed -n 3,5p "$T/out" | grep -c '^{"error":"')" 3 "no base, a base that cannot be one, a base that is none"
is "$(echo '{"input":"https://u:p@www.example.co.uk:8/a?b#c"}' | "$E" url --parts)" \
    '{"href":"https://u:p@www.example.co.uk:8/a?b#c","origin":"https://www.example.co.uk:8","protocol":"https:","username":"u","password":"p","host":"www.example.co.uk:8","hostname":"www.example.co.uk","port":"8","pathname":"/a","search":"?b","hash":"#c","domain":"example.co.uk"}' "--parts"
echo '{"input":"http://u@h//x;jsessionid=1?utm_source=a&b=2&a=1&&PHPSESSID=9#f"}' > "$T/n"
is "$("$E" url --normalise "$T/n")" '{"href":"http://h/x?b=2&a=1"}' "--normalise"
is "$("$E" url --rules=sort,-tracking "$T/n")" '{"href":"http://h/x?a=1&b=2&utm_source=a"}' "--rules adds and leaves out"
is "$("$E" url --rules=none,fragment "$T/n")" '{"href":"http://u@h//x;jsessionid=1?utm_source=a&b=2&a=1&&PHPSESSID=9"}' "--rules=none,..."
run "$E" url --rules=nosuch "$T/n"
is "$code" 129 "an unknown rule: usage"
printf '{"input":"http://h/\\uD800x"}\n{"input":\n\n{"base":"http://h/"}\n{"input":"http://h/2"}\n' > "$T/bad"
run "$E" url "$T/bad"
is "$code" 3 "a damaged line: exit 3"
is "$(sed -n 1p "$T/out")" '{"href":"http://h/%EF%BF%BDx"}' "half of a surrogate pair is U+FFFD"
is "$(sed -n 2,3p "$T/out" | grep -c error)" 2 "an error for each damaged line"
is "$(sed -n 4p "$T/out")" '{"href":"http://h/2"}' "and the run goes on"
run "$E" url /nonexistent
is "$code" 2 "no such file: exit 2"
done_testing
