"""Whether `v4run bench --json` and its trace have what they promise."""
import json
import sys

report = json.load(open(sys.argv[1]))
assert report["machine"]["read_gb_s"] > 0 and report["machine"]["dot_gflop_s"] > 0
assert report["machine"]["threads"] == 1
assert 0 < report["machine"]["barrier_us"] < 1000
memory = report["memory"]
for part in ("weights_bytes", "arena_bytes", "state_bytes"):
    assert memory[part] > 0, memory
taken = memory["resident_bytes"] - memory["resident_before_bytes"]
slack = 16 << 20  # code, stacks, logits, the pieces that synthetic states are made of
assert taken <= memory["weights_bytes"] + memory["arena_bytes"] + memory["state_bytes"] + slack, memory
assert [(row["context"], row["batch"]) for row in report["decode"]] == [(100, 1), (200, 1), (100, 2), (200, 2)]
assert [row["tokens"] for row in report["prefill"]] == [32]
for row in report["decode"] + report["prefill"]:
    assert row["tokens_per_s"] > 0 and row["roofline_fraction"] > 0, row
    assert row["steps"] >= 5 and row["disk_faults"] >= 0, row
one, two = report["decode"][0], report["decode"][2]
assert one["bytes"] < two["bytes"] < 2 * one["bytes"], "weights are read once for both sequences"
assert report["decode"][0]["bytes"] < report["decode"][1]["bytes"], "a longer context has more state"
assert {row["kernel"] for row in report["kernels"]} >= {"index_scores", "expert_down_add_hc_post"}
events = json.load(open(sys.argv[2]))["traceEvents"]
assert any(event["name"] == "layers.1.attn.indexer.scores" for event in events)
assert all(event["ph"] == "X" and event["dur"] >= 0 for event in events)
assert all(a["ts"] <= b["ts"] for a, b in zip(events, events[1:]))
