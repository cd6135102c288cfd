#!/usr/bin/env python3
# Scores of train_quantify on training sources (standard input) to index/answers/quantify_words_table.c (standard output):
#     build/bench/train_quantify score configs/models/en.emm ../shared/data/train | bench/words_table.py > index/answers/quantify_words_table.c
# One histogram of lexical ratios a source and class; sources with fewer than 50 texts and models before GPT-3.5 are left out.
import collections
import sys

BINS, LEAST = 64, 50
counts = collections.defaultdict(lambda: [0] * BINS)
for line in sys.stdin:
    source, label, old, _words, _log_odds, ratio, _marked = line.rstrip("\n").split("\t")
    if ratio == "-" or (int(old) and int(label)):
        continue
    counts[source, int(label)][min(max(int((float(ratio) + 16) // 0.5), 0), BINS - 1)] += 1
rows = sorted((k, v) for k, v in counts.items() if sum(v) >= LEAST)
print("/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by bench/words_table.py (docs/PREVALENCE.md); not by hand.\n */")
print('#include "index/answers/quantify.h"\n')
print("/* clang-format off */\nconst struct em_quantify_words_source em_quantify_words_sources[] = {")
for (source, label), bins in rows:
    print("    /* %s */\n    {%s, {%s}}," % (source, "true" if label else "false", ", ".join(map(str, bins))))
print("};\n")
print("const uint32_t em_quantify_words_n = sizeof(em_quantify_words_sources) / sizeof(em_quantify_words_sources[0]);")
print("/* clang-format on */")
