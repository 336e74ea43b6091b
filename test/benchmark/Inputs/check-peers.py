"""check-peers.py OUT.json: ratios are to the slower of v4c's two figures."""

import json
import sys

with open(sys.argv[1]) as file:
    report = json.load(file)
rows = {}
for row in report["rows"]:
    rows.setdefault(row["peer"], []).append(row)
assert [len(rows[name]) for name in ("v4c", "eager", "compiled", "llama")] == [2, 1, 1, 1]
for what, theirs in (("decode", 0.5), ("prefill", 1.0)):
    mine = min(row[what]["tokens_per_s"] for row in rows["v4c"])
    assert abs(rows["eager"][0][what]["v4c_is_faster_by"] * theirs - mine) < 1e-6 * mine
    assert "v4c_is_faster_by" not in rows["compiled"][0][what]
assert set(report["missing"]) == {"transformers", "llama-cpp-python"}
assert report["model"]["bytes"]["gguf"] == 4 and report["model"]["bytes"]["checkpoint"] > 1e6
assert report["machine"]["read_gb_s"] > 0 and report["threads"] == 1
