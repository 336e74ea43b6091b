"""What the peers' runners share: arguments, medians, and the file that says what they found.

A runner is started as RUNNER MODEL OUT.json --context N --prefill N --threads N, and writes a list of rows {"peer",
"version", "decode": {"context", "tokens_per_s"}, "prefill": {"tokens", "tokens_per_s"}}, again after every figure, so that
what was measured is there when its time runs out. A figure that cannot be had is {"why_not": a sentence}."""

import argparse
import json
import os
import random
import statistics
import time


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def ids(count, vocabulary, seed=0):
    """Tokens drawn evenly, none of the first that mean something to a peer."""
    draw = random.Random(seed)
    first = 300 if vocabulary > 600 else 2
    return [draw.randrange(first, vocabulary) for _ in range(count)]


def median_seconds(step, least=5, enough=1.0, most=100, warm=1):
    """Of the times of several calls, the first ones not counted."""
    for _ in range(warm):
        step()
    times = []
    while len(times) < least or (sum(times) < enough and len(times) < most):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


class Rows:
    def __init__(self, path):
        self.path, self.rows = path, []

    def add(self, peer, version):
        self.rows.append({"peer": peer, "version": version})
        self.write()
        return self.rows[-1]

    def measure(self, row, what, size_name, size, rate):
        """Puts what `rate` returns, tokens a second, into the row; or why it could not."""
        try:
            row[what] = {size_name: size, "tokens_per_s": rate()}
        except Exception as error:  # a peer that cannot is a result
            text = str(error).strip().splitlines()
            row[what] = {size_name: size, "why_not": f"{type(error).__name__}: {text[0][:200] if text else ''}"}
        self.write()

    def write(self):
        with open(self.path + ".new", "w") as file:
            json.dump(self.rows, file, indent=1)
        os.replace(self.path + ".new", self.path)
