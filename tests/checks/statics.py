#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names of static functions that stand in more than three files: neither grep nor tags find the way there.

Those in tests/checks/statics.txt are known; the list may only shrink. With --table: by room, how many
statics there are and how many share a name with another file's.
"""
import collections, os, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(os.path.join(HERE, "..", ".."))
MOST = 3
DEFINITION = re.compile(r"^static (?!const struct|struct [a-z_]+ \{)[^;={}()]*?\b([a-z_][a-z_0-9]*)\([^;]*?\)\n\{", re.M)


def names_of(path):
    return set(DEFINITION.findall(open(path, errors="replace").read()))


def main():
    rooms = r"^(base|crawler|detector|index|report|pipeline|cli)/"
    files = [f for f in subprocess.run(["git", "ls-files", "*.c", "*.cc"], capture_output=True, text=True).stdout.split()
             if re.match(rooms, f)]
    where = collections.defaultdict(list)
    for file in files:
        for name in names_of(file):
            where[name].append(file)
    if "--table" in sys.argv:
        count, shared = collections.Counter(), collections.Counter()
        for name, places in where.items():
            for place in places:
                count[os.path.dirname(place)] += 1
                shared[os.path.dirname(place)] += len(places) > 1
        for room in sorted(count):
            print("%-24s %5d %5d  %3.0f %%" % (room, count[room], shared[room], 100 * shared[room] / count[room]))
        all_, both = sum(count.values()), sum(shared.values())
        print("%-24s %5d %5d  %3.0f %%" % ("all", all_, both, 100 * both / all_))
        return 0
    known = {line.strip() for line in open(os.path.join(HERE, "statics.txt")) if line.strip() and line[0] != "#"}
    bad = 0
    for name in sorted(where):
        if len(where[name]) > MOST and name not in known:
            print("statics: %s stands in %d files: %s" % (name, len(where[name]), " ".join(sorted(where[name])[:6])))
            bad = 1
    for name in sorted(known):
        if len(where[name]) <= MOST:
            print("statics: note: %s may leave tests/checks/statics.txt" % name)
    return bad


sys.exit(main())
