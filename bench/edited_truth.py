#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""For bench/edited.sh. Without arguments: labelled JSONL in, {id, text, truth} out, of English edits of human texts and these.
With a name, such a file and verdict lines: the row of the table."""
import collections
import json
import sys


def common(a, b):
    """Length of the longest common subsequence, 64 words a step and more (Hyyrö's bit-parallel algorithm)."""
    places = collections.defaultdict(int)
    for i, word in enumerate(a):
        places[word] |= 1 << i
    mask = (1 << len(a)) - 1
    row = mask
    for word in b:
        hit = row & places.get(word, 0)
        row = ((row + hit) | (row - hit)) & mask
    return len(a) - bin(row).count("1")


def changed(human, edited):
    a, b = human.split()[:3000], edited.split()[:3000]
    return 1 - common(a, b) / max(len(a), len(b), 1)


def truths():
    pairs = collections.defaultdict(list)
    for line in sys.stdin:
        row = json.loads(line)
        if row.get("lang", "en") == "en":
            pairs[row.get("pair") or id(row)].append(row)
    n = 0
    for rows in pairs.values():
        originals = [r for r in rows if r["label"] == "human" and not r.get("edit")]
        for row in rows:
            if row.get("changed") is not None:
                truth = float(row["changed"])
            elif row in originals:
                truth = 0.0
            elif originals and row.get("edit"):
                truth = changed(originals[0]["text"], row["text"])
            else:
                continue
            print(json.dumps({"id": str(n), "text": row["text"], "truth": truth}))
            n += 1


def ranks(values):
    order = sorted(range(len(values)), key=lambda i: values[i])
    out = [0.0] * len(values)
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in range(i, j + 1):
            out[order[k]] = (i + j) / 2
        i = j + 1
    return out


def correlation(x, y):
    a, b = ranks(x), ranks(y)
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    top = sum((p - ma) * (q - mb) for p, q in zip(a, b))
    return top / (sum((p - ma) ** 2 for p in a) * sum((q - mb) ** 2 for q in b)) ** 0.5


def table(name, texts, lines):
    truth = {}
    for line in open(texts):
        row = json.loads(line)
        truth[row["id"]] = row["truth"]
    rows = []
    for line in open(lines):
        v = json.loads(line)
        if v.get("edited") is not None:
            rows.append((truth[v["id"]], v["edited"], v["verdict"]))
    t, e = [r[0] for r in rows], [r[1] for r in rows]
    light = [r[2] for r in rows if 0 < r[0] <= 0.2]
    error = sum(abs(a - b) for a, b in zip(t, e)) / len(t)
    print(f"{name:18} {len(rows):6} {correlation(t, e):6.3f} {error:6.3f}   {len(light)}, {light.count('machine')}")


if len(sys.argv) == 4:
    table(*sys.argv[1:])
else:
    truths()
