# SPDX-License-Identifier: Apache-2.0
"""examples/datatrove_filter.py: without datatrove it can be imported and judges; with it, it is a filter."""
import importlib.util
import os
import pickle
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples"))
import datatrove_filter  # noqa: E402

PRESENT = importlib.util.find_spec("datatrove") is not None


class Document:
    def __init__(self, text):
        self.text, self.metadata = text, {}


class Filter(unittest.TestCase):
    def test_short_texts_stay_and_say_why_they_have_no_score(self):
        doc = Document("Too short to say anything.")
        self.assertIs(datatrove_filter.EchometerFilter().filter(doc), True)
        self.assertEqual(doc.metadata, {"echometer_verdict": "abstain", "echometer_score": None})

    def test_leaks_are_dropped_where_that_is_asked_for(self):
        text = "As an AI language model, I cannot browse the internet. " * 20
        self.assertEqual(datatrove_filter.EchometerFilter(drop_leaks=True).filter(Document(text)), (False, "leak"))

    def test_it_travels_to_workers(self):
        one = datatrove_filter.EchometerFilter(fpr=0.001)
        one.judge("A text.")
        self.assertEqual(pickle.loads(pickle.dumps(one)).fpr, 0.001)

    @unittest.skipUnless(PRESENT, "datatrove is not installed")
    def test_it_is_a_filter(self):
        from datatrove.pipeline.filters.base_filter import BaseFilter
        self.assertTrue(issubclass(datatrove_filter.EchometerFilter, BaseFilter))

    @unittest.skipIf(PRESENT, "datatrove is installed")
    def test_nothing_stands_in_for_it(self):
        self.assertIs(datatrove_filter.BaseFilter, object)
        self.assertNotIn("datatrove", sys.modules)


if __name__ == "__main__":
    unittest.main()
