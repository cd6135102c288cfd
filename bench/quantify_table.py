#!/usr/bin/env python3
# Scores of train_quantify (standard input) to index/answers/quantify_table.c (standard output):
#     cat fold*.tsv | bench/quantify_table.py en-2026.3 en 1.23
# One histogram a source and class; sources with fewer than 50 texts and models before GPT-3.5 are left out.
import collections
import sys

BINS, LEAST = 64, 50
model, lang, threshold = sys.argv[1], sys.argv[2], float(sys.argv[3])
counts = collections.defaultdict(lambda: [0] * BINS)
for line in sys.stdin:
    source, label, old, _words, log_odds = line.rstrip("\n").split("\t")[:5]
    if int(old) and int(label):
        continue
    k = int((float(log_odds) + 8) // 0.25)
    counts[source, int(label)][min(max(k, 0), BINS - 1)] += 1
rows = sorted((k, v) for k, v in counts.items() if sum(v) >= LEAST)
print("/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by bench/quantify_table.py (docs/MODEL.md); not by hand.\n */")
print('#include "index/answers/quantify.h"\n\n#include <string.h>\n')
print("/* clang-format off */\nstatic const struct em_quantify_source sources[] = {")
for (source, label), bins in rows:
    print('    {"%s", %s, %d,\n     {%s}},' % (source, "true" if label else "false", sum(bins), ", ".join(map(str, bins))))
print("};\n/* clang-format on */\n")
print("static const struct em_quantify_table tables[] = {\n    {\"%s\", \"%s\", %.6f, sources, sizeof(sources) / sizeof(sources[0])},\n};\n" % (model, lang, threshold))
print("""const struct em_quantify_table *em_quantify_tables(uint32_t *n)
{
    *n = sizeof(tables) / sizeof(tables[0]);
    return tables;
}

const struct em_quantify_table *em_quantify_table_for(const char *model)
{
    for (uint32_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (strcmp(tables[i].model, model) == 0)
            return &tables[i];
    return NULL;
}""")
