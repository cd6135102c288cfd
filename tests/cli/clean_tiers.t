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
done_testing
