#!/bin/bash
. "$(dirname "$0")/tap.sh"

# Words that stand nowhere else: number of the first, how many.
text() { seq -f 'w%g' -s ' ' "$1" $(($1 + $2 - 1)); }
page() { printf '{"url":"https://www.%s/%s","date":"%s","text":"%s"}\n' "$1" "$2" "$3" "$4"; }

# A passage of 150 words on six sites from January on, between words of their own; a template on
# ten pages of one site; a licence on twelve sites years before.
mkdir "$T/in"
for i in 1 2 3 4 5 6; do
    page "copy$i.com" a "2023-0$i-10" "$(text $((i * 1000)) 120) $(text 100000 150) $(text $((i * 1000 + 200)) 60)"
done > "$T/in/echo.jsonl"
for i in 1 2 3 4 5 6 7 8 9 10; do
    page "one.org" "$i" "2023-05-01" "$(text $((i * 1000 + 20000)) 120) $(text 200000 100)"
done > "$T/in/template.jsonl"
for i in 10 11 12 13 14 15 16 17 18 19 20 21; do
    page "lib$i.net" "$i" "20$i-05-01" "$(text $((i * 1000 + 40000)) 120) $(text 300000 150)"
done > "$T/in/licence.jsonl"

"$E" scan --index "$T/idx" --no-output -q "$T/in"
run "$E" echo --index "$T/idx" --json
is "$code" 0 "echo"
is "$(wc -l < "$T/out")" 1 "one passage: not the template, not the licence"
grep -q '"first":{"date":"2023-01-10T00:00:00Z","published":null,"domain":"copy1.com","url":"https://www.copy1.com/a"}' "$T/out"
ok $? "with its first sight"
grep -q '"domains":6,"domains_estimated":false,"documents":6,.*"months":{"2023-01":1,"2023-02":1,"2023-03":1,"2023-04":1,"2023-05":1,"2023-06":1}' "$T/out"
ok $? "and its sites by month"
# Words of the passage, in order, and none before or behind it.
words=$(sed -nE 's/.*"text":"([^"]*)".*/\1/p' "$T/out")
case " $(text 100000 150) " in *" $words "*) true ;; *) false ;; esac
ok $? "its text is read again from the input"
grep -q '^prints .* several pages of one$' "$T/err" && grep -q '^passages *1 echo, 1 boilerplate' "$T/err"
ok $? "what was told apart is counted"
grep -q "^model       $("$E" query --index "$T/idx" --json | jq -r .model)$" "$T/err"
ok $? "whose verdicts the shares are of: the model that query names"

run "$E" echo --index "$T/idx" -q --kinds all --csv
is "$(wc -l < "$T/out")" 3 "--kinds all --csv: a header and two passages"
is "$(sed -n 2p "$T/out" | cut -d, -f2,3)" 'boilerplate,2010-05-01T00:00:00Z' "in order of first sight"
run "$E" echo --index "$T/idx" -q --sort domains --kinds all --limit 1
grep -q '12 sites .* boilerplate' "$T/out"
ok $? "--sort domains --limit 1: the widest, as a table"
run "$E" echo --index "$T/idx" -q --min-domains 7
is "$(wc -c < "$T/out")" 0 "--min-domains"
run "$E" echo --index "$T/idx" --min-domains 1
is "$code" 129 "one site is no echo"
run "$E" echo
is "$code" 129 "--index is needed"
run "$E" echo --index "$T/none"
is "$code" 2 "no index there"

run "$E" echo --index "$T/idx" --by month --json
is "$code" 0 "--by month"
is "$(jq -r .month "$T/out" | head -1)" all "the row of all months comes first"
is "$(jq -s 'map(select(.month != "all")) | map(.human_sites + .machine_sites + .unclear_sites) | add' "$T/out")" 6 "every site of the passage is in its month"
is "$(jq -s 'map(select(.month == "2023-06")) | .[0] | .unclear_total + .human_total + .machine_total' "$T/out")" 6 "and in the number of sites so far"
run "$E" echo --index "$T/idx" --by month --csv
is "$(head -1 "$T/out" | cut -d, -f1-4)" month,documents,known_sites,machine_sites "--by month --csv"
is "$(awk -F, '{ print NF }' "$T/out" | sort -u | wc -l)" 1 "with as many fields in each line"
run "$E" echo --index "$T/idx" --by month
cp "$T/out" "$T/by.month"
grep -q '^Passages on several sites: ' "$T/out"
ok $? "as a table, with sentences"
run "$E" echo --index "$T/idx" --by week
is "$code" 129 "--by takes month"
grep -q 'not known: fewer than three dated sites came after the first' "$T/by.month"
ok $? "why no growth is known"
"$E" echo --index "$T/idx" --by month > /dev/full 2> "$T/err"
is "$?:$(grep -c 'cannot write' "$T/err" | sed 's/[1-9]/said/'):$(grep -c 'echo: ' "$T/err")" 2:said:0 "--by month: a disk that is full is said, and nothing else"
run "$E" echo --index "$T/idx" --by month --min-domains 7 --json
is "$(jq -s '.[0] | .human_sites + .machine_sites + .unclear_sites' "$T/out")" 0 "--by month --min-domains: passages on so many sites"
for bad in "--kinds echo" "--sort first" "--limit 100" "--lang en"; do
    # shellcheck disable=SC2086
    run "$E" echo --index "$T/idx" --by month $bad
    is "$code" 129 "--by month $bad is refused"
done
run "$E" echo --index "$T/idx" --limit 0
is "$code" 129 "--limit is 1 at least"
run "$E" echo --index "$T/idx" --by month --homogenisation
is "$code" 129 "--by with --homogenisation is refused"

# A machine's passage in pages that are mostly a person's list: it is judged by itself.
machine="In today's fast-paced world, effective communication plays a crucial role in fostering collaboration and driving success. Additionally, it enables individuals to build meaningful connections and navigate complex challenges with confidence. Moreover, by leveraging a wide range of innovative strategies, organizations can unlock their full potential and create a more inclusive environment for everyone. In conclusion, it is essential to prioritize clear communication, as it not only enhances productivity but also contributes to well-being. Furthermore, embracing diverse perspectives can lead to valuable insights and ultimately pave the way for a brighter future."
for i in 1 2 3; do page "mixed$i.com" a "2023-0$i-10" "$(text $((i * 1000 + 500000)) 400) $machine $(text $((i * 1000 + 600000)) 100)"; done > "$T/mixed.jsonl"
"$E" scan --index "$T/mixed" --no-output -q "$T/mixed.jsonl"
run "$E" echo --index "$T/mixed" -q --json
is "$(jq -r '[.written, (.score > 0.5)] | @csv' "$T/out")" '"machine",true' "a passage is judged by itself, not by its pages"
run "$E" echo --index "$T/mixed" --by month --json
is "$(jq -s '.[0].machine_sites' "$T/out")" 3 "by month as well"
run "$E" echo --index "$T/mixed" -q --no-text --json
is "$(jq -c .score "$T/out")" null "--no-text: not judged"

"$E" scan --index "$T/mixed" --text-only --no-output -q "$T/mixed.jsonl"
run "$E" echo --index "$T/mixed" --by month --no-text --json
is "$(jq -s '.[0].documents' "$T/out")" 3 "documents that were read without a model as well are counted once"

rm "$T/in/echo.jsonl"
run "$E" echo --index "$T/idx" -q
grep -q 'source not available' "$T/out"
ok $? "without the input: said so"

# The same web in three shards, in other files, in another order.
for i in 1 2 3 4 5 6; do
    page "copy$i.com" a "2023-0$i-10" "$(text $((i * 1000)) 120) $(text 100000 150) $(text $((i * 1000 + 200)) 60)"
done > "$T/in/echo.jsonl"
for i in 0 1 2; do "$E" scan --index "$T/s$i" --shard $i/3 --no-output -q "$T/in"; done
"$E" merge -o "$T/merged" "$T/s2" "$T/s0" "$T/s1" 2> /dev/null
"$E" echo --index "$T/idx" -q --json --kinds all > "$T/a"
"$E" echo --index "$T/merged" -q --json --kinds all > "$T/b"
[ -s "$T/a" ] && cmp -s "$T/a" "$T/b"
ok $? "three shards merged: the same echoes"

"$E" forget --index "$T/idx" --domain copy3.com > /dev/null 2>&1
run "$E" echo --index "$T/idx" -q --json
grep -q '"domains":5' "$T/out" && ! grep -q copy3 "$T/out"
ok $? "a forgotten site is in no echo"

# Homogenisation: documents of 400 words from six sites in two months; in the later one all say
# nearly the same.
for i in $(seq 1 24); do
    page "early$i.com" a "2021-03-0$((i % 9 + 1))" "$(text $((i * 1000 + 500000)) 500)"
    page "late$i.com" a "2024-03-0$((i % 9 + 1))" "$(text 800000 180) $(text $((i * 1000 + 600000)) 320)"
done > "$T/h.jsonl"
"$E" scan --index "$T/h" --no-output -q "$T/h.jsonl"
run "$E" echo --index "$T/h" --homogenisation --json
is "$code" 0 "echo --homogenisation"
value() { sed -nE "/\"month\":\"$1\".*\"similarity\"/s/.*\"$2\":(-?[0-9.]+).*/\1/p" "$T/out"; }
is "$(value 2021-03 documents) $(value 2024-03 documents)" "24 24" "all documents are measured"
awk -v a="$(value 2021-03 similarity_high)" -v b="$(value 2024-03 similarity_low)" 'BEGIN {exit !(a < 0.2 && b > 0.7)}'
ok $? "similarity: documents that say the same are alike, others are not, beyond the intervals"
awk -v a="$(value 2024-03 drift)" -v b="$(value 2021-03 drift)" 'BEGIN {exit !(a > b + 0.2)}'
ok $? "drift from before 2022-11"
grep '"reused"' "$T/out" | grep -q '"month":"2021-03".*"reused":0.000000'
ok $? "re-use: none in the first month"
grep '"reused"' "$T/out" | grep -q '"month":"2024-03".*"reused":0.[2-9]'
ok $? "and much in the second"
run "$E" echo --index "$T/h" --homogenisation --csv
is "$(head -1 "$T/out" | tr ',' '\n' | wc -l)" "$(sed -n 2p "$T/out" | tr ',' '\n' | wc -l)" "CSV: as many fields as names"
is "$(head -1 "$T/out" | tr ',' '\n' | wc -l)" "$(tail -1 "$T/out" | tr ',' '\n' | wc -l)" "also where re-use is"
run "$E" echo --index "$T/h" --homogenisation
grep -q '^2024-03' "$T/out"
ok $? "a table"
done_testing
