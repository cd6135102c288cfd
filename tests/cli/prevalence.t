#!/bin/bash
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"

made_web 1500 7 > "$T/web.jsonl"
sed 's/"date":"[^"]*"/"date":"2999-01-01T00:00:00Z"/' <(made_web 60 8) > "$T/later.jsonl"
"$E" scan --index "$T/one" --no-output -q "$T/web.jsonl" "$T/later.jsonl"

run "$E" prevalence --index "$T/one" --by month --json
is "$code" 0 "by month"
is "$(head -n 1 "$T/out" | grep -o '"[a-z_]*":' | tr -d '":\n' )" \
    "monthdocumentswordsjudgedscoreddomainsflaggedrawleaksknownestimatelowhighestimatorzero_checkzero_lowzero_highzero_documentsno_languagetoo_shortnot_proseundatedbackdateddate_doubtfulpoolsnotemodel" \
    "a row has the fields of the contract"
is "$(grep -o '"documents":[0-9]*' "$T/out" | awk -F: '{ n += $2 } END { print n }')" 1560 "every document is in one row"
tail -n 1 "$T/out" | grep -q '"month":null,"documents":60,.*"date_doubtful":true'
ok $? "dates in the future are told apart"
run "$E" prevalence --index "$T/one" --by all --json --all-estimators
grep -q '"estimate":0\.[0-9]*,"low":0\.[0-9]*,"high":[01]\.[0-9]*,"estimator":"mixture, own human slice"' "$T/out" &&
    grep -q '"estimators":{"raw":{.*"adjusted":{.*"posterior":{.*"em":{.*"histogram":{.*"mixture":{.*"words":{.*"excess":{' "$T/out"
ok $? "an estimate with interval, and every estimator beside it"
sed 's/,"estimators".*//' "$T/out" | awk -F'[:,]' '{ for (i = 1; i < NF; i++) v[$i] = $(i + 1); exit !(v["\"low\""] <= v["\"estimate\""] && v["\"estimate\""] <= v["\"high\""]) }'
ok $? "the interval holds the estimate"
grep -q '"zero_check":0\.[0-9]*' "$T/out"
ok $? "the zero check is there"

# Machine text from 2023 on only: the months before are what the rest is held against.
grep -vE '"date":"202[0-2].*"(Moreover|Furthermore|Additionally|Overall|Ultimately)' "$T/web.jsonl" > "$T/after.jsonl"
"$E" scan --index "$T/after" --no-output -q "$T/after.jsonl"
run "$E" prevalence --index "$T/after" --by all --json --all-estimators
grep -o '"words":{"estimate":0\.[0-9]*.*' "$T/out" |
    grep -q '^"words":{"estimate":0\.[1-9].*"excess":{"estimate":0\.[1-9][0-9]*,"low":0\.[0-9]*,"high":1\.0*,"zero_check":0\.0'
ok $? "words alone see it too, with their own zero check"

# A crawl that fetched all machine text and a fifth of the rest says so of each page; the share is that of what it drew from.
perl - "$T/web.jsonl" > "$T/focused.warc" <<'PERL'
use strict; use warnings; use JSON::PP;
srand(3);
open(my $in, '<', $ARGV[0]) or die;
print "WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Record-ID: <urn:x:0>\r\nContent-Length: 0\r\n\r\n\r\n\r\n";
while (<$in>) {
    my $row = decode_json($_);
    my $machine = $row->{text} =~ /^(Moreover|Furthermore|Additionally|Overall|Ultimately)/;
    next if !$machine && rand() > 0.2;
    my $http = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n$row->{text}";
    print "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: $row->{url}\r\nWARC-Date: $row->{date}\r\nWARC-Record-ID: <urn:x:$.>\r\n",
        ($machine ? '' : "Echometer-Inclusion: 0.200000\r\n"), "Content-Type: application/http; msgtype=response\r\nContent-Length: ", length($http), "\r\n\r\n$http\r\n\r\n";
}
PERL
"$E" scan --index "$T/focused" --no-output -q "$T/focused.warc"
run "$E" prevalence --index "$T/focused" --by all --json --all-estimators
sed 's/.*"raw":\([0-9.]*\),"leaks".*"estimators":{"raw":{"estimate":\([0-9.]*\),.*/\1 \2/' "$T/out" | awk '{ exit !($1 > 0.55 && $2 > 0.24 && $2 < 0.38) }'
ok $? "a focused crawl's weights reach the estimates: $(sed 's/.*"raw":\([0-9.]*\),"leaks".*"estimators":{"raw":{"estimate":\([0-9.]*\),.*/\1 counted, \2 estimated/' "$T/out")"

# A crawl that followed its focus drew nothing: every page has a weight of 0.
sed 's/Echometer-Inclusion: 0.200000/Echometer-Inclusion: 0/; s/^WARC-Record-ID: <urn:x:[1-9][0-9]*>/&\r\nEchometer-Inclusion: 0/' "$T/focused.warc" | awk '/^Echometer-Inclusion/ { if (last) next; last = 1; print; next } { last = 0; print }' > "$T/drawn.warc"
"$E" scan --index "$T/drawn" --no-output -q "$T/drawn.warc"
run "$E" prevalence --index "$T/drawn" --by all --json
is "$(jq -c '[.note, .estimate, .estimator]' "$T/out")" '["no sample: a focused crawl",null,null]' "pages outside any sample: the note says why there is no estimate"
run "$E" prevalence --index "$T/drawn" --by domain --anchor site
is "$code:$(grep -c 'needs 20 sites with 10 documents of before 2022-11 each, and [0-9]* have them' "$T/err")" 0:1 "--anchor site without such sites: said"

for key in lang tld domain host month,lang month,tld,domain; do
    run "$E" prevalence --index "$T/one" --by $key --csv
    is "$code:$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "documents") c = i } NR > 1 { n += $c } END { print n }' "$T/out")" 0:1560 "--by $key: rows add up"
done
run "$E" prevalence --index "$T/one" --by domain --json
grep -q '"note":"too few documents"' "$T/out" && ! grep '"note":"too few' "$T/out" | grep -vq '"estimate":null'
ok $? "small strata say so and have no number"
run "$E" prevalence --index "$T/one" --axis published --by month --json
grep -q '"month":null,"documents":1560,.*"date_doubtful":true' "$T/out"
ok $? "--axis published: pages that name no date are told apart"
run "$E" prevalence --index "$T/one" --axis first-seen --by month --json
is "$code:$(tail -n 1 "$T/out" | grep -c '"date_doubtful":true')" 0:1 "--axis first-seen"

printf 'site1.example\t3\nsite2.example\t1\n' > "$T/w"
run "$E" prevalence --index "$T/one" --by domain --weights "$T/w" --json
grep -q '"weighted":true,"month":"all","documents":[1-9]' "$T/out"
ok $? "--weights adds the weighted share"
printf 'site1.example\t3\nsite99.example\t1\n' > "$T/w"
run "$E" prevalence --index "$T/one" --by domain --weights "$T/w"
is "$code $(grep -c "no stratum 'site99.example'" "$T/err")" "2 1" "a weight for a stratum that does not exist is an error"
echo nonsense > "$T/w"
run "$E" prevalence --index "$T/one" --by domain --weights "$T/w"
is "$code" 2 "weights that are none are refused"

# The same documents in other pieces and order.
head -n 700 "$T/web.jsonl" > "$T/a.jsonl"
tail -n +701 "$T/web.jsonl" > "$T/b.jsonl"
"$E" scan --index "$T/two" --no-output -q --threads 3 "$T/later.jsonl" "$T/b.jsonl" "$T/a.jsonl"
"$E" prevalence --index "$T/one" --by month,tld --json > "$T/one.out"
"$E" prevalence --index "$T/two" --by month,tld --json > "$T/two.out"
cmp -s "$T/one.out" "$T/two.out"
ok $? "the same numbers from an index built in another order"

# The total comes first, over all documents, dated or not; small months are put together.
run "$E" prevalence --index "$T/one" --json
is "$(head -n 1 "$T/out" | jq -c '[.month, .documents, .judged, .undated]')" '["all",1560,1560,60]' "the total comes first, undated documents included"
is "$(head -n 1 "$T/out" | jq -r '.headline | test("^Of 1560 documents judged, at least [0-9.]+ % read like the machine text that .*@")')" true "with a sentence that says of which documents it is"
is "$(jq -s '[.[1:][] | .documents] | add' "$T/out")" 1560 "every document is in one row behind it"
is "$(jq -s '[.[1:][] | select(.month != null and .month != "2022-Q4" and .scored < 50)] | length' "$T/out")" 0 "months with too few documents are put together (November and December 2022 stand alone)"
is "$(jq -r 'select(.pools != null) | select((.month | test("^20[0-9][0-9](-Q[1-4])?$") | not) or (.pools | length) < 2) | .month' "$T/out")" "" "to quarters or years, which say what they pool"
run "$E" prevalence --index "$T/one" --by month,raw --json
is "$(jq -s '[.[] | select(.pools != null)] | length' "$T/out") $(jq -s 'length' "$T/out")" "0 61" "--by month,raw: months as they are"
run "$E" prevalence --index "$T/one"
is "$(grep -c '^Of 1560 documents judged, at least' "$T/out") $(grep -c 'what is seen of a kind' "$T/out")" "1 1" "the table ends with the sentences and the kinds of machine"
grep -q 'Nothing that was looked at speaks against' "$T/out" && grep -q '^!' "$T/out"
is "$?" 1 "and never says both that nothing speaks against it and what does"
run "$E" prevalence --index "$T/one" --at 2022-11-30 --changes
is "$code" 0 "--at and --changes"
run "$E" prevalence --index "$T/one" --by domain --anchor site --json
cp "$T/out" "$T/anchored"
is "$code" 0 "--anchor site"
run "$E" prevalence --index "$T/one" --by domain --json
cp "$T/out" "$T/plain"
run "$E" prevalence --index "$T/one" --by domain --anchor auto --json
is "$(cmp "$T/out" "$T/anchored" && echo same)" same "is what --anchor auto does where sites have old documents enough"
is "$(jq -s '[.[] | select((.estimator // "") | test("drawn to all sites"))] | length > 0 and all(.[]; .low <= .estimate and .estimate <= .high and .zero_documents > 0 and .zero_documents < .documents / 2)' "$T/out")" true "rows large enough are anchored, with intervals and a zero check on half of the old documents"
is "$(jq -s 'all(.[]; .estimate == null or (.low <= .estimate and .estimate <= .high))' "$T/out")" true "and gives shares with intervals"
run "$E" prevalence --index "$T/one" --by domain --anchor none --json
is "$(cmp "$T/out" "$T/plain" && echo same)" same "--anchor none is the default"
is "$code:$(grep -c 'drawn to all sites' "$T/out")" 0:0 "--anchor none: no row is anchored"
run "$E" prevalence --index "$T/one" --by month --anchor site --json
is "$code:$(grep -c 'by domain, host or tld only' "$T/err")" 0:1 "--anchor site without such rows: said"
for bad in "--by colour" "--axis moon" "--anchor chain" "--at never" "--json --csv" "--by lang --at 2022-11-30" "--replicates 3" extra; do
    # shellcheck disable=SC2086
    run "$E" prevalence --index "$T/one" $bad
    is "$code" 129 "usage: $bad"
done
run "$E" query --index "$T/one" --sites --sort share --json --all
is "$(jq -s 'all(.[]; .old >= 10 and .later >= 10 and .q >= .p and .turned == (.q <= 0.05) and (.month != null) == .turned and (.model | test("@")))' "$T/out") $code" "true 0" "query --sites: sites with old and later documents, and which of them turned"
[ "$(wc -l < "$T/out")" -gt 10 ]
ok $? "most sites are there"
run "$E" query --index "$T/one" --sort share
is "$code" 129 "--sort is for --sites"
run "$E" prevalence
is "$code" 129 "usage: no index"
run "$E" prevalence --index "$T/nowhere"
is "$code" 2 "no index there"

done_testing
