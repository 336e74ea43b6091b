#!/usr/bin/env python3
"""Writes config.json files of models with one layer each, one for every kind of layer of a model.

    layer_configs.py CONFIG.json NAME FOLDER

FOLDER/NAME-window/config.json and -csa, -hca: ratios 0, 4 and what else there is. Sizes are the model's but for the
experts (at most 64: a token's own are read, however many there are) and the vocabulary (1024), which time no layer."""

import json
import os
import sys

KINDS = {0: "window", 4: "csa"}
MOST_EXPERTS, VOCABULARY = 64, 1024


def main():
    source, name, folder = sys.argv[1:]
    with open(source) as file:
        config = json.load(file)
    for ratio in sorted(set(config["compress_ratios"][: config["num_hidden_layers"]])):
        one = dict(config, num_hidden_layers=1, num_hash_layers=0, num_nextn_predict_layers=0, compress_ratios=[ratio])
        one["n_routed_experts"] = min(one["n_routed_experts"], MOST_EXPERTS)
        one["vocab_size"] = min(one["vocab_size"], VOCABULARY)
        path = os.path.join(folder, f"{name}-{KINDS.get(ratio, 'hca')}")
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "config.json"), "w") as file:
            json.dump(one, file, indent=1)
        print(path)


if __name__ == "__main__":
    main()
