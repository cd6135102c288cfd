#!/bin/bash
# `clean` by degrees: tiers that a trainer can weight by, thresholds by language and kind of page, documents that a model edited.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 2

machine="In today's fast-paced digital landscape, effective time management has become more crucial than ever. Whether you're a seasoned professional or just starting out, mastering the art of productivity can significantly enhance your overall well-being. One of the most effective strategies is to prioritize your tasks based on their importance and urgency. By focusing on what truly matters, you can ensure that your efforts are aligned with your long-term goals. Additionally, it's important to set clear boundaries between work and personal life. This not only helps to prevent burnout but also fosters a healthier, more balanced lifestyle. Another key aspect to consider is leveraging technology to streamline your workflow. From project management tools to automated reminders, there are countless resources available to help you stay organized and on track. Ultimately, effective time management is not just about getting more done; it's about making the most of every moment."
# Thoreau, Walden, 1854.
human="When I wrote the following pages, or rather the bulk of them, I lived alone, in the woods, a mile from any neighbor, in a house which I had built myself, on the shore of Walden Pond, in Concord, Massachusetts, and earned my living by the labor of my hands only. I lived there two years and two months. At present I am a sojourner in civilized life again. I should not obtrude my affairs so much on the notice of my readers if very particular inquiries had not been made by my townsmen concerning my mode of life, which some would call impertinent, though they do not appear to me at all impertinent, but, considering the circumstances, very natural and pertinent. Some have asked what I got to eat; if I did not feel lonesome; if I was not afraid; and the like. Others have been curious to learn what portion of my income I devoted to charitable purposes; and some, who have large families, how many poor children I maintained."
line() { printf '{"id":"%s","text":"%s"%s}\n' "$1" "$2" "${3:-}"; }
ids() { sed 's/.*"id":"\([a-z]*\)".*/\1/' "$1" | tr '\n' ' '; }
tiers() { sed -n 's/^{"id":"\([a-z]*\)",.*"echometer__tier":\[\[0,[0-9]*,\([0-9]\)\.0*\]\].*/\1\2/p' "$1/attributes/echometer/in.jsonl" | tr '\n' ' '; }

# --- tiers ---------------------------------------------------------------------------------
{
    line machine "$machine"
    line human "$human"
    line leak "$human As an AI language model, I cannot say more."
    line short "A short line."
    line shortleak "As an AI language model, I cannot say."
    line copy "$human"
} > in.jsonl
run "$E" clean in.jsonl -o tiers
is "$(tiers tiers)" "machine4 human0 leak2 shortleak2 copy0 " "tiers: by score and leak; none of what is too short to be scored"
is "$(ids tiers/removed/in.jsonl)" "machine " "and they remove nothing"
run "$E" clean in.jsonl -o kept --keep-style --on-leak drop --threshold 0.001
is "$(tiers kept)" "$(tiers tiers)" "whatever the policy does"
line outputs "$human" > outputs.jsonl
"$E" refs build -q --kind model-output --name out -o out.emr outputs.jsonl
run "$E" clean --only match --refs out.emr --on-copy tag in.jsonl -o match
is "$(tiers match)" "human4 leak4 copy4 " "known model output is the highest, also where nothing else is looked for"

# --- thresholds by language and by kind of page ----------------------------------------------
{
    line plain "$machine"
    line forum "$machine" ',"page_type":"forum"'
    line article "$machine" ',"page_type":"article"'
    line human "$human" ',"page_type":"forum"'
} > in.jsonl
run "$E" clean in.jsonl -o all
is "$(ids all/kept/in.jsonl)" "human " "without rules the model's threshold is for all"
run "$E" clean in.jsonl -o forums --threshold-for forum=keep
is "$(ids forums/kept/in.jsonl)" "forum human " "--threshold-for a kind of page"
run "$E" clean in.jsonl -o low --keep-style --only style,lang --threshold-for forum=keep
is "$code" 129 "which needs a score that removes"
run "$E" clean in.jsonl -o low --threshold-for forum=0.00001
is "$(ids low/kept/in.jsonl)" "" "a lower one removes more"
run "$E" clean in.jsonl -o english --threshold-for en=keep --threshold-for article=0.5
is "$(ids english/removed/in.jsonl)$(ids english/kept/in.jsonl)" "plain forum article human " "a language; the higher of two counts"
run "$E" clean in.jsonl -o german --threshold-for de=keep --threshold-for article=0.5
is "$(ids german/kept/in.jsonl)" "human " "what is about others changes nothing"
for bad in forum forum= =0.5 forum=1 forum=0 forum=high Forum=0.5 blog=0.5; do
    run "$E" clean in.jsonl -o bad --threshold-for "$bad"
    is "$code" 129 "--threshold-for $bad is refused"
done
# The kind of a page of HTML goes with what is kept, so that a second run does the same.
page() { # kind-of-page marks, text
    printf '<!DOCTYPE html><html lang=en><head><title>Time</title><meta property="og:type" content="article"><script type="application/ld+json">{"@type":"NewsArticle","headline":"Time","datePublished":"2024-03-01"}</script></head><body><article><h1>Time</h1><p>%s</p></article></body></html>' "$1"
}
html=$(page "$machine")
printf 'WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://a.example/2024/time\r\nWARC-Date: 2024-03-02T00:00:00Z\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' \
    "${#html}" "$html" > page.warc
run "$E" clean page.warc -o web --threshold-for article=keep
is "$(grep -c '"page_type":"article"' web/kept/page.warc.jsonl)" 1 "a page that was found to be an article stays, with its kind"
run "$E" clean web/kept -o webagain --threshold-for article=keep
cmp -s web/kept/page.warc.jsonl webagain/kept/page.warc.jsonl
ok $? "and stays when it is cleaned again"
run "$E" clean page.warc -o webplain
is "$(grep -c page_type webplain/kept/page.warc.jsonl webplain/removed/page.warc.jsonl | tr '\n' ' ')" \
    "webplain/kept/page.warc.jsonl:0 webplain/removed/page.warc.jsonl:0 " "without such a rule lines are as they were"

# --- what a model edited ---------------------------------------------------------------------
{
    line machine "$machine"
    line human "$human"
    line other "Am frühen Morgen gingen die Kinder über die Wiese zum Fluss, und niemand wusste, warum der alte Wagen dort noch immer stand und wem er gehörte."
} > in.jsonl
run "$E" clean in.jsonl -o edited --keep-style --on-edited tag=0.1,drop=0.6
is "$(sed -n 's/^{"reasons":\(\[[^]]*\]\).*/\1/p' edited/removed/in.jsonl)$(ids edited/removed/in.jsonl)" '["edited"]machine ' "--on-edited drops what a model changed that much"
is "$(grep -o '"id":"[a-z]*".*"echometer__edited":\[\[0,[0-9]*,0\.[0-9]*\]\]' edited/attributes/echometer/in.jsonl | sed 's/.*"id":"\([a-z]*\)".*,\(0\.[0-9]\).*/\1 \2/' | tr '\n' ' ')" \
    "machine 0.9 human 0.1 " "and tags by degree; a language that was not measured has none"
grep -q '^{"reason":"edited".*"value":0\.9' edited/passages/in.jsonl && grep -q '"echometer__why_edited"' edited/attributes/echometer/in.jsonl
ok $? "with the reason"
run "$E" clean in.jsonl -o tagged --keep-style --on-edited tag=0.5
is "$(grep -c echometer__edited tagged/attributes/echometer/in.jsonl)$(grep -c . tagged/kept/in.jsonl)" 13 "tag alone removes nothing"
for bad in drop 0.5 drop=0 drop=2 cut=0.5 "drop=x"; do
    run "$E" clean in.jsonl -o bad --on-edited "$bad"
    is "$code" 129 "--on-edited $bad is refused"
done

# --- what the card says of them ----------------------------------------------------------------
{
    line a "$machine" ',"source":"New Site","date":"2019-03-04"'
    line b "$machine" ',"source":"New Site","date":"2022-11"'
    line c "$machine As an AI language model, I do." ',"dataset":"two","page_type":"forum"'
    line d "$human" ',"dataset":"two","date":"2022-11-29"'
    line e "$human" ',"date":"2022"'
} > in.jsonl
run "$E" clean in.jsonl -o card --on-leak drop
of() { jq -c "$1 | [.kept, .removed, .removed_for, .surely_human, .surely_human_removed]" card/card.json; }
is "$(of '.sources[0]')$(of '.sources[1]')$(of '.sources[2]')" \
    '[0,2,{"score":2},1,1][1,1,{"score":1,"leak":1},1,0][1,0,{},0,0]' "by source and reason, with what is surely human of it"
is "$(jq -c '[.sources[].source]' card/card.json)" '["New_Site","two","in.jsonl"]' "a source is named by the line, else it is the file"
is "$(of '.tiers[4]')$(of '.tiers[0]')" '[0,3,{"score":3,"leak":1},1,1][2,0,{},1,0]' "by tier"
is "$(of '.page_types[] | select(.page_type == "forum")')$(of '.page_types[] | select(.page_type == null)')" \
    '[0,1,{"score":1,"leak":1},0,0][2,2,{"score":2},2,1]' "by kind of page"
is "$(of '.years[] | select(.year == 2019)')$(of '.languages[0]')" '[0,1,{"score":1},1,1][2,3,{"score":3,"leak":1},2,1]' "by year and language"
is "$(jq -c '[.surely_human, .surely_human_removed, (.reasons[] | select(.reason == "score") | .surely_human)]' card/card.json)" "[2,1,1]" \
    "a month or year that ends later is not surely human"
grep -q '^| New_Site | 0 | 0 | 2 | [0-9]* | score 2 | 1 of 1 |$' card/CARD.md && grep -q '^Surely human documents .*: 2, removed: 1\.$' card/CARD.md
ok $? "in CARD.md as well"
cp -r card/state state
"$E" clean -q in.jsonl -o card --on-leak drop && mv card/card.json again.json
sed -i '$d' state/in.jsonl.done && cp state/in.jsonl.done card/state/
"$E" clean -q in.jsonl -o card --on-leak drop
cmp -s again.json card/card.json
ok $? "the same when the run is resumed, and when a state file is not whole"
done_testing
