#!/usr/bin/env python3
"""Puts the results of gpu-check.sh's stages together: report.py RESULTS writes results.json and results.md there.

A step of a model of one layer is timed, with its embedding and its (small) head. Its roofline is the larger of its bytes by the
copy rate and its operations by the rate of bf16 products, both measured by torch in the same run."""

import glob
import json
import os
import sys


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def text(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def fractions(row, limits):
    if not limits:
        return {}
    bandwidth = row["bytes"] / row["seconds"] / (limits["copy_gb_s"] * 1e9)
    rate = row["flops"] / row["seconds"] / (limits["bf16_tflop_s"] * 1e12)
    return {"of_copy": bandwidth, "of_matrix": rate, "of_roofline": max(bandwidth, rate)}


def peer_of(peers, layer, how, row, step):
    for peer in peers:
        same = peer.get("layer") == layer and peer.get("how") == how and peer.get("step") == step
        size = "context" if step == "decode" else "tokens"
        batch = row.get("batch", 1)
        # Contexts are rounded down where steps have to fit in.
        if same and peer["batch"] == batch and abs(peer[size] - row[size]) <= 256:
            return peer
    return None


def rows_of(layer, bench, limits, peers):
    for step in ("decode", "prefill"):
        for row in bench[step]:
            out = {"layer": layer, "step": step, "batch": row.get("batch", 1), **row, **fractions(row, limits)}
            for how in ("eager", "compile"):
                peer = peer_of(peers, layer, how, row, step)
                if peer and "seconds" in peer:
                    out[how + "_seconds"] = peer["seconds"]
            out.pop("roofline_fraction", None)  # of the host's limits
            yield out


def percent(row, key):
    return f"{100 * row[key]:.1f} %" if key in row else "-"


def ratio(row, key):
    return f"{row[key] / row['seconds']:.2f}x" if key in row else "-"


def table(results):
    lines = []
    for name, limits in results["limits"].items():
        lines.append(
            f"{name}: {limits['device']} copies {limits['copy_gb_s']:.0f} GB/s and multiplies {limits['bf16_tflop_s']:.1f} TFLOP/s "
            f"of bf16 (torch {limits['torch']})."
        )
    lines += ["", "| layer | step | batch | context or tokens | us | of copy rate | of matrix rate | eager | compiled |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in results["layers"]:
        size = row["context"] if row["step"] == "decode" else row["tokens"]
        lines.append(
            f"| {row['layer']} | {row['step']} | {row['batch']} | {size} | {1e6 * row['seconds']:.1f} | {percent(row, 'of_copy')} "
            f"| {percent(row, 'of_matrix')} | {ratio(row, 'eager_seconds')} | {ratio(row, 'compile_seconds')} |"
        )
    lines += ["", "Peers, as multiples of our time. Those that did not run:", ""]
    lines += [
        f"- {peer['layer']} {peer.get('how', '')} {peer.get('step', '')} batch {peer.get('batch', '')}: {peer['why_not']}"
        for peer in results["peers"]
        if "why_not" in peer
    ] or ["- none"]
    lines += ["", "Correctness:", "", "```", results["correctness"] or "not run", "```"]
    lines += ["", "compute-sanitizer: " + (results["sanitizer"].splitlines() or ["not run"])[-1], ""]
    return "\n".join(lines)


def main():
    folder = sys.argv[1]
    peers = load(os.path.join(folder, "peers.json")) or {"peers": [], "why_not": "not run"}
    results = {"limits": {}, "layers": [], "kernels": {}, "peers": peers["peers"]}
    if "why_not" in peers:
        results["peers"].append({"layer": "all", "why_not": peers["why_not"]})
    for name in ("flash", "pro"):
        limits = load(os.path.join(folder, f"limits-{name}.json"))
        if limits:
            results["limits"][name] = limits
        for path in sorted(glob.glob(os.path.join(folder, name + "-*.json"))):
            layer, bench = os.path.basename(path)[: -len(".json")], load(path)
            if bench:
                results["layers"] += rows_of(layer, bench, limits, peers["peers"])
                results["kernels"][layer] = bench.get("kernels", [])
    timed = {(peer.get("layer"), peer.get("how")) for peer in results["peers"]}
    for layer in results["kernels"]:
        for how in ("eager", "compile"):
            if (layer, how) not in timed and "why_not" not in peers:
                results["peers"].append({"layer": layer, "how": how, "why_not": "the stage ended before"})
    results["correctness"] = text(os.path.join(folder, "correctness.txt"))
    results["sanitizer"] = text(os.path.join(folder, "sanitizer.txt"))
    for path, content in (("results.json", json.dumps(results, indent=1)), ("results.md", table(results))):
        with open(os.path.join(folder, path + ".new"), "w") as file:
            file.write(content)
        os.replace(os.path.join(folder, path + ".new"), os.path.join(folder, path))
    print(os.path.join(folder, "results.md"))


if __name__ == "__main__":
    main()
