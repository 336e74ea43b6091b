#!/usr/bin/env python3
"""Writes a checkpoint in the published layout as the GGUF file that llama.cpp loads as `deepseek4`.

    gguf.py CHECKPOINT OUT.gguf

FP4 experts become MXFP4, which is the same numbers in another order; FP8 matrices become Q8_0 (8.5 bits a weight where the
checkpoint has 8); BF16 and F32 stay, norms are F32. The vocabulary is made up: llama.cpp gets and gives ids. Needs numpy.
Prints the bytes of the tensors by type, as JSON."""

import json
import os
import struct
import sys

import numpy as np

ALIGNMENT = 32
# GGUF's types of values, and ggml's of tensors.
U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
GGML = {"F32": 0, "Q8_0": 8, "I32": 26, "BF16": 30, "MXFP4": 39}
SQRT_SOFTPLUS = 4

# Names in a layer, ours and llama.cpp's; what is not here is an expert.
LAYER = {
    "attn.attn_sink": "attn_sinks.weight",
    "attn.wq_a.weight": "attn_q_a.weight",
    "attn.q_norm.weight": "attn_q_a_norm.weight",
    "attn.wq_b.weight": "attn_q_b.weight",
    "attn.wkv.weight": "attn_kv.weight",
    "attn.kv_norm.weight": "attn_kv_a_norm.weight",
    "attn.wo_a.weight": "attn_output_a.weight",
    "attn.wo_b.weight": "attn_output_b.weight",
    "attn.compressor.ape": "attn_compressor_ape.weight",
    "attn.compressor.wkv.weight": "attn_compressor_kv.weight",
    "attn.compressor.wgate.weight": "attn_compressor_gate.weight",
    "attn.compressor.norm.weight": "attn_compressor_norm.weight",
    "attn.indexer.wq_b.weight": "indexer.attn_q_b.weight",
    "attn.indexer.weights_proj.weight": "indexer.proj.weight",
    "attn.indexer.compressor.ape": "indexer_compressor_ape.weight",
    "attn.indexer.compressor.wkv.weight": "indexer_compressor_kv.weight",
    "attn.indexer.compressor.wgate.weight": "indexer_compressor_gate.weight",
    "attn.indexer.compressor.norm.weight": "indexer_compressor_norm.weight",
    "ffn.gate.weight": "ffn_gate_inp.weight",
    "ffn.gate.bias": "exp_probs_b.bias",
    "ffn.gate.tid2eid": "ffn_gate_tid2eid.weight",
    "ffn.shared_experts.w1.weight": "ffn_gate_shexp.weight",
    "ffn.shared_experts.w2.weight": "ffn_down_shexp.weight",
    "ffn.shared_experts.w3.weight": "ffn_up_shexp.weight",
    "attn_norm.weight": "attn_norm.weight",
    "ffn_norm.weight": "ffn_norm.weight",
    **{f"hc_{half}_{part}": f"hc_{half}_{part}.weight" for half in ("attn", "ffn") for part in ("fn", "base", "scale")},
}
WHOLE = {
    "embed.weight": "token_embd.weight",
    "norm.weight": "output_norm.weight",
    "head.weight": "output.weight",
    **{f"hc_head_{part}": f"output_hc_{part}.weight" for part in ("fn", "base", "scale")},
}
EXPERTS = {"w1": "ffn_gate_exps.weight", "w2": "ffn_down_exps.weight", "w3": "ffn_up_exps.weight"}


class Checkpoint:
    """Tensors of the safetensors files of a folder, as stored."""

    def __init__(self, folder):
        with open(os.path.join(folder, "config.json")) as file:
            self.config = json.load(file)
        self.where = {}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".safetensors"):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    (length,) = struct.unpack("<Q", file.read(8))
                    header = json.loads(file.read(length))
                header.pop("__metadata__", None)
                for tensor, about in header.items():
                    self.where[tensor] = (path, 8 + length, about)

    def kind(self, name):
        return self.where[name][2]["dtype"]

    def shape(self, name):
        return tuple(self.where[name][2]["shape"])

    def bytes(self, name):
        path, start, about = self.where[name]
        first, end = about["data_offsets"]
        return np.memmap(path, np.uint8, "r", start + first, end - first).reshape(-1)


def e4m3_values():
    codes = np.arange(256)
    exponent, fraction = codes >> 3 & 15, codes & 7
    values = np.where(exponent == 0, fraction * 2.0**-9, (8 + fraction) * 2.0 ** (exponent - 10.0))
    return np.where(codes & 128, -values, values).astype(np.float32)


E4M3 = e4m3_values()


def q8_0(checkpoint, name, rows_at_once=1024):
    """FP8 with its scales as blocks of 32: half of the largest over 127, 32 bytes."""
    rows, inputs = checkpoint.shape(name)
    codes = checkpoint.bytes(name).reshape(rows, inputs)
    grid = checkpoint.shape(name[: -len("weight")] + "scale")
    exponents = checkpoint.bytes(name[: -len("weight")] + "scale").reshape(grid).astype(np.float32)
    scales = np.exp2(exponents - 127).repeat(128, 1)[:, :inputs]
    for first in range(0, rows, rows_at_once):
        some = slice(first, min(rows, first + rows_at_once))
        values = E4M3[codes[some]] * scales[np.arange(some.start, some.stop) // 128]
        blocks = values.reshape(-1, 32)
        step = np.abs(blocks).max(1, keepdims=True) / np.float32(127)
        out = np.zeros(len(blocks), [("d", "<f2"), ("q", "i1", 32)])
        out["d"] = step[:, 0]
        out["q"] = np.rint(np.divide(blocks, step, out=np.zeros_like(blocks), where=step > 0))
        yield out.tobytes()


def mxfp4(checkpoint, name):
    """FP4 as blocks of 32: the scale, then a byte for elements i and i + 16 where the checkpoint has 2i and 2i + 1."""
    rows, half = checkpoint.shape(name)
    pairs = checkpoint.bytes(name).reshape(-1, 16)
    codes = np.stack([pairs & 15, pairs >> 4], 2).reshape(-1, 32)
    out = np.empty((len(pairs), 17), np.uint8)
    out[:, 0] = checkpoint.bytes(name[: -len("weight")] + "scale").reshape(-1)
    out[:, 1:] = codes[:, :16] | codes[:, 16:] << 4
    return out.tobytes()


def plain(checkpoint, name):
    """(type, bytes) of what has no scales. Vectors are F32."""
    kind, data = checkpoint.kind(name), checkpoint.bytes(name)
    if kind == "I64":
        return "I32", data.view("<i8").astype("<i4").tobytes()
    if kind == "BF16" and len(checkpoint.shape(name)) == 1:
        return "F32", (data.view("<u2").astype("<u4") << 16).tobytes()
    return kind, data.tobytes()


def tensors(checkpoint):
    """(name, type, shape as the checkpoint has it, function giving pieces of bytes)."""
    config = checkpoint.config
    names = [(name, WHOLE[name]) for name in WHOLE]
    for layer in range(config["num_hidden_layers"]):
        names += [(f"layers.{layer}.{name}", f"blk.{layer}.{theirs}") for name, theirs in LAYER.items()]
    for name, theirs in names:
        if name not in checkpoint.where:
            continue
        if checkpoint.kind(name) == "F8_E4M3":
            yield theirs, "Q8_0", checkpoint.shape(name), lambda n=name: q8_0(checkpoint, n)
        else:
            kind = {"I64": "I32"}.get(checkpoint.kind(name), checkpoint.kind(name))
            kind = "F32" if len(checkpoint.shape(name)) == 1 else kind
            yield theirs, kind, checkpoint.shape(name), lambda n=name: [plain(checkpoint, n)[1]]
    experts = range(config["n_routed_experts"])
    for layer in range(config["num_hidden_layers"]):
        for ours, theirs in EXPERTS.items():
            mine = [f"layers.{layer}.ffn.experts.{expert}.{ours}.weight" for expert in experts]
            rows, half = checkpoint.shape(mine[0])
            yield (f"blk.{layer}.{theirs}", "MXFP4", (len(mine), rows, 2 * half),
                   lambda m=mine: (mxfp4(checkpoint, name) for name in m))  # fmt: skip


def metadata(c):
    rope = c["rope_scaling"]
    facts = {
        "block_count": c["num_hidden_layers"], "context_length": c["max_position_embeddings"],
        "embedding_length": c["hidden_size"], "attention.head_count": c["num_attention_heads"],
        "attention.head_count_kv": 1, "attention.key_length": c["head_dim"], "attention.value_length": c["head_dim"],
        "attention.layer_norm_rms_epsilon": float(c["rms_norm_eps"]), "attention.q_lora_rank": c["q_lora_rank"],
        "attention.sliding_window": c["sliding_window"], "attention.output_group_count": c["o_groups"],
        "attention.output_lora_rank": c["o_lora_rank"], "attention.indexer.head_count": c["index_n_heads"],
        "attention.indexer.key_length": c["index_head_dim"], "attention.indexer.top_k": c["index_topk"],
        "attention.compress_ratios": c["compress_ratios"][: c["num_hidden_layers"]],
        "attention.compress_rope_freq_base": float(c["compress_rope_theta"]),
        "rope.dimension_count": c["qk_rope_head_dim"], "rope.freq_base": float(c["rope_theta"]),
        "rope.scaling.type": rope["type"], "rope.scaling.factor": float(rope["factor"]),
        "rope.scaling.original_context_length": rope["original_max_position_embeddings"],
        "rope.scaling.yarn_beta_fast": float(rope["beta_fast"]), "rope.scaling.yarn_beta_slow": float(rope["beta_slow"]),
        "expert_count": c["n_routed_experts"], "expert_used_count": c["num_experts_per_tok"],
        "expert_shared_count": c["n_shared_experts"], "expert_feed_forward_length": c["moe_intermediate_size"],
        "expert_weights_scale": float(c["routed_scaling_factor"]), "expert_weights_norm": True,
        "expert_gating_func": SQRT_SOFTPLUS, "swiglu_clamp_exp": [float(c["swiglu_limit"])] * c["num_hidden_layers"],
        "hash_layer_count": c["num_hash_layers"], "hyper_connection.count": c["hc_mult"],
        "hyper_connection.sinkhorn_iterations": c["hc_sinkhorn_iters"], "hyper_connection.epsilon": float(c["hc_eps"]),
    }  # fmt: skip
    yield "general.architecture", "deepseek4"
    yield "general.alignment", ALIGNMENT
    for name, value in facts.items():
        yield "deepseek4." + name, value
    yield from vocabulary(c["vocab_size"])


def vocabulary(size):
    """Ids with made-up texts: two marks, the bytes, then words."""
    bytes_ = min(256, size - 2)
    yield "tokenizer.ggml.model", "llama"
    yield "tokenizer.ggml.tokens", ["<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(bytes_)] + [
        f"w{i}" for i in range(size - 2 - bytes_)]  # fmt: skip
    yield "tokenizer.ggml.scores", [0.0] * size
    yield "tokenizer.ggml.token_type", [3, 3] + [6] * bytes_ + [1] * (size - 2 - bytes_)
    for name, value in (("bos", 0), ("eos", 1), ("unknown", 1)):
        yield f"tokenizer.ggml.{name}_token_id", value
    yield "tokenizer.ggml.add_bos_token", False


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def encoded(value, key=""):
    """Type and bytes of a value."""
    if isinstance(value, bool):
        return BOOL, struct.pack("<?", value)
    if isinstance(value, int):
        return (I32 if key.endswith("token_type") else U32), struct.pack("<I", value)
    if isinstance(value, float):
        return F32, struct.pack("<f", value)
    if isinstance(value, str):
        return STRING, text(value)
    items = [encoded(item, key) for item in value]
    return ARRAY, struct.pack("<IQ", items[0][0], len(items)) + b"".join(data for _, data in items)


def tensor_bytes(kind, shape):
    count = int(np.prod(shape, dtype=np.int64))
    return {"F32": 4 * count, "I32": 4 * count, "BF16": 2 * count, "Q8_0": count // 32 * 34, "MXFP4": count // 32 * 17}[kind]


def write(checkpoint, path):
    facts, all_tensors = list(metadata(checkpoint.config)), list(tensors(checkpoint))
    sizes, at, infos = {}, 0, b""
    for name, kind, shape, _ in all_tensors:
        infos += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), GGML[kind], at)
        size = tensor_bytes(kind, shape)
        sizes[kind] = sizes.get(kind, 0) + size
        at += -(-size // ALIGNMENT) * ALIGNMENT
    header = b"GGUF" + struct.pack("<IQQ", 3, len(all_tensors), len(facts))
    for key, value in facts:
        kind, data = encoded(value, key)
        header += text(key) + struct.pack("<I", kind) + data
    header += infos
    with open(path + ".new", "wb") as file:
        file.write(header + b"\0" * (-len(header) % ALIGNMENT))
        for name, kind, shape, pieces in all_tensors:
            size = sum(file.write(piece) for piece in pieces())
            assert size == tensor_bytes(kind, shape), name
            file.write(b"\0" * (-size % ALIGNMENT))
    os.replace(path + ".new", path)
    return sizes


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(json.dumps(write(Checkpoint(sys.argv[1]), sys.argv[2])))
