#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints how likely the text on standard input was written by a machine, through the shared
library alone: no package needed.   python3 judge.py < text.txt"""
import ctypes as c
import sys


class Options(c.Structure):  # struct echometer_options
    _fields_ = [(n, c.c_size_t) for n in ("size", "document", "verdict", "threshold", "counts")]
    _fields_ += [("model", c.c_char_p), ("without_model", c.c_int), ("spans", c.c_int),
                 ("fpr", c.c_double), ("refs", c.c_void_p), ("n_refs", c.c_size_t),
                 ("threads", c.c_uint)]


class Verdict(c.Structure):  # the beginning of struct echometer_verdict
    _fields_ = [("kind", c.c_int), ("score", c.c_double), ("log_odds", c.c_double),
                ("words", c.c_uint32), ("abstained", c.c_char_p), ("model", c.c_char_p)]


library = c.CDLL("libechometer.so.1")
handle, why, verdict = c.c_void_p(), c.create_string_buffer(256), Verdict()
# Sizes of 0: nothing is written to the structs that this program does not know.
options = Options(size=c.sizeof(Options), verdict=c.sizeof(Verdict))
if library.echometer_open(c.byref(handle), c.byref(options), why, c.c_size_t(len(why))) < 0:
    sys.exit("judge: " + why.value.decode())
text = sys.stdin.buffer.read()
status = library.echometer_judge(handle, text, c.c_size_t(len(text)), None, c.byref(verdict))
if status < 0:
    sys.exit("judge: the text could not be judged")
if verdict.abstained:
    print("no verdict:", verdict.abstained.decode())
else:
    print(f"probability {verdict.score:.3f} by {verdict.model.decode()}")
library.echometer_close(handle)
