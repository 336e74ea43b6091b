#!/usr/bin/env python3
"""Writes a checkpoint with the sizes of DeepSeek-V4-Flash and random weights, in the published layout: FP8 matrices with
128x128 scales, FP4 experts with scales of 32, the rest in BF16 and F32.

    random_checkpoint.py FOLDER [--layers 4] [--experts 16] [--vocab 8192] [--tiny] [--seed 1]

The first layers of Flash: window only, window only, then indexed and heavily compressed ones in turn; three route by a
table. Activations stay finite and of ordinary size; what the model says means nothing. Needs the standard library only;
the same arguments give the same bytes. --tiny: sizes of a toy, for tests. The size is printed, in bytes."""

import argparse
import json
import math
import os
import random
import struct

PIECE = 1 << 24
SIZE = {"F8_E4M3": 1, "F8_E8M0": 1, "I8": 1, "BF16": 2, "F32": 4, "I64": 8}
# Root mean squares of what random bytes stand for, NaNs replaced as below.
RMS_E4M3, RMS_E2M1 = 107.0, 2.92
ROPE = dict(beta_fast=32, beta_slow=1, factor=16, original_max_position_embeddings=65536, type="yarn")
QUANTISED = dict(activation_scheme="dynamic", fmt="e4m3", quant_method="fp8", scale_fmt="ue8m0", weight_block_size=[128, 128])
FLASH = dict(
    architectures=["DeepseekV4ForCausalLM"], attention_bias=False, attention_dropout=0.0, bos_token_id=0, eos_token_id=1,
    expert_dtype="fp4", hc_eps=1e-6, hc_mult=4, hc_sinkhorn_iters=20, head_dim=512, hidden_act="silu", hidden_size=4096,
    index_head_dim=128, index_n_heads=64, index_topk=512, initializer_range=0.02, max_position_embeddings=1048576,
    model_type="deepseek_v4", moe_intermediate_size=2048, n_shared_experts=1, norm_topk_prob=True, num_attention_heads=64,
    num_experts_per_tok=6, num_key_value_heads=1, num_nextn_predict_layers=0, o_groups=8, o_lora_rank=1024,
    q_lora_rank=1024, qk_rope_head_dim=64, quantization_config=QUANTISED, rms_norm_eps=1e-6, rope_scaling=ROPE,
    rope_theta=10000, compress_rope_theta=160000, routed_scaling_factor=1.5, scoring_func="sqrtsoftplus",
    sliding_window=128, swiglu_limit=10.0, tie_word_embeddings=False, topk_method="noaux_tc", torch_dtype="bfloat16",
    use_cache=True)  # fmt: skip
# llama.cpp takes whole blocks of 32, and tells the cache of the indexer by a head of another size than attention's.
TINY = dict(hidden_size=256, head_dim=256, index_head_dim=128, index_n_heads=4, index_topk=16, moe_intermediate_size=128,
            num_attention_heads=4, num_experts_per_tok=2, o_groups=2, o_lora_rank=64, q_lora_rank=128)  # fmt: skip


def configuration(layers, experts, vocab, tiny):
    config = {**FLASH, **(TINY if tiny else {})}
    ratios = [0, 0] + [4, 128] * ((layers + 1) // 2)
    config.update(num_hidden_layers=layers, n_routed_experts=experts, vocab_size=vocab, num_hash_layers=min(3, layers),
                  compress_ratios=ratios[:layers] + [0])  # fmt: skip
    return config


def tensors(c):
    """(name, shape, kind) of every tensor. Kinds: fp8 and fp4 (with scales), bf16, norm, f32, table."""
    hidden, streams = c["hidden_size"], c["hc_mult"]
    yield "embed.weight", (c["vocab_size"], hidden), "bf16"
    for layer in range(c["num_hidden_layers"]):
        place = f"layers.{layer}."
        yield from attention(c, place + "attn.", c["compress_ratios"][layer])
        yield from feed_forward(c, place + "ffn.", layer < c["num_hash_layers"])
        for half in ("attn", "ffn"):
            yield f"{place}{half}_norm.weight", (hidden,), "norm"
            yield from mixing(f"{place}hc_{half}_", (2 + streams) * streams, streams * hidden, 3)
    yield "norm.weight", (hidden,), "norm"
    yield from mixing("hc_head_", streams, streams * hidden, 1)
    yield "head.weight", (c["vocab_size"], hidden), "bf16"


def mixing(place, outputs, inputs, scales):
    yield place + "fn", (outputs, inputs), "f32"
    yield place + "base", (outputs,), "f32"
    yield place + "scale", (scales,), "f32"


def attention(c, place, ratio):
    hidden, width, rank = c["hidden_size"], c["head_dim"], c["q_lora_rank"]
    all_heads, latent = c["num_attention_heads"] * width, c["o_groups"] * c["o_lora_rank"]
    yield place + "attn_sink", (c["num_attention_heads"],), "f32"
    yield place + "wq_a.weight", (rank, hidden), "fp8"
    yield place + "q_norm.weight", (rank,), "norm"
    yield place + "wq_b.weight", (all_heads, rank), "fp8"
    yield place + "wkv.weight", (width, hidden), "fp8"
    yield place + "kv_norm.weight", (width,), "norm"
    yield place + "wo_a.weight", (latent, all_heads // c["o_groups"]), "fp8"
    yield place + "wo_b.weight", (hidden, latent), "fp8"
    if ratio:
        yield from compressor(place + "compressor.", ratio, width, hidden)
    if ratio == 4:
        yield place + "indexer.wq_b.weight", (c["index_n_heads"] * c["index_head_dim"], rank), "fp8"
        yield place + "indexer.weights_proj.weight", (c["index_n_heads"], hidden), "bf16"
        yield from compressor(place + "indexer.compressor.", ratio, c["index_head_dim"], hidden)


def compressor(place, ratio, width, hidden):
    rows = 2 * width if ratio == 4 else width
    yield place + "ape", (ratio, rows), "f32"
    yield place + "wkv.weight", (rows, hidden), "bf16"
    yield place + "wgate.weight", (rows, hidden), "bf16"
    yield place + "norm.weight", (width,), "norm"


def feed_forward(c, place, by_table):
    hidden, inner = c["hidden_size"], c["moe_intermediate_size"]
    yield place + "gate.weight", (c["n_routed_experts"], hidden), "bf16"
    if by_table:
        yield place + "gate.tid2eid", (c["vocab_size"], c["num_experts_per_tok"]), "table"
    else:
        yield place + "gate.bias", (c["n_routed_experts"],), "f32"
    experts = [(f"experts.{number}.", "fp4") for number in range(c["n_routed_experts"])]
    for name, kind in experts + [("shared_experts.", "fp8")]:
        yield f"{place}{name}w1.weight", (inner, hidden), kind
        yield f"{place}{name}w2.weight", (hidden, inner), kind
        yield f"{place}{name}w3.weight", (inner, hidden), kind


def parameters(config):
    return sum(math.prod(shape) for _, shape, _ in tensors(config))


def stored_bytes(config):
    return sum(math.prod(shape) * SIZE[kind] for _, kind, shape, _ in entries(config, 0))


NO_NAN = bytes(min(b & 0x7F, 0x7E) | b & 0x80 for b in range(256))


def pieces(draw, count, change=None):
    for at in range(0, count, PIECE):
        piece = draw.randbytes(min(PIECE, count - at))
        yield piece.translate(change) if change else piece


def scales(draw, count, inputs, rms):
    """Powers of two around 1 / (rms * sqrt(inputs)), one up or down at times."""
    middle = 127 + round(-math.log2(rms * math.sqrt(inputs)))
    steps = bytes(middle + (b < 32) - (b >= 224) for b in range(256))
    yield from pieces(draw, count, steps)


def floats(draw, count, deviation, wide):
    """BF16, or with `wide` F32: random signs and fractions, exponents over four binades."""
    top = round(math.log2(deviation / 0.9)) + 127
    high, low = bytearray(256), bytearray(256)
    for b in range(256):
        exponent = top - b % 4
        high[b], low[b] = b & 0x80 | exponent >> 1, (exponent & 1) << 7
    for at in range(0, count, PIECE):
        n = min(PIECE, count - at)
        chosen, fractions = draw.randbytes(n), draw.randbytes(n)
        values = bytearray((4 if wide else 2) * n)
        step = 4 if wide else 2
        values[step - 1 :: step] = chosen.translate(bytes(high))
        exponents = int.from_bytes(chosen.translate(bytes(low)), "little")
        kept = int.from_bytes(fractions.translate(bytes(b & 0x7F for b in range(256))), "little")
        values[step - 2 :: step] = (exponents | kept).to_bytes(n, "little")
        yield bytes(values)


def table(draw, rows, chosen, experts):
    for _ in range(rows):
        yield struct.pack(f"<{chosen}q", *draw.sample(range(experts), chosen))


def entries(config, seed):
    """(name, type, stored shape, pieces of its bytes) of what is in the file."""
    for name, shape, kind in tensors(config):
        draw, count = random.Random(f"{seed} {name}"), math.prod(shape)
        if kind in ("fp8", "fp4"):
            rows, inputs = shape
            scale = name[: -len("weight")] + "scale"
            if kind == "fp8":
                grid = (-(-rows // 128), -(-inputs // 128))
                yield name, "F8_E4M3", shape, pieces(draw, count, NO_NAN)
            else:
                grid = (rows, inputs // 32)
                yield name, "I8", (rows, inputs // 2), pieces(draw, count // 2)
            rms = RMS_E4M3 if kind == "fp8" else RMS_E2M1
            yield scale, "F8_E8M0", grid, scales(random.Random(f"{seed} {scale}"), math.prod(grid), inputs, rms)
        elif kind == "table":
            yield name, "I64", shape, table(draw, *shape, config["n_routed_experts"])
        elif kind == "norm":
            ones = (struct.pack("<H", 0x3F80 + draw.randrange(-16, 16)) for _ in range(count))
            yield name, "BF16", shape, ones
        else:
            deviation = 1.0 if name == "embed.weight" else 0.3 if len(shape) == 1 or name.endswith("ape") else shape[-1] ** -0.5
            yield name, "F32" if kind == "f32" else "BF16", shape, floats(draw, count, deviation, kind == "f32")


def write_file(path, tensors_of_file):
    """A safetensors file, wide types first so that everything is aligned."""
    ordered = sorted(tensors_of_file, key=lambda entry: -SIZE[entry[1]])
    header, at = {}, 0
    for name, kind, shape, _ in ordered:
        end = at + math.prod(shape) * SIZE[kind]
        header[name] = dict(dtype=kind, shape=list(shape), data_offsets=[at, end])
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, _, parts in ordered:
            for part in parts:
                file.write(part)
    return at


def write_checkpoint(folder, config, seed):
    os.makedirs(folder, exist_ok=True)
    shards = {}
    for entry in entries(config, seed):
        place = entry[0].split(".")
        shards.setdefault(int(place[1]) + 1 if place[0] == "layers" else 0, []).append(entry)
    total, files = 0, {}
    for number, shard in sorted(shards.items()):
        file = f"model-{number + 1:05d}-of-{len(shards):05d}.safetensors"
        files.update((entry[0], file) for entry in shard)
        total += write_file(os.path.join(folder, file), shard)
    with open(os.path.join(folder, "model.safetensors.index.json"), "w") as file:
        json.dump(dict(metadata=dict(total_size=total), weight_map=files), file, indent=1)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--experts", type=int, default=16)
    parser.add_argument("--vocab", type=int, default=8192)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="sizes of a toy, for tests")
    arguments = parser.parse_args()
    config = configuration(arguments.layers, arguments.experts, arguments.vocab, arguments.tiny)
    if arguments.layers < 1 or arguments.vocab < 2 or arguments.experts < config["num_experts_per_tok"]:
        parser.error(f"wanted a layer, 2 tokens and {config['num_experts_per_tok']} experts at least")
    print(write_checkpoint(arguments.folder, config, arguments.seed))


if __name__ == "__main__":
    main()
