"""check-report.py NAME < report.json: the published figures of NAME, as recomputed in the specification."""
import json
import sys

# billions of parameters; bytes a token; G of operations at 1M; ratios to DeepSeek-V3.2 at 1M in %
PUBLISHED = {
    "deepseek-v4-pro": dict(total=1573.0, active=48.85, cache=5031.4, operations=319.4, constant=23.3e6,
                            operations_ratio=26.743, once=26.2, cache_ratio=10.467, read=39.5e9),
    "deepseek-v4-flash": dict(total=284.33, active=13.27, cache=3514.3, operations=120.7, constant=15.4e6,
                              operations_ratio=10.104, once=12.1, cache_ratio=7.311, read=11.1e9),
}


def near(what, value, want, within):
    assert abs(value - want) <= within, f"{what} is {value}, wanted {want}"


def all_of(parts):
    return sum(value for name, value in parts.items() if name != "all")


report = json.load(sys.stdin)
want = PUBLISHED[sys.argv[1]]
near("total", report["parameters"]["all"]["total"] / 1e9, want["total"], 0.05)
near("active", report["parameters"]["all"]["active"] / 1e9, want["active"], 0.005)
near("read", report["weights"]["read_bytes_a_token"], want["read"], 0.015 * want["read"])
near("cache", report["growing_cache_bytes_a_token"], want["cache"], 0.06)
for kind in ("total", "active"):
    parts = {name: part[kind] for name, part in report["parameters"].items()}
    near(kind + " of the parts", all_of(parts), parts["all"], 1)

million = report["contexts"][-1]
assert million["context"] == 1 << 20
near("operations", million["operations"]["all"] / 1e9, want["operations"], 0.05)
near("operations' ratio", 100 * million["v3.2"]["operations_ratio"], want["operations_ratio"], 0.0005)
near("plain ratio", 100 * million["v3.2"]["operations_counted_once_ratio"], want["once"], 0.05)
near("cache's ratio", 100 * million["v3.2"]["cache_ratio"], want["cache_ratio"], 0.0005)
near("constant part", million["cache_bytes"]["window"] + million["cache_bytes"]["compressors"], want["constant"], 5e4)
for context in report["contexts"]:
    for of in (context, context["v3.2"]):
        near("operations of the parts", all_of(of["operations"]), of["operations"]["all"], 1e-9 * of["operations"]["all"])
    near("cache of the parts", all_of(context["cache_bytes"]), context["cache_bytes"]["all"], 1)
    # Weights and cache over the bandwidth of one H100.
    h100 = context["roofline"][0]
    assert (h100["target"], h100["bound"]) == ("h100", "bandwidth"), h100
    near("tokens a second", h100["tokens_a_second"], 3.35e12 / report["weights"]["read_bytes_a_token"],
         0.06 * h100["tokens_a_second"])
print("matches")
