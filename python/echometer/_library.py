# SPDX-License-Identifier: Apache-2.0
"""libechometer by ctypes: the structs and functions of echometer.h, nothing more."""
import ctypes as c
import os

ABI = 1
KINDS = ("human", "machine", "unsure", "abstain")
BLOCKS = ("paragraph", "heading", "list-item", "table-cell", "preformatted", "quote", "other")
MAIN, HIDDEN = 1, 2


class Options(c.Structure):
    _fields_ = [("size", c.c_size_t), ("document_size", c.c_size_t), ("verdict_size", c.c_size_t),
                ("threshold_size", c.c_size_t), ("counts_size", c.c_size_t),
                ("model", c.c_char_p), ("without_model", c.c_int), ("spans", c.c_int),
                ("fpr", c.c_double), ("refs", c.POINTER(c.c_char_p)), ("n_refs", c.c_size_t),
                ("threads", c.c_uint)]


class Block(c.Structure):
    _fields_ = [("start", c.c_uint32), ("end", c.c_uint32), ("page_start", c.c_uint32),
                ("page_end", c.c_uint32), ("link_bytes", c.c_uint32), ("kind", c.c_uint8),
                ("flags", c.c_uint8)]


class Document(c.Structure):
    _fields_ = [("id", c.c_char_p), ("url", c.c_char_p), ("date", c.c_char_p),
                ("published", c.c_char_p), ("title", c.c_char_p), ("lang", c.c_char_p),
                ("text", c.c_void_p), ("text_len", c.c_size_t), ("words", c.c_uint32),
                ("file", c.c_char_p), ("offset", c.c_uint64), ("published_by", c.c_char_p),
                ("author", c.c_char_p), ("site", c.c_char_p), ("excerpt", c.c_char_p),
                ("canonical", c.c_char_p), ("lang_attribute", c.c_char_p),
                ("robots", c.c_uint32), ("blocks", c.POINTER(Block)), ("n_blocks", c.c_size_t),
                ("charset", c.c_char_p), ("replaced", c.c_uint32), ("hidden_bytes", c.c_uint32),
                ("noscript_bytes", c.c_uint32), ("cut", c.c_int)]


class Span(c.Structure):
    _fields_ = [("start", c.c_uint32), ("end", c.c_uint32), ("score", c.c_double)]


class Leak(c.Structure):
    _fields_ = [("kind", c.c_char_p), ("text", c.c_char_p), ("start", c.c_uint32),
                ("end", c.c_uint32)]


class Match(c.Structure):
    _fields_ = [("set", c.c_char_p), ("item", c.c_char_p), ("kind", c.c_char_p),
                ("contained", c.c_double), ("words", c.c_uint32), ("start", c.c_uint32),
                ("end", c.c_uint32)]


class Family(c.Structure):
    _fields_ = [("name", c.c_char_p), ("probability", c.c_double)]


class Verdict(c.Structure):
    _fields_ = [("kind", c.c_int), ("score", c.c_double), ("log_odds", c.c_double),
                ("words", c.c_uint32), ("abstained", c.c_char_p), ("model", c.c_char_p),
                ("leaks", c.POINTER(Leak)), ("n_leaks", c.c_size_t),
                ("matches", c.POINTER(Match)), ("n_matches", c.c_size_t),
                ("spans", c.POINTER(Span)), ("n_spans", c.c_size_t),
                ("share", c.c_double), ("share_error", c.c_double),
                ("families", c.POINTER(Family)), ("n_families", c.c_size_t)]


class Threshold(c.Structure):
    _fields_ = [("fpr", c.c_double), ("log_odds", c.c_double), ("fpr_low", c.c_double),
                ("fpr_high", c.c_double), ("texts", c.c_uint32), ("sources", c.c_uint32),
                ("measured", c.c_char_p)]


class Counts(c.Structure):
    _fields_ = [("records", c.c_uint64), ("documents", c.c_uint64), ("dropped", c.c_uint64),
                ("damaged", c.c_uint64), ("files", c.c_uint64), ("files_failed", c.c_uint64)]


class Score(c.Structure):
    _fields_ = [("score", c.c_double), ("log_odds", c.c_double), ("abstained", c.c_char_p),
                ("words", c.c_uint32), ("kind", c.c_int)]


class PrevalenceOptions(c.Structure):
    _fields_ = [("size", c.c_size_t), ("row_size", c.c_size_t), ("by", c.c_char_p),
                ("axis", c.c_char_p), ("model", c.c_char_p), ("replicates", c.c_uint),
                ("anchor", c.c_char_p)]


class PrevalenceRow(c.Structure):
    _fields_ = [("month", c.c_char_p), ("lang", c.c_char_p), ("domain", c.c_char_p),
                ("tld", c.c_char_p), ("host", c.c_char_p), ("documents", c.c_uint64),
                ("words", c.c_uint64), ("judged", c.c_uint64), ("scored", c.c_uint64),
                ("flagged", c.c_uint64), ("leaks", c.c_uint64), ("known", c.c_uint64),
                ("estimate", c.c_double), ("low", c.c_double), ("high", c.c_double),
                ("estimator", c.c_char_p), ("zero_check", c.c_double),
                ("zero_low", c.c_double), ("zero_high", c.c_double), ("note", c.c_char_p),
                ("model", c.c_char_p)]


_WHY = [c.c_char_p, c.c_size_t]
_FUNCTIONS = {
    "version": (c.c_char_p, []),
    "strerror": (c.c_char_p, [c.c_int]),
    "open": (c.c_int, [c.POINTER(c.c_void_p), c.POINTER(Options)] + _WHY),
    "clone": (c.c_int, [c.POINTER(c.c_void_p), c.c_void_p] + _WHY),
    "close": (None, [c.c_void_p]),
    "model": (c.c_char_p, [c.c_void_p]),
    "threshold": (c.c_int, [c.c_void_p, c.c_double, c.POINTER(Threshold)]),
    "read": (c.c_int, [c.c_void_p, c.c_char_p] + _WHY),
    "next": (c.c_int, [c.c_void_p, c.POINTER(Document)]),
    "counts": (None, [c.c_void_p, c.POINTER(Counts)]),
    "extract": (c.c_int, [c.c_void_p, c.c_char_p, c.c_size_t, c.c_char_p, c.c_char_p,
                          c.POINTER(Document)]),
    "extract_all": (c.c_int, [c.c_void_p, c.c_char_p, c.c_size_t, c.c_char_p, c.c_char_p,
                              c.POINTER(Document)]),
    "judge": (c.c_int, [c.c_void_p, c.c_char_p, c.c_size_t, c.c_char_p, c.POINTER(Verdict)]),
    "prevalence_open": (c.c_int, [c.POINTER(c.c_void_p), c.c_char_p,
                                  c.POINTER(PrevalenceOptions)] + _WHY),
    "prevalence_next": (c.c_int, [c.c_void_p, c.POINTER(PrevalenceRow)]),
    "prevalence_close": (None, [c.c_void_p]),
    "judge_many": (c.c_int, [c.c_void_p, c.POINTER(c.c_char_p), c.POINTER(c.c_size_t),
                             c.c_size_t, c.c_char_p, c.POINTER(Score)]),
}


def load() -> c.CDLL:
    """The shared library: $ECHOMETER_LIBRARY, or what the system's loader finds."""
    library = c.CDLL(os.environ.get("ECHOMETER_LIBRARY") or f"libechometer.so.{ABI}")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, "echometer_" + name)
        function.restype, function.argtypes = result, arguments
    return library
