#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A filter for datatrove pipelines that drops documents which look machine-written.

    from datatrove_filter import EchometerFilter
    LocalPipelineExecutor(pipeline=[
        JsonlReader("corpus/"),
        EchometerFilter(fpr=0.001, exclusion_writer=JsonlWriter("removed/")),
        JsonlWriter("kept/"),
    ]).run()

Kept documents carry what was found in their metadata (echometer_verdict, echometer_score).
Texts without a verdict, which are too short or in a language without a model, are kept.
Without datatrove the module can be imported, and EchometerFilter.judge() be used alone.
"""
from typing import Any, Dict, Optional, Tuple, Union

import echometer

try:
    from datatrove.pipeline.filters.base_filter import BaseFilter
except ImportError:
    BaseFilter = object


class EchometerFilter(BaseFilter):
    name = "echometer"

    def __init__(self, model: Optional[str] = None, fpr: float = 0.01, drop_leaks: bool = False,
                 exclusion_writer: Any = None):
        """fpr: at most this share of human texts is dropped. drop_leaks: drop documents with
        residue of chat clients whatever their score."""
        if BaseFilter is not object:
            super().__init__(exclusion_writer)
        self.model, self.fpr, self.drop_leaks = model, fpr, drop_leaks
        self._judge: Optional[echometer.Model] = None

    def __getstate__(self) -> Dict[str, Any]:
        """Executors pickle their pipelines; every worker loads the model itself."""
        return {**self.__dict__, "_judge": None}

    def judge(self, text: str) -> Dict[str, Any]:
        if self._judge is None:
            self._judge = echometer.Model(self.model, fpr=self.fpr)
        return self._judge.judge(text)

    def filter(self, doc: Any) -> Union[bool, Tuple[bool, str]]:
        verdict = self.judge(doc.text)
        doc.metadata["echometer_verdict"] = verdict["verdict"]
        doc.metadata["echometer_score"] = verdict["score"]
        if self.drop_leaks and verdict["leaks"]:
            return False, "leak"
        return (False, "machine") if verdict["verdict"] == "machine" else True
