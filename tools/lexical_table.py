#!/usr/bin/env python3
# Word frequencies of the two classes (what train_quantify words writes, on standard input) to detector/lexical_table.c
# (standard output):
#     build/tools/train_quantify words ../shared/data/train | tools/lexical_table.py > detector/lexical_table.c
# A line: source, label, the words of a text's beginning. All sources of at least 50 texts count alike. Kept are the words whose
# difference is steadiest over sources (Welch's t over the sources' frequencies); markers are those rare in human text, taken
# greedily for as long as "contains any" sets the classes further apart.
import collections
import math
import sys

LEAST, WORDS, MARKERS, RARE, RATIO = 50, 600, 120, 0.01, 3.0

texts = collections.defaultdict(list)
for line in sys.stdin:
    source, label, words = line.rstrip("\n").split("\t")
    texts[source, label == "1"].append(frozenset(words.split(" ")))
texts = {k: v for k, v in texts.items() if len(v) >= LEAST}
sources = {c: [k for k in texts if k[1] == c] for c in (False, True)}
share = collections.defaultdict(dict)  # word -> source -> document frequency
for key, items in texts.items():
    counts = collections.Counter(w for words in items for w in words)
    for word, n in counts.items():
        if n >= 2:
            share[word][key] = n / len(items)


def mean_and_spread(word, label):
    values = [share[word].get(k, 0.0) for k in sources[label]]
    mean = sum(values) / len(values)
    return mean, sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values)


table = {}
for word in share:
    if sum(k in share[word] for k in texts) < 12 or not word.isascii():
        continue
    (p, sp), (q, sq) = mean_and_spread(word, False), mean_and_spread(word, True)
    table[word] = (p, q, (q - p) / math.sqrt(sp + sq + 1e-6))
chosen = sorted(table, key=lambda w: (-abs(table[w][2]), w))[:WORDS]

# Markers: the gap of "contains any" over sources, one word at a time.
candidates = [w for w in table if table[w][0] < RARE and table[w][1] > RATIO * table[w][0] and table[w][2] > 3]
candidates = sorted(candidates, key=lambda w: (-(table[w][1] - table[w][0]), w))[:400]
having = {w: {k: {i for i, words in enumerate(v) if w in words} for k, v in texts.items()} for w in candidates}
covered = {k: set() for k in texts}


def gain(word):
    total = 0.0
    for label, sign in ((True, 1), (False, -1)):
        total += sign * sum(len(having[word][k] - covered[k]) / len(texts[k]) for k in sources[label]) / len(sources[label])
    return total


markers = []
while len(markers) < MARKERS and candidates:
    best = max(candidates, key=lambda w: (gain(w), w))
    if gain(best) < 0.0005:
        break
    markers.append(best)
    candidates.remove(best)
    for k in texts:
        covered[k] |= having[best][k]
for label in (False, True):
    rate = sum(len(covered[k]) / len(texts[k]) for k in sources[label]) / len(sources[label])
    print(f"{'machine' if label else 'human'}: {len(sources[label])} sources, any marker in {rate:.4f}", file=sys.stderr)

absent = 0.0
rows = []
for word in sorted(set(chosen) | set(markers)):
    p, q, _ = table[word]
    p, q = (min(max(x, 1e-4), 1 - 1e-4) for x in (p, q))
    without = math.log((1 - q) / (1 - p)) if word in chosen else 0.0
    absent += without
    rows.append((word, math.log(q / p) - without if word in chosen else 0.0, word in markers))
print("/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by tools/lexical_table.py (docs/PREVALENCE.md); not by hand.\n */")
print('#include "detector/lexical.h"\n')
print("/* clang-format off */\nconst struct em_lexical_word em_lexical_table[] = {")
for word, present, marker in rows:
    print('    {"%s", %.4ff, %s},' % (word, present, "true" if marker else "false"))
print("};\n")
print("const uint32_t em_lexical_table_size = sizeof(em_lexical_table) / sizeof(em_lexical_table[0]);")
print("const float em_lexical_absent = %.4ff;" % absent)
print("/* clang-format on */")
