#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speed of the Python package's judge_many(): with two threads beside one, and beside the command.

    PYTHONPATH=python ECHOMETER_LIBRARY=build/libechometer.so bench/judge_many.py build/echometer FILE.jsonl [N]

FILE.jsonl has texts in `text`; the first N (default 2,000) are used. Wall and processor seconds, the best of five
runs, in turn. On a machine with other work look at processor time; two threads need two free cores."""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import echometer

RUNS = 5


def seconds(work):
    """Wall and processor seconds of a call, its children's too."""
    def processor():
        return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF,
                                                                             resource.RUSAGE_CHILDREN)))
    wall, cpu = time.monotonic(), processor()
    work()
    return time.monotonic() - wall, processor() - cpu


def main(command, path, most):
    lines = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            lines.append(json.loads(line)["text"])
            if len(lines) == most:
                break
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as copy:
        copy.writelines(json.dumps({"text": t}) + "\n" for t in lines)
        copy.flush()
        model = echometer.Model()
        kinds = {f"judge_many, {n} threads": (lambda n=n: model.judge_many(lines, threads=n)) for n in (1, 2)}
        for n in (1, 2):
            kinds[f"scan --threads {n}"] = lambda n=n: subprocess.run(
                [command, "scan", "-q", "--no-output", "--threads", str(n), copy.name], check=False)
        best = {kind: (float("inf"), float("inf")) for kind in kinds}
        for _ in range(RUNS):
            for kind, work in kinds.items():
                best[kind] = tuple(map(min, best[kind], seconds(work)))
    size = sum(len(t.encode()) for t in lines) / 1e6
    print(f"{len(lines)} texts, {size:.1f} MB; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for kind, (wall, cpu) in best.items():
        print(f"{kind:24} {wall:7.3f} s wall {cpu:7.3f} s processor {size / wall:7.1f} MB/s")
    one, two = best["judge_many, 1 threads"], best["judge_many, 2 threads"]
    print(f"two threads are {one[0] / two[0]:.2f} times one (wall); one is "
          f"{best['scan --threads 1'][1] / one[1]:.2f} times the command (processor)")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2000)
