# SPDX-License-Identifier: Apache-2.0
"""The Python package, over the library of $ECHOMETER_LIBRARY and the models of $ECHOMETER_DATA."""
import json
import os
import subprocess
import tempfile
import unittest

import echometer

MACHINE = (
    "In today's fast-paced world, effective communication plays a crucial role in fostering "
    "collaboration and driving success. Additionally, it enables individuals to build meaningful "
    "connections and navigate complex challenges with confidence. Moreover, by leveraging a wide "
    "range of innovative strategies, organizations can unlock their full potential and create a "
    "more inclusive environment for everyone. In conclusion, it is essential to prioritize clear "
    "communication, as it not only enhances productivity but also contributes to well-being.")


class Judging(unittest.TestCase):
    def test_a_verdict_has_its_evidence(self):
        text = MACHINE + " As an AI language model, I cannot say more. Ünïcode."
        v = echometer.Model(spans=True).judge(text)
        self.assertEqual(v["verdict"], "machine")
        self.assertGreater(v["score"], 0.5)
        leak = v["leaks"][0]
        self.assertEqual(text.encode()[leak["start"]:leak["end"]].decode(), leak["text"])
        self.assertTrue(0 < v["share"] <= 1)
        self.assertEqual(v["model"], echometer.Model().name)

    def test_abstention_has_a_reason_and_no_score(self):
        v = echometer.Model().judge("Too short.")
        self.assertEqual((v["verdict"], v["abstain"], v["score"]), ("abstain", "too-short", None))
        self.assertIsNone(v["share"])

    def test_many_are_as_one(self):
        model = echometer.Model()
        texts = [MACHINE[:40 * i] for i in range(14)] * 3 + ["a lone surrogate: \ud800"]
        for threads in (1, 2, 3):
            many = model.judge_many(texts, threads=threads)
            self.assertEqual(len(many), len(texts))
            for text, v in zip(texts, many):
                alone = model.judge(text)
                self.assertEqual(v, {k: alone[k] for k in v})
        self.assertEqual(model.judge_many([]), [])

    def test_thresholds(self):
        model = echometer.Model()
        t = model.threshold(0.01)
        self.assertEqual(t["fpr"], 0.01)
        self.assertGreater(t["sources"], 0)
        with self.assertRaises(echometer.EchometerError):
            model.threshold(0.7)

    def test_errors_say_where(self):
        with self.assertRaisesRegex(echometer.EchometerError, "/nonexistent/x.emm"):
            echometer.Model("/nonexistent/x.emm")
        with self.assertRaisesRegex(echometer.EchometerError, "/nonexistent/x.warc"):
            next(echometer.Model().scan("/nonexistent/x.warc"))


class Reading(unittest.TestCase):
    def test_scan_gives_what_the_command_gives(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "corpus.jsonl")
            with open(path, "w", encoding="utf-8") as out:
                out.write(json.dumps({"id": "a", "url": "http://x.example/é", "text": MACHINE}) + "\n")
                out.write("not json\n")
                out.write(json.dumps({"id": "b", "text": "Short."}) + "\n")
            documents = list(echometer.Model().scan(path))
            self.assertEqual([d["id"] for d in documents], ["a", "b"])
            self.assertEqual(documents[0]["text"], MACHINE)
            command = os.environ.get("ECHOMETER_COMMAND")
            if not command:
                self.skipTest("no command to compare with")
            lines = subprocess.run([command, "scan", "-q", path], capture_output=True, text=True).stdout
            for line, d in zip(map(json.loads, lines.splitlines()), documents):
                self.assertEqual(line["verdict"], d["verdict"]["verdict"])
                self.assertEqual(line["url"], d["url"])
                self.assertEqual(line["words"], d["words"])
                if line["score"] is not None:
                    self.assertAlmostEqual(line["score"], d["verdict"]["score"], places=5)

    def test_extract(self):
        html = ("<title>T</title><nav><a href=/>Home</a></nav><article><h1>A café</h1><p>The text of "
                "a page, which is what counts, and not what stands around it.</article>")
        d = echometer.extract(html, url="http://x.example/")
        self.assertIn("what counts", d["text"])
        self.assertNotIn("Home", d["text"])
        every = echometer.extract(html, all_text=True)
        self.assertEqual([b["kind"] for b in every["blocks"]], ["other", "heading", "paragraph"])
        self.assertEqual([b["main"] for b in every["blocks"]][::2], [False, True])
        latin = echometer.extract(html.encode("latin1"), charset="latin1", all_text=True)
        self.assertEqual(latin["blocks"][1]["text"], "A café")
        self.assertIsNone(echometer.extract(b""))

    def test_version(self):
        with open(os.path.join(os.path.dirname(__file__), "../../VERSION"), encoding="ascii") as f:
            self.assertEqual(echometer.version(), f.read().strip())


class Measuring(unittest.TestCase):
    def setUp(self):
        self.command = os.environ.get("ECHOMETER_COMMAND")
        if not self.command:
            self.skipTest("no command to make an index with")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.index = os.path.join(folder.name, "idx")
        corpus = os.path.join(folder.name, "corpus.jsonl")
        with open(corpus, "w", encoding="utf-8") as out:
            for i in range(130):
                out.write(json.dumps({"id": str(i), "url": f"http://s{i % 30}.example/{i}", "lang": "en",
                                      "date": "2024-05-03" if i < 70 else "2024-07-03",
                                      "text": MACHINE + f" This is number {i}."}) + "\n")
            out.write(json.dumps({"id": "x", "url": "http://s.example/x", "text": MACHINE}) + "\n")
        subprocess.run([self.command, "scan", "-q", "--index", self.index, corpus], check=True,
                       stdout=subprocess.DEVNULL)

    def test_rows_are_the_commands(self):
        for by in (None, "month", "month,tld", "domain", "all"):
            rows = echometer.Index(self.index).prevalence(by)
            options = ["--by", by] if by else []
            lines = subprocess.run([self.command, "prevalence", "--index", self.index, "--json"] + options,
                                   capture_output=True, text=True, check=True).stdout.splitlines()
            self.assertEqual(len(rows), len(lines))
            for row, line in zip(rows, map(json.loads, lines)):
                for key, value in row.items():
                    if isinstance(value, float):
                        self.assertAlmostEqual(value, line[key], places=5)
                    else:
                        self.assertEqual(value, line[key])

    def test_rows_make_a_table(self):
        rows = echometer.Index(self.index).prevalence()
        self.assertEqual([r["month"] for r in rows], ["all", "2024-05", "2024-07", None])
        self.assertEqual([r["documents"] for r in rows], [131, 70, 60, 1])
        self.assertEqual(len({tuple(r) for r in rows}), 1)
        self.assertGreater(rows[0]["estimate"], 0.5)
        self.assertTrue(rows[0]["low"] <= rows[0]["estimate"] <= rows[0]["high"])
        self.assertEqual((rows[3]["estimate"], rows[3]["note"]), (None, "too few documents"))

    def test_errors_say_what(self):
        index = echometer.Index(self.index)
        for wrong in ({"by": "year"}, {"axis": "never"}, {"anchor": "chain"}, {"replicates": 3}):
            with self.assertRaisesRegex(echometer.EchometerError, str(list(wrong.values())[0])):
                index.prevalence(**wrong)
        with self.assertRaisesRegex(echometer.EchometerError, "nowhere"):
            index.prevalence(model="nowhere")
        with self.assertRaisesRegex(echometer.EchometerError, "/nonexistent/idx"):
            echometer.Index("/nonexistent/idx").prevalence()


if __name__ == "__main__":
    unittest.main()
