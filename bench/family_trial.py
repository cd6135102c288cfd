#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How far the family of the model that wrote a text can be told: a trial, not the detector.

usage: family_trial.py SHARED/data [words]    (needs Debian's python3-sklearn, and zstd)

Learns on train/ (English, unedited machine text), reports on dev/, whose sources are others.
`words` adds plain words and pairs to the distorted text's n-grams. Families by families.tsv beside this file. Weights: families equal; within a family, sources
with more families first, since a source with one family teaches its topic. The temperature
is fitted on train sources left out. Nothing is chosen on dev.
"""
import collections, glob, json, os, random, re, subprocess, sys
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

FAMILIES = ['gpt-3.5', 'gpt-4', 'claude', 'gemini', 'llama', 'open', 'older']
GROUPS = {'openai': ['gpt-3.5', 'gpt-4'], 'claude': ['claude'], 'gemini': ['gemini'],
          'open weights': ['llama', 'open'], 'older': ['older']}
CAP, BITS, KEEP = 200, 18, 1500
rng = random.Random(1)
here = os.path.dirname(os.path.abspath(__file__))
rules = [l.rstrip('\n').split('\t') for l in open(os.path.join(here, 'families.tsv')) if l[0] != '#']
rules = [(re.compile(p, re.I), f) for p, f in rules]
unknown = collections.Counter()


def family(model):
    for pattern, name in rules:
        if pattern.search(model):
            return name
    unknown[model] += 1
    return '-'


MARK = [(re.compile(r'```.*?```', re.S), ' '), (re.compile(r'^#+\s*', re.M), ''), (re.compile(r'\*\*|__|`'), ''),
        (re.compile(r'^\s*[-*•]\s+', re.M), ''), (re.compile(r'^\s*\d+[.)]\s+', re.M), ''), (re.compile(r'\|'), ' ')]


def clean(text):
    for pattern, by in MARK:
        text = pattern.sub(by, text)
    for a, b in (('’', "'"), ('‘', "'"), ('“', '"'), ('”', '"')):
        text = text.replace(a, b)
    return text.split()


def read(data, split):
    out = []
    for path in sorted(glob.glob(f'{data}/{split}/*.jsonl.zst')):
        cells = collections.defaultdict(list)
        for line in subprocess.run(['zstd', '-dc', path], capture_output=True).stdout.decode().split('\n'):
            if '"machine"' not in line:
                continue
            row = json.loads(line)
            if row['label'] != 'machine' or row.get('edit') or (row.get('lang') or 'en') != 'en':
                continue
            name = family(str(row.get('model')))
            if name != '-':
                cells[name].append(row['text'])
        for name in sorted(cells):
            rng.shuffle(cells[name])
            for text in cells[name][:CAP]:
                words = clean(text)
                if len(words) < 40:
                    continue
                n = rng.randint(40, 400)
                at = rng.randint(0, max(0, len(words) - n))
                out.append((' '.join(words[at:at + n]), FAMILIES.index(name), os.path.basename(path)[:-10]))
    return [np.array(c, dtype=object) for c in zip(*out)]


TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+|[^\w\s]")
SUFFIX = ('ization', 'ation', 'ness', 'ment', 'ities', 'ity', 'ing', 'ed', 'ly', 'ive', 'ous', 'ful', 'able',
          'ism', 'ist', 'ers', 'er', 'ions', 'ion', 'al', 'es', 's')
keep = set()


def distorted(text):
    s = []
    for w in TOKEN.findall(text):
        low = w.lower()
        if not w[0].isalpha():
            s.append('#' if w[0].isdigit() else w)
        elif low in keep:
            s.append(low)
        else:
            s.append(('C' if w[0].isupper() else 'c')
                     + next(('-' + e for e in SUFFIX if low.endswith(e) and len(low) > len(e) + 2), ''))
    out = [' '.join(s[i:i + n]) for n in (1, 2, 3) for i in range(len(s) - n + 1)]
    if sys.argv[2:] == ['words']:
        plain = [w.lower() for w in TOKEN.findall(text)]
        out += ['w ' + ' '.join(plain[i:i + n]) for n in (1, 2) for i in range(len(plain) - n + 1)]
    return out


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def weights(y, source):
    cell = collections.Counter(zip(source, y))
    many = collections.Counter(s for s, _ in cell)
    w = np.array([(many[s] - 0.75) * cell[s, f] ** -0.5 for s, f in zip(source, y)])
    for f in set(y):
        w[y == f] *= len(y) / len(FAMILIES) / w[y == f].sum()
    return w


def fit(x, y, source):
    return [LogisticRegression(C=3, solver='liblinear', max_iter=30).fit(x, y == f, sample_weight=weights(y, source))
            for f in range(len(FAMILIES))]


def logits(model, x):
    return np.stack([m.decision_function(x) for m in model], 1)


def loss(p, y):
    return -np.log(np.maximum(p[np.arange(len(y)), y], 1e-12)).mean()


def figures(p, y):
    order = np.argsort(-p, 1)
    return (order[:, 0] == y).mean(), (order[:, :2] == y[:, None]).any(1).mean(), loss(p, y)


def ece(p, y):
    top, right = p.max(1), p.argmax(1) == y
    b = np.minimum((top * 10).astype(int), 9)
    return sum(abs(top[b == i].sum() - right[b == i].sum()) for i in range(10)) / len(y)


def confusion(p, y, names, at):
    print(f'{"":14s}' + ''.join(f'{n:>9s}' for n in names) + '   recall     (documents, sources equal)')
    for f, n in enumerate(names):
        row = [((y == f) & (p.argmax(1) == g)).sum() for g in range(len(names))]
        if sum(row):
            rec = [np.mean(p[(y == f) & (at == s)].argmax(1) == f) for s in sorted(set(at[y == f]))]
            print(f'{n:14s}' + ''.join(f'{v:9d}' for v in row) + f'   {row[f] / sum(row):.2f} {np.mean(rec):.2f}')


def main():
    tx, ty, ts = read(sys.argv[1], 'train')
    dx, dy, ds = read(sys.argv[1], 'dev')
    ty, dy = ty.astype(int), dy.astype(int)
    print('names without a family:', dict(unknown) or 'none')
    for what, y, s in (('train', ty, ts), ('dev', dy, ds)):
        print(what, len(y), 'texts:', {n: int((y == f).sum()) for f, n in enumerate(FAMILIES)}, len(set(s)), 'sources')
    count = collections.Counter(w.lower() for t in tx for w in TOKEN.findall(t) if w[0].isalpha())
    keep.update(w for w, _ in count.most_common(KEEP))
    h = HashingVectorizer(analyzer=distorted, n_features=1 << BITS, alternate_sign=False, norm=None, binary=True)
    tf = TfidfTransformer(sublinear_tf=True)
    x = tf.fit_transform(h.transform(tx))
    xd = tf.transform(h.transform(dx))
    z = np.zeros((len(ty), len(FAMILIES)))
    for a, b in GroupKFold(4).split(x, ty, ts):
        z[b] = logits(fit(x[a], ty[a], ts[a]), x[b])
    t = minimize_scalar(lambda v: loss(softmax(z * v), ty), bounds=(0.05, 5), method='bounded').x
    p = softmax(z * t)
    print('\ntrain sources left out: top-1 %.3f top-2 %.3f log-loss %.3f, scale %.2f' % (*figures(p, ty), t))
    confusion(p, ty, FAMILIES, ts)
    p = softmax(logits(fit(x, ty, ts), xd) * t)
    most = max(np.mean(dy == f) for f in range(len(FAMILIES)))
    print('\ndev: top-1 %.3f top-2 %.3f log-loss %.3f' % figures(p, dy),
          'ECE %.3f; always the most frequent %.3f; even guess log-loss %.3f' % (ece(p, dy), most, np.log(len(FAMILIES))))
    confusion(p, dy, FAMILIES, ds)
    words = np.array([len(t.split()) for t in dx])
    for lo, hi in ((40, 80), (80, 150), (150, 300), (300, 999)):
        m = (words >= lo) & (words < hi)
        print(f'{lo}-{hi} words: {m.sum()} texts, top-1 %.3f top-2 %.3f log-loss %.3f' % figures(p[m], dy[m]))
    for s in sorted(set(ds)):
        m, guess = ds == s, max(np.mean(dy[ds == s] == f) for f in range(len(FAMILIES)))
        print(f'{s:32s} {m.sum():5d} texts {len(set(dy[m]))} families, top-1 %.3f top-2 %.3f log-loss %.3f, most frequent {guess:.3f}' % figures(p[m], dy[m]))
    for at in (0.4, 0.5, 0.6, 0.7, 0.8):
        m = p.max(1) >= at
        print(f'stated {at}: answered {m.mean():.3f}, right {(p[m].argmax(1) == dy[m]).mean() if m.any() else 0:.3f}')
    group = np.array([[f in v for f in FAMILIES] for v in GROUPS.values()]).T.astype(float)
    gp, gy = p @ group, group[dy].argmax(1)
    most = max(np.mean(gy == g) for g in range(len(GROUPS)))
    print('\ndev, groups: top-1 %.3f top-2 %.3f log-loss %.3f' % figures(gp, gy), 'ECE %.3f; always the most frequent %.3f' % (ece(gp, gy), most))
    confusion(gp, gy, list(GROUPS), ds)


main()
