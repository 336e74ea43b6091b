"""Whether `v4run inspect --json` and the drawing beside it are whole: check-inspect.py REPORT.json DRAWING.svg"""

import json
import sys
import xml.etree.ElementTree as ElementTree

report = json.load(open(sys.argv[1]))
programs = {program["name"]: len(program["dispatches"]) for program in report["programs"]}

# Code and schedules of every kernel.
variants = [variant["name"] for variant in report["variants"]]
for kernel in report["kernels"]:
    assert kernel["schedule"].startswith("lanes = "), kernel
    assert [code["variant"] for code in kernel["code"]] == variants, kernel
    assert sum(kernel["dispatches"].values()) > 0 and kernel["grids"], kernel
    for code in kernel["code"]:
        # Between one and fifteen bytes each.
        count = sum(code["instructions"].values())
        assert count <= code["bytes"] <= 15 * count, (kernel["name"], code)
# With BF16 dots most kernels have the code of those without.
def own(kernel):
    shared, *others = [code["bytes"] for code in kernel["code"]]
    return sum(others) + (shared if shared != others[0] else 0)


assert [kernel["code"][0]["variant"] for kernel in report["kernels"]] == ["x86_64_v4_bf16"] * len(report["kernels"])
total = sum(own(kernel) for kernel in report["kernels"])
assert 0 < total < report["kernel_bytes"], (total, report["kernel_bytes"])
by_name = {kernel["name"]: kernel for kernel in report["kernels"]}
product = {code["variant"]: code["instructions"] for code in by_name["expert_down_add_hc_post"]["code"]}
assert product["x86_64_v4"]["vfmadd zmm"] > 0 and "vfmadd zmm" not in product["x86_64_v3"], product
assert product["x86_64_v3"]["vfmadd ymm"] > 0, product
# All layers have experts, two of them an indexer.
assert len(by_name["expert_down_add_hc_post"]["layers"]) == report["model"]["layers"]
assert len(by_name["index_scores"]["layers"]) == report["model"]["compress_ratios"].count(4)

# Weights.
for weight in report["weights"]:
    assert weight["sources"] and weight["type"] and weight["layout"], weight
    assert len(weight["checksum"]) == 16 and weight["checksum"] != "0" * 16, weight

# States at the contexts that were asked for.
assert [size["context"] for size in report["state_bytes"]] == [100, 512]
assert report["state_bytes"][0]["bytes"] < report["state_bytes"][1]["bytes"]

# Buffers that live at a time do not overlap.
for name, dispatches in programs.items():
    alive = [(b["lifetimes"][name], b["offset"], b["offset"] + b["bytes"], b["name"])
             for b in report["buffers"] if name in b["lifetimes"]]
    assert len(alive) > 10
    for i, (life, begin, end, who) in enumerate(alive):
        assert 0 <= life[0] <= life[1] < dispatches, who
        assert end <= report["arena_bytes"], who
        for other, start, stop, whose in alive[:i]:
            apart = life[1] < other[0] or other[1] < life[0]
            assert apart or end <= start or stop <= begin, (name, who, whose)

# The drawing has a box for each of them, inside of it.
svg = "{http://www.w3.org/2000/svg}"
root = ElementTree.parse(sys.argv[2]).getroot()
assert root.tag == svg + "svg"
width, height = (float(word) for word in root.get("viewBox").split()[2:])
boxes = [box for box in root.iter(svg + "rect") if box.get("class").startswith("box")]
assert len(boxes) == sum(len(buffer["lifetimes"]) for buffer in report["buffers"])
for box in boxes:
    x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
    assert 0 <= x and x + w <= width and 0 <= y and y + h <= height, ElementTree.tostring(box)
    assert box.find(svg + "title").text
