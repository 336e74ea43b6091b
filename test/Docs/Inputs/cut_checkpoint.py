"""A checkpoint with the first layers of another, small enough to be compiled many times."""

import json
import os
import shutil
import struct


def cut_checkpoint(source, out, layers, context):
    os.makedirs(out)
    shutil.copy(os.path.join(source, "tokenizer.json"), out)
    with open(os.path.join(source, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    config["num_hidden_layers"] = layers
    config["compress_ratios"] = config["compress_ratios"][:layers]
    config["max_position_embeddings"] = context
    with open(os.path.join(out, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)

    with open(os.path.join(source, "model.safetensors"), "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(size)), file.read()
    kept, parts, offset = {}, [], 0
    for name, tensor in header.items():
        words = name.split(".")
        if name == "__metadata__" or (words[0] == "layers" and int(words[1]) >= layers):
            continue
        begin, end = tensor["data_offsets"]
        kept[name] = dict(tensor, data_offsets=[offset, offset + end - begin])
        parts.append(data[begin:end])
        offset += end - begin
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(out, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
