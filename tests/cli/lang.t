#!/bin/bash
. "$(dirname "$0")/tap.sh"

printf 'The gate fell off again and nobody could say why.\nDas Tor ist schon wieder abgefallen, niemand weiß warum.\n\n' > "$T/lines"
run "$E" lang "$T/lines"
is "$code" 0 "lines are read"
is "$(sed -n 1p "$T/out" | cut -c1-12)" '{"lang":"en"' "English"
is "$(sed -n 2p "$T/out" | cut -c1-12)" '{"lang":"de"' "German"
is "$(sed -n 3p "$T/out")" '{"lang":"un","confidence":0.000}' "an empty line has no language"
printf '{"id":1,"text":"Калитка опять упала, и никто не мог сказать почему."}\n' > "$T/jsonl"
is "$("$E" lang < "$T/jsonl" | cut -c1-12)" '{"lang":"ru"' "JSON lines, from standard input"
printf '{"id":1,"body":"La puerta se cayó otra vez y nadie supo decir por qué."}\n' > "$T/field"
is "$("$E" lang --text-field body "$T/field" | cut -c1-12)" '{"lang":"es"' "--text-field"
printf '{"id":1\nA second line that is good English text.\n' > "$T/bad"
run "$E" lang "$T/bad"
is "$code" 3 "a damaged line: exit 3"
is "$(wc -l < "$T/out")" 2 "and still a line for each"
grep -q '"error"' "$T/out"
ok $? "with an error"
run "$E" lang /nonexistent
is "$code" 2 "no such file: exit 2"
done_testing
