#!/usr/bin/env python3
"""Scores of bench/series to a table (and a picture): series_table.py configs/sources.tsv FOLDER SVG|-"""
import collections
import random
import sys
import zlib

from quality_table import read_facts, read_rows, threshold

FOLDS, RATE, RESAMPLES = 5, .003, 1000


def dated(path):
    for line in open(path, encoding="utf-8"):
        name, _, _, _, score = line.rstrip("\n").split("\t")[:5]
        source, year = name.rsplit("|", 1)
        yield source, int(year), float(score)


def humans(path):
    return {s: v for (s, machine), v in read_rows(path).items() if not machine and len(v) >= 10}


def fold_scores(facts, folder):
    """(source, year, flagged) by the fold that did not learn from the source: its own for training sources, any (by the owner's
    hash) for others."""
    owner = lambda s: facts.get(s, (s,))[0]
    left_out = [set(open("%s/%d.out" % (folder, k), encoding="utf-8").read().split("\n")) for k in range(FOLDS)]
    learned = {owner(s) for names in left_out for s in names}
    for k in range(FOLDS):
        mine = {owner(s) for s in left_out[k]}
        at = {}
        dev = humans("%s/%d.dev" % (folder, k))
        for source, year, score in dated("%s/%d.dated" % (folder, k)):
            o = owner(source)
            if o not in mine and (o in learned or zlib.crc32(o.encode()) % FOLDS != k):
                continue
            if o not in at:
                at[o] = threshold({s: v for s, v in dev.items() if owner(s) != o}, RATE)
            yield source, year, score > at[o]


def by_year(rows):
    """Share of each year with an interval from resampling sites."""
    sites = collections.defaultdict(lambda: collections.defaultdict(list))
    for source, year, flagged in rows:
        sites[max(year, 2008)][source].append(flagged)
    rng, out = random.Random(1), {}
    for year, own in sorted(sites.items()):
        groups = [(sum(v), len(v)) for v in own.values()]
        share = lambda g: sum(a for a, _ in g) / sum(b for _, b in g)
        draws = sorted(share(rng.choices(groups, k=len(groups))) for _ in range(RESAMPLES))
        out[year] = (share(groups), draws[25], draws[974], sum(n for _, n in groups), len(groups))
    return out


def picture(path, table):
    years, top = sorted(table), max(.1, max(v[2] for v in table.values()))
    x = lambda y: 50 + 640 * (y - years[0]) / max(1, years[-1] - years[0])
    y = lambda v: 250 - 220 * v / top
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 290" font-family="sans-serif" font-size="12">',
             '<style>text{fill:#222}@media(prefers-color-scheme:dark){text{fill:#ddd}path{stroke:#555}polygon{fill:#357}polyline{stroke:#9cf}}</style>']
    for v in (0, top / 2, top):
        parts.append('<path d="M50 %.1fH690" stroke="#ccc"/><text x="44" y="%.1f" text-anchor="end">%.0f %%</text>' % (y(v), y(v) + 4, 100 * v))
    band = " ".join("%.1f,%.1f" % (x(k), y(table[k][1])) for k in years) + " " + " ".join("%.1f,%.1f" % (x(k), y(table[k][2])) for k in reversed(years))
    parts.append('<polygon points="%s" fill="#9bd" opacity=".5"/>' % band)
    parts.append('<polyline points="%s" fill="none" stroke="#147" stroke-width="2"/>' % " ".join("%.1f,%.1f" % (x(k), y(table[k][0])) for k in years))
    parts += ['<text x="%.1f" y="270" text-anchor="middle">%s%d</text>' % (x(k), "to " if k == years[0] else "", k) for k in years if (k - years[0]) % 3 == 0]
    open(path, "w", encoding="utf-8").write("\n".join(parts) + "\n</svg>\n")


def main():
    facts, folder, svg = read_facts(sys.argv[1]), sys.argv[2], sys.argv[3]
    at = threshold(humans(folder + "/shipped.dev"), RATE)
    table = by_year(fold_scores(facts, folder))
    seen = by_year((s, y, score > at) for s, y, score in dated(folder + "/shipped"))
    print("year   pages  sites   % flagged [95 %, by site]        the shipped model (has seen most old pages)")
    for year, (share, low, high, n, groups) in table.items():
        print("%4d%s %6d  %5d   %5.2f [%5.2f, %5.2f]   %20.2f" % (year, "-" if year == 2008 else " ", n, groups, 100 * share, 100 * low, 100 * high, 100 * seen[year][0]))
    if svg != "-":
        picture(svg, table)


if __name__ == "__main__":
    main()
