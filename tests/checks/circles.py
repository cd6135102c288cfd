#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Circles of files inside a room: files that call each other round and round, by the symbols of their objects.

    tests/checks/circles.py BUILD ROOM...

Those in tests/checks/circles.txt are known; the list may only shrink. Exit 1 for a circle that is not
there, or that has grown.
"""
import glob, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def symbols(path):
    """Names that an object defines for others, and those it needs."""
    defined, needed = set(), set()
    out = subprocess.run([os.environ.get("NM", "gcc-nm"), "-g", path], capture_output=True, text=True).stdout
    for line in out.splitlines():
        part = line.split()
        if len(part) >= 2 and part[-2] == "U":
            needed.add(part[-1])
        elif len(part) >= 2:
            defined.add(part[-1])
    return defined, needed


def circles(graph):
    """Strongly connected components of two and more (Tarjan, without recursion)."""
    index, low, on, stack, found, count = {}, {}, set(), [], [], 0
    for root in sorted(graph):
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = count
        count += 1
        stack.append(root)
        on.add(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = count
                    count += 1
                    stack.append(other)
                    on.add(other)
                    work.append((other, iter(sorted(graph[other]))))
                    break
                if other in on:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        component.append(stack.pop())
                        on.discard(component[-1])
                        if component[-1] == node:
                            break
                    if len(component) > 1:
                        found.append(sorted(component))
    return found


def main():
    build, rooms = sys.argv[1], sys.argv[2:]
    known = {}
    for line in open(os.path.join(HERE, "circles.txt")):
        if line.strip() and not line.startswith("#"):
            room, files = line.split(":")
            known.setdefault(room, []).append(set(files.split()))
    bad = total = 0
    for room in rooms:
        files = {}
        for source in glob.glob(room + "/*.c") + glob.glob(room + "/*.cc"):
            object_ = os.path.join(build, os.path.splitext(source)[0] + ".o")
            if os.path.exists(object_):
                files[os.path.splitext(os.path.basename(source))[0]] = symbols(object_)
        owner = {name: file for file, (defined, _) in files.items() for name in defined}
        graph = {file: {owner[n] for n in needed if owner.get(n, file) != file} for file, (_, needed) in files.items()}
        for circle in circles(graph):
            total += 1
            if not any(set(circle) <= allowed for allowed in known.get(room, [])):
                print("circles: %s: %s" % (room, " ".join(circle)))
                bad = 1
        for allowed in known.get(room, []):
            whole = len(files) == len(glob.glob(room + "/*.c") + glob.glob(room + "/*.cc"))
            if whole and not any(set(c) <= allowed for c in circles(graph)):
                print("circles: note: %s: %s may leave circles.txt" % (room, " ".join(sorted(allowed))))
    if not bad:
        print("circles: ok (%d, all known)" % total)
    return bad


sys.exit(main())
