#!/usr/bin/env python3
"""Writes a Parquet file of required string columns, plain and uncompressed.

    make_parquet.py FILE NAME=VALUE[,VALUE...] ...

Values are Python byte literals without quotes: \\xff is that byte.
"""
import ast
import struct
import sys


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def zigzag(n):
    return varint(n << 1)


def binary(b):
    return varint(len(b)) + b


def record(*fields):
    """spec: Thrift compact protocol; fields are (id, type, bytes)."""
    out, last = b"", 0
    for number, kind, value in fields:
        out += bytes([(number - last) << 4 | kind]) + value
        last = number
    return out + b"\0"


I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


def items(kind, values):
    return bytes([len(values) << 4 | kind]) + b"".join(values)


def main():
    path, columns = sys.argv[1], {}
    for argument in sys.argv[2:]:
        name, values = argument.split("=", 1)
        columns[name.encode()] = [ast.literal_eval(f"b'{v}'") for v in values.split(",")]
    rows = len(next(iter(columns.values())))
    out, chunks = b"PAR1", []
    for name, values in columns.items():
        page = b"".join(struct.pack("<I", len(v)) + v for v in values)
        header = record((1, I32, zigzag(0)), (2, I32, zigzag(len(page))), (3, I32, zigzag(len(page))),
                        (5, STRUCT, record((1, I32, zigzag(rows)), (2, I32, zigzag(0)), (3, I32, zigzag(3)), (4, I32, zigzag(3)))))
        meta = record((1, I32, zigzag(6)), (2, LIST, items(I32, [zigzag(0)])), (3, LIST, items(BINARY, [binary(name)])),
                      (4, I32, zigzag(0)), (5, I64, zigzag(rows)), (6, I64, zigzag(len(header + page))),
                      (7, I64, zigzag(len(header + page))), (9, I64, zigzag(len(out))))
        chunks.append(record((2, I64, zigzag(len(out))), (3, STRUCT, meta)))
        out += header + page
    leaves = [record((1, I32, zigzag(6)), (3, I32, zigzag(0)), (4, BINARY, binary(name)), (6, I32, zigzag(0))) for name in columns]
    root = record((4, BINARY, binary(b"schema")), (5, I32, zigzag(len(columns))))
    group = record((1, LIST, items(STRUCT, chunks)), (2, I64, zigzag(len(out))), (3, I64, zigzag(rows)))
    footer = record((1, I32, zigzag(1)), (2, LIST, items(STRUCT, [root] + leaves)), (3, I64, zigzag(rows)), (4, LIST, items(STRUCT, [group])))
    with open(path, "wb") as f:
        f.write(out + footer + struct.pack("<I", len(footer)) + b"PAR1")


main()
