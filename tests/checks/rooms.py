#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How large the rooms are: lines, functions, their median, 90th percentile and longest (tables left out).

The rows of the table in docs/ARCHITECTURE.md.
"""
import collections, os, re, subprocess

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
lines, lengths = collections.Counter(), collections.defaultdict(list)
for file in subprocess.run(["git", "ls-files", "*.c", "*.h", "*.cc"], capture_output=True, text=True).stdout.split():
    if not re.match(r"(base|crawler|detector|index|report|pipeline|cli)/", file):
        continue
    room, text = os.path.dirname(file), open(file, errors="replace").read().split("\n")
    lines[room] += len(text) - 1
    if re.search(r"_(table|data)\.[ch]$", file):
        continue
    begin = None
    for number, line in enumerate(text):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            lengths[room].append(number - begin - 1)
            begin = None
for room in sorted(lines):
    n = sorted(lengths[room])
    print("| `%s/` | %d | %d | %d | %d | %d |" % (room, lines[room], len(n), n[len(n) // 2], n[len(n) * 9 // 10], n[-1]))
