# SPDX-License-Identifier: Apache-2.0
"""Measures how much of a corpus is model output.

    import echometer

    model = echometer.Model()
    print(model.judge("...")["score"])
    for document in model.scan("crawl.warc.gz"):
        print(document["url"], document["verdict"]["score"])
    for row in echometer.Index("idx").prevalence():
        print(row["month"], row["estimate"], row["low"], row["high"])

A thin layer over the shared library libechometer, by ctypes: no dependency. Set
ECHOMETER_LIBRARY to the path of the library where the system's loader does not find it, and
ECHOMETER_DATA to the folder that holds models/ where the models are not installed beside it.
Scores are for measuring corpora; do not use verdicts to judge individuals.
"""
import ctypes as _c
import math as _math
import os as _os
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Union

from . import _library as _l

__all__ = ["EchometerError", "Index", "Model", "extract", "version"]

_lib = _l.load()
_Path = Union[str, "_os.PathLike[str]"]


class EchometerError(Exception):
    """What failed, where and why, as the library says it."""


def version() -> str:
    """The library's version, for example "0.2.0"."""
    return _lib.echometer_version().decode()


def _text(value: Optional[bytes]) -> Optional[str]:
    return value.decode("utf-8", "replace") if value else None


def _check(status: int, why: Optional[_c.Array] = None) -> int:
    if status < 0:
        message = why.value if why is not None and why.value else _lib.echometer_strerror(status)
        raise EchometerError(message.decode("utf-8", "replace"))
    return status


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a lone surrogate has no UTF-8


def _verdict(v: _l.Verdict) -> Dict[str, Any]:
    abstained = v.kind == 3
    return {
        "verdict": _l.KINDS[v.kind],
        "score": None if abstained else v.score,
        "log_odds": None if abstained else v.log_odds,
        "abstain": _text(v.abstained),
        "words": v.words,
        "leaks": [{"kind": _text(x.kind), "text": _text(x.text) or "", "start": x.start,
                   "end": x.end} for x in v.leaks[:v.n_leaks]],
        "matches": [{"set": _text(x.set), "item": _text(x.item), "kind": _text(x.kind),
                     "contained": x.contained, "words": x.words, "start": x.start,
                     "end": x.end} for x in v.matches[:v.n_matches]],
        "spans": [{"start": x.start, "end": x.end, "score": x.score}
                  for x in v.spans[:v.n_spans]],
        "share": v.share if v.share >= 0 else None,
        "share_error": v.share_error if v.share >= 0 else None,
        "families": {_text(x.name): x.probability for x in v.families[:v.n_families]},
        "model": _text(v.model),
    }


def _document(d: _l.Document) -> Dict[str, Any]:
    text = _c.string_at(d.text, d.text_len)
    fields = ("id", "url", "date", "published", "published_by", "title", "author", "site",
              "excerpt", "canonical", "lang", "charset", "file")
    result: Dict[str, Any] = {name: _text(getattr(d, name)) for name in fields}
    result.update(text=text.decode("utf-8", "replace"), words=d.words, offset=d.offset)
    result["blocks"] = [{"text": text[b.start:b.end].decode("utf-8", "replace"),
                         "kind": _l.BLOCKS[min(b.kind, len(_l.BLOCKS) - 1)],
                         "main": bool(b.flags & _l.MAIN), "hidden": bool(b.flags & _l.HIDDEN)}
                        for b in d.blocks[:d.n_blocks]]
    return result


class _Handle:
    """One handle of the library, closed with its owner."""

    def __init__(self, options: _l.Options):
        why = _c.create_string_buffer(512)
        self.pointer = _c.c_void_p()
        _check(_lib.echometer_open(_c.byref(self.pointer), _c.byref(options), why, len(why)), why)

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            _lib.echometer_close(self.pointer)
            self.pointer = None


def _options(**given: Any) -> _l.Options:
    return _l.Options(size=_c.sizeof(_l.Options), document_size=_c.sizeof(_l.Document),
                      verdict_size=_c.sizeof(_l.Verdict),
                      threshold_size=_c.sizeof(_l.Threshold),
                      counts_size=_c.sizeof(_l.Counts), **given)


class Model:
    """A detector. One object serves one thread at a time; judge_many() has threads of its own.

    path    a model file; None: the installed models, one a language
    fpr     the threshold: the share of human texts flagged at most, for example 0.01
    spans   verdicts come with the machine-written stretches and their share of the text
    refs    reference sets (.emr files): verdicts come with matches
    """

    def __init__(self, path: Optional[_Path] = None, *, fpr: float = 0.0, spans: bool = False,
                 refs: Sequence[_Path] = ()):
        sets = (_c.c_char_p * len(refs))(*[_os.fsencode(r) for r in refs])
        self._given = dict(model=_os.fsencode(path) if path is not None else None, fpr=fpr,
                           spans=int(spans), refs=sets, n_refs=len(refs))
        self._handles: Dict[int, _Handle] = {}
        self._handle(1)

    def _handle(self, threads: int) -> _c.c_void_p:
        if threads not in self._handles:
            self._handles[threads] = _Handle(_options(threads=threads, **self._given))
        return self._handles[threads].pointer

    @property
    def name(self) -> str:
        """The model's name, as in every verdict."""
        return _text(_lib.echometer_model(self._handle(1))) or ""

    def threshold(self, fpr: float) -> Dict[str, Any]:
        """The log-odds from which texts are called machine-written at this rate, and the 95 %
        interval of the rate on the human texts that it was measured on."""
        t = _l.Threshold()
        if _lib.echometer_threshold(self._handle(1), fpr, _c.byref(t)) < 0:
            raise EchometerError(f"the model was not measured at a rate of {fpr}")
        return {"fpr": t.fpr, "log_odds": t.log_odds, "fpr_low": t.fpr_low,
                "fpr_high": t.fpr_high, "texts": t.texts, "sources": t.sources,
                "measured": _text(t.measured)}

    def judge(self, text: str, lang: Optional[str] = None) -> Dict[str, Any]:
        """The verdict on a text, with its evidence. Offsets are bytes of its UTF-8."""
        v, data = _l.Verdict(), _utf8(text)
        _check(_lib.echometer_judge(self._handle(1), data, len(data),
                                    lang.encode() if lang else None, _c.byref(v)))
        return _verdict(v)

    def judge_many(self, texts: Iterable[str], threads: int = 1,
                   lang: Optional[str] = None) -> List[Dict[str, Any]]:
        """The verdicts on texts, in their order, without evidence: `verdict`, `score`,
        `log_odds`, `abstain` and `words` of each."""
        data = [_utf8(t) for t in texts]
        n = len(data)
        scores = (_l.Score * n)()
        _check(_lib.echometer_judge_many(self._handle(max(1, threads)), (_c.c_char_p * n)(*data),
                                         (_c.c_size_t * n)(*map(len, data)), n,
                                         lang.encode() if lang else None, scores))
        return [{"verdict": _l.KINDS[s.kind], "score": None if s.kind == 3 else s.score,
                 "log_odds": None if s.kind == 3 else s.log_odds,
                 "abstain": _text(s.abstained), "words": s.words} for s in scores]

    def scan(self, path: _Path) -> Iterator[Dict[str, Any]]:
        """Every document of an archive or corpus, each with its `verdict`. Records that hold no
        document are skipped."""
        owner = _Handle(_options(threads=1, **self._given))
        handle = owner.pointer
        why, d, v = _c.create_string_buffer(512), _l.Document(), _l.Verdict()
        _check(_lib.echometer_read(handle, _os.fsencode(path), why, len(why)), why)
        while _check(_lib.echometer_next(handle, _c.byref(d))) == 0:
            _check(_lib.echometer_judge(handle, _c.cast(d.text, _c.c_char_p), d.text_len, d.lang,
                                        _c.byref(v)))
            document = _document(d)
            document["verdict"] = _verdict(v)
            yield document


_KEYS = ("month", "lang", "domain", "tld", "host")
_COUNTS = ("documents", "words", "judged", "scored", "flagged", "leaks", "known")
_SHARES = ("estimate", "low", "high", "zero_check", "zero_low", "zero_high")
_WORDS = ("estimator", "note", "model")


class Index:
    """An index that `echometer scan --index` made. It needs no model file."""

    def __init__(self, path: _Path):
        self.path = _os.fspath(path)

    def prevalence(self, by: Optional[str] = None, *, axis: Optional[str] = None,
                   model: Optional[str] = None, replicates: int = 100,
                   anchor: Optional[str] = None) -> List[Dict[str, Any]]:
        """What share of the documents is machine-written, with 95 % intervals: the rows of
        `echometer prevalence`, one dictionary each, ready for pandas.DataFrame().

        by          "month", "lang", "domain", "tld", "host", or several with commas; "all";
                    None: all documents, then months
        axis        whose date: "crawl", "published" or "first-seen"; None: as the command
        model       whose scores, where the index has several models'
        replicates  of the bootstrap, 20 to 1000
        anchor      "site" or "none", of rows by domain, host or tld; None: as the command

        A row has a key for each stratum (None: not known), counts, shares (None where there is
        no estimate; `note` says why), and the model."""
        why, rows, row = _c.create_string_buffer(512), _c.c_void_p(), _l.PrevalenceRow()
        options = _l.PrevalenceOptions(
            size=_c.sizeof(_l.PrevalenceOptions), row_size=_c.sizeof(row),
            by=_utf8(by) if by is not None else None, axis=_utf8(axis) if axis else None,
            model=_utf8(model) if model else None, replicates=replicates,
            anchor=_utf8(anchor) if anchor else None)
        _check(_lib.echometer_prevalence_open(_c.byref(rows), _os.fsencode(self.path),
                                              _c.byref(options), why, len(why)), why)
        asked = {"month"} if by in (None, "", "all") else set(by.split(","))
        try:
            result = []
            while _check(_lib.echometer_prevalence_next(rows, _c.byref(row))) == 0:
                result.append(_prevalence_row(row, asked))
            return result
        finally:
            _lib.echometer_prevalence_close(rows)


def _prevalence_row(row: _l.PrevalenceRow, asked: Set[str]) -> Dict[str, Any]:
    result: Dict[str, Any] = {k: _text(getattr(row, k)) for k in _KEYS if k in asked}
    result.update((k, getattr(row, k)) for k in _COUNTS)
    shares = ((k, getattr(row, k)) for k in _SHARES)
    result.update((k, None if _math.isnan(x) else x) for k, x in shares)
    result.update((k, _text(getattr(row, k))) for k in _WORDS)
    return result


def extract(html: Union[bytes, str], url: Optional[str] = None, charset: Optional[str] = None,
            all_text: bool = False) -> Optional[Dict[str, Any]]:
    """The main text of an HTML page, its title, date, language and blocks; None where it has no
    text. With `all_text` every block is there, flagged `main` and `hidden`."""
    if isinstance(html, str):
        html, charset = _utf8(html), "utf-8"
    handle, d = _Handle(_options(without_model=1)), _l.Document()
    function = _lib.echometer_extract_all if all_text else _lib.echometer_extract
    status = function(handle.pointer, html, len(html), _utf8(url) if url else None,
                      charset.encode() if charset else None, _c.byref(d))
    return _document(d) if _check(status) == 0 else None
