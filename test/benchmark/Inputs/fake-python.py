#!/usr/bin/env python3
"""Stands for the Python of a folder with peers, for peers.test: has transformers and xllamacpp, but cannot install or import
anything else; runs nothing. One runner says what it found, the other stops in the middle."""

import json
import os
import sys

if sys.argv[1] == "-c":
    sys.exit("'llama_cpp'" in sys.argv[2])
if sys.argv[1] == "-m":
    assert sys.argv[2:4] == ["pip", "install"], sys.argv
    sys.exit("ERROR: No matching distribution found for llama-cpp-python")
script = os.path.basename(sys.argv[1])
if script == "gguf.py":
    open(sys.argv[3], "wb").write(b"GGUF")
    sys.exit()
model, out = sys.argv[2:4]
sizes = dict(zip(sys.argv[4::2], sys.argv[5::2]))
assert sizes == {"--context": "300", "--prefill": "32", "--threads": "1"}, sizes
assert os.environ["OMP_NUM_THREADS"] == "1"
row = {"version": "made up", "prefill": {"tokens": 32, "tokens_per_s": 1.0}}
if script == "run_transformers.py":
    assert os.path.exists(os.path.join(model, "config.json"))
    rows = [{"peer": "eager", **row, "decode": {"context": 300, "tokens_per_s": 0.5}}, {"peer": "compiled", "version": "made up"}]
else:
    assert open(model, "rb").read() == b"GGUF"
    rows = [{"peer": "llama", **row, "decode": {"context": 300, "why_not": "ValueError: no such state"}}]
with open(out, "w") as file:
    json.dump(rows, file)
if script == "run_transformers.py":
    sys.exit("Traceback\nRuntimeError: no more memory")
