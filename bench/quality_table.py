#!/usr/bin/env python3
"""Rows of scores to the table that bench/quality prints: every source at a threshold made without it.

    quality_table.py [--rate R] [--least N] configs/sources.tsv NAME=ROWS...

A row: source, label (1: machine), old (model before GPT-3.5), words, score (log-odds), tab-separated, as `train_quantify score` and
`eval_detectors` print them. Sources are dealt into five folds by owner; the threshold of a fold is the lowest at which the human sources
of the other four, each counting the same, are flagged at R (0.003) on average. Intervals: of means, 95 % by resampling sources; of a
source, Clopper and Pearson's, by which "surely above 2 %" is judged. Abstentions count as not flagged where the rows have them."""
import collections
import math
import random
import sys

FOLDS, RESAMPLES, LEAST = 5, 1000, 10
GROUPS = {"automatic site": "automatic sites", "agent": "declared machine pages", "declared page": "declared machine pages",
          "2026 prose": "texts of a 2026 model", "2026 matched": "the same, matched to human pages"}
ORDER = ["automatic sites", "declared machine pages", "texts of a 2026 model", "the same, matched to human pages", "benchmark sources (GPT-3.5 and later)"]


def read_facts(path):
    facts = {}
    for line in open(path, encoding="utf-8"):
        if line[0] != "#":
            name, owner, register, kind, year, _ = line.rstrip("\n").split("\t")
            facts[name] = (owner, register, kind, year)
    return facts


def read_rows(path):
    rows = collections.defaultdict(list)
    for line in open(path, encoding="utf-8"):
        source, label, old, words, score = line.rstrip("\n").split("\t")[:5]
        if not (int(label) and int(old)):
            rows[source, int(label)].append((float(score), int(words)))
    return rows


def threshold(human, rate):
    """The lowest score that flags at most `rate` on average over the sources."""
    all_ = sorted(((s, 1 / len(v) / len(human)) for v in human.values() for s, _ in v), reverse=True)
    mass = 0
    for score, weight in all_:
        mass += weight
        if mass > rate:
            return score
    return -math.inf


def beta_low(hits, n):
    """Lower end of the exact 95 % interval, by bisection on the binomial tail."""
    if hits == 0:
        return 0.0
    low, high = 0.0, hits / n
    for _ in range(60):
        p = (low + high) / 2
        tail = 1 - sum(math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)) for k in range(hits))
        low, high = (p, high) if tail < 0.025 else (low, p)
    return low


def interval(values):
    rng = random.Random(1)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    return means[int(.025 * RESAMPLES)], means[int(.975 * RESAMPLES) - 1]


def folds(facts, rows):
    owners = sorted({facts.get(s, (s,))[0] for s, _ in rows})
    random.Random(2).shuffle(owners)
    return {o: i % FOLDS for i, o in enumerate(owners)}


def line(name, shares, digits):
    values = [v for v, _, _ in shares.values()]
    low, high = interval(values)
    worst = sorted(shares.items(), key=lambda x: x[1][0])
    return values, "%-42s %3d  %5.*f [%5.*f, %5.*f]" % (name, len(values), digits, 100 * sum(values) / len(values), digits, 100 * low, digits, 100 * high), worst


def report(name, rows, facts, rate, least, words=(0, 10**9)):
    of = folds(facts, rows)
    fold = lambda s: of[facts.get(s, (s,))[0]]
    kept = {k: [x for x in v if words[0] <= x[1] < words[1]] for k, v in rows.items()}
    kept = {k: v for k, v in kept.items() if len(v) >= least}
    human = {s: v for (s, m), v in rows.items() if not m and len(v) >= LEAST}
    at = [threshold({s: v for s, v in human.items() if fold(s) != f}, rate) for f in range(FOLDS)]
    share = {k: (sum(x > at[fold(k[0])] for x, _ in v), len(v)) for k, v in kept.items()}
    groups = collections.defaultdict(dict)
    for (source, machine), (hits, n) in share.items():
        kind = facts.get(source, ("", "", "-", ""))[2]
        if machine and kind == "davinci":
            continue
        g = GROUPS.get(kind, ORDER[-1]) if machine else "human sites" if source.startswith("hs:") else "other human sources"
        groups[g][source] = (hits / n, hits, n)
    print("\n%s%s: thresholds %s" % (name, "" if words[0] == 0 else ", %d to %d words" % words, ", ".join("%.2f" % t for t in at)))
    for g in ["human sites", "other human sources"] + ORDER:
        if not groups[g]:
            continue
        _, text, worst = line(g, groups[g], 1 if g in ORDER else 2)
        if g in ORDER:
            print(text, " least:", ", ".join("%s %.0f" % (s[:28], 100 * v[0]) for s, v in worst[:3]))
        else:
            sure = [s for s, v in groups[g].items() if beta_low(v[1], v[2]) > .02]
            print(text, " most:", ", ".join("%s %.1f" % (s[:28], 100 * v[0]) for s, v in worst[:-4:-1]), "; surely above 2 %%: %s" % (", ".join(sure) or "none"))
    registers = collections.defaultdict(list)
    for (source, machine), (hits, n) in share.items():
        registers[facts.get(source, ("", "?"))[1], machine].append(hits / n)
    print("by register: " + "; ".join("%s %s" % (r, " ".join("%s %.1f" % ("caught" if m else "flagged", 100 * sum(v) / len(v)) for m in (0, 1) for v in [registers.get((r, m))] if v)) for r in sorted({k[0] for k in registers})))
    return at


def main():
    args, rate, least = sys.argv[1:], .003, 5
    while args and args[0].startswith("--"):
        if args[0] == "--rate":
            rate = float(args[1])
        else:
            least = int(args[1])
        args = args[2:]
    if len(args) < 2:
        sys.exit(__doc__)
    facts = read_facts(args[0])
    print("at %g %% of human text flagged, out of each source's own threshold: sources, mean %% [95 %%]" % (100 * rate))
    for item in args[1:]:
        name, path = item.split("=", 1)
        rows = read_rows(path)
        report(name, rows, facts, rate, least)
        report(name, rows, facts, rate, least, (40, 80))


if __name__ == "__main__":
    main()
