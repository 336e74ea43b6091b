"""check-kernels.py OUT.json: whether KernelBench says all that it is to say, of every kernel of both steps."""

import json
import re
import sys

with open(sys.argv[1]) as file:
    report = json.load(file)
assert report["context"]["limits"].startswith("1 threads, 20.0 GB/s read, 100 GFLOP/s (as given); kernels x86_64_v")
rows = {row["name"]: row for row in report["benchmarks"]}
assert len(rows) == len(report["benchmarks"]) > 20
for step in ("decode/1/", "prefill/16/"):
    mine = {name[len(step) :].split("/")[0]: row for name, row in rows.items() if name.startswith(step)}
    # A step with a kernel of its own has it under a number.
    for kernel in ("index_topk", "index_scores"):
        of_step = [row for name, row in mine.items() if re.fullmatch(kernel + r"(_\d+)?", name)]
        assert len(of_step) == 1, (kernel, list(mine))
        assert of_step[0]["launches"] == 1 and of_step[0]["label"] == "layers.2", of_step
    assert all(row["iterations"] == 2 and row["median_us"] > 0 for row in mine.values())
    for name, row in mine.items():
        seconds = row["median_us"] / 1e6
        least = max(row["GB/s"] / 20, row["GFLOP/s"] / 100)
        assert abs(row["roofline_%"] - 100 * least) < 1e-3 * (1 + row["roofline_%"]), (name, row)
        assert row["GB/s"] > 0 and seconds > 0, (name, row)
    assert any(row["GFLOP/s"] > 0 for row in mine.values())
    # Weights of a launch that all steps read: the head's rows in BF16.
    head = [row for row in mine.values() if row["label"].startswith("linear")]
    assert head and any(row["GB/s"] * row["median_us"] * 1e3 >= 2 * 256 * 512 for row in head), head
