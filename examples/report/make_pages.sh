#!/bin/bash
# Writes JSON lines of made-up pages of 60 sites from 2019 to 2026: diaries all along, and from 2023 on more and more of what a
# chat assistant would say, most of it on sites that turned. Nothing of it is anyone's text; the same lines on every run.
#   examples/report/make_pages.sh 6000 > pages.jsonl
#   echometer scan --index idx --no-output pages.jsonl && echometer report --index idx -o report.html
# docs/report.png is this index of 8000 pages, by `node tests/browser/page.mjs --height 1000 --shot`.
set -eu
awk -v count="${1:-6000}" '
function pick(list,    n, a) { n = split(list, a, "|"); return a[int(rand() * n) + 1] }
function diary(    s, k) {
    s = ""
    for (k = 0; k < 14; k++)
        s = s pick("I|we|they|you|Jo|my aunt") " " pick("dug|fixed|saw|cut|lost|sold") " " pick("the|a|my|that|our") " " pick("gate|shed|boat|kettle|lane|fence|ladder|radio") " " pick("when|if|because|but|and then") " " pick("rain|frost|mud|wind|a cow|the ferry") " " pick("came|stayed|went|stopped|was late") pick("|, twice| again| so we laughed") pick(" .| !| ...|.") " "
    return s
}
function assistant(    s, k) {
    s = pick("In today\\u2019s fast-paced world, |In an ever-evolving digital landscape, |When it comes to modern life, ") pick("gardening|teamwork|remote work|travel|learning") " " pick("plays a crucial role in|is more than just a hobby; it is|stands as a testament to|offers a wealth of opportunities for") " " pick("well-being|growth|sustainable living") ". "
    for (k = 0; k < 10; k++)
        s = s pick("Moreover,|Furthermore,|Additionally,|Overall,|Ultimately,|It is important to note that") " " pick("a|this|the") " " pick("comprehensive|robust|thoughtful|seamless|vibrant") " " pick("approach|framework|tapestry of ideas|strategy|routine") " " pick("underscores|highlights|fosters|enhances|ensures") " the " pick("importance|significance|potential|transformative role") " of " pick("collaboration|innovation|sustainability|resilience|mindful planning") pick("|, paving the way for lasting success|, empowering individuals to thrive") ". "
    return s "In conclusion, " pick("embracing|leveraging|navigating") " these " pick("insights|strategies|practices") " can unlock your full potential."
}
BEGIN {
    srand(7)
    split("oak|fern|river|stone|barn|mill|lake|hill|wood|ford", name, "|")
    for (i = 0; i < count; i++) {
        site = int(rand() * rand() * 60)
        month = int(rand() * 92)
        after = month - 47
        turned = site % 4 == 2 && after > site % 20
        machine = after > 0 && rand() < (turned ? 0.85 : 0.12 * after / 44)
        text = machine ? assistant() : diary()
        if (machine && rand() < 0.03)
            text = "As an AI language model, I cannot recommend one brand. " text
        if (rand() < 0.004 && after > 6)
            text = text " A garden is a conversation between what you plan and what the weather allows, and the best gardeners are those who learn to listen before they dig, to wait before they prune, and to forgive the frost for what it takes from them every single spring without fail, again and again."
        printf "{\"url\":\"https://www.%s-%s.example/%d\",\"date\":\"%d-%02d-%02dT10:00:00Z\",\"text\":\"%s\"}\n", \
            name[site % 10 + 1], site, i, 2019 + int(month / 12), month % 12 + 1, 1 + int(rand() * 28), text
    }
}'
