#!/usr/bin/env python3
"""What the machine does at its best, and what transformers makes of the layers that gpu-check.sh times.

    peer_layers.py limits OUT.json [--device cuda|cpu] [--tiny]
    peer_layers.py peers OUT.json CONFIG_FOLDER... [--device cuda|cpu] [--batch 1,8,64] [--context 4096]
                   [--prefill 512] [--seconds 60]

Peers are models of one layer, as layer_configs.py writes them, with weights that mean nothing in bfloat16: transformers has
no FP8 or FP4 for them. Each is timed eager and under torch.compile, by the median of 5 or more steps. What does not fit or
does not run is listed with the reason; `--seconds` is for one layer, after which the rest of it is left out."""

import argparse
import json
import os
import statistics
import time


def seconds_of(step, device, least=5, enough=0.5):
    import torch

    times = []
    step()
    while len(times) < least or (sum(times) < enough and len(times) < 100):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def limits(arguments):
    import torch

    device = arguments.device
    size, rows = (1 << 22, 256) if arguments.tiny else (1 << 32, 8192)
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copy = 2 * size / seconds_of(lambda: target.copy_(source), device)
    del source, target
    a, b = (torch.randn(rows, rows, dtype=torch.bfloat16, device=device) for _ in range(2))
    rate = 2 * rows**3 / seconds_of(lambda: a @ b, device)
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return {"device": name, "torch": torch.__version__, "copy_gb_s": copy / 1e9, "bf16_tflop_s": rate / 1e12}


class Layer:
    """A model of one layer and the sequences it has."""

    def __init__(self, folder, device):
        import torch
        from transformers import DeepseekV4Config, DeepseekV4Model

        self.torch, self.device = torch, device
        with open(os.path.join(folder, "config.json")) as file:
            config = json.load(file)
        for field in ("quantization_config", "expert_dtype", "architectures", "model_type", "torch_dtype"):
            config.pop(field, None)
        with torch.device("meta"):
            self.model = DeepseekV4Model(DeepseekV4Config(**config)).to(torch.bfloat16)
        self.model.to_empty(device=device)
        for value in list(self.model.parameters()) + list(self.model.buffers()):
            value.data.uniform_(-0.02, 0.02) if value.is_floating_point() else value.data.zero_()
        # Frequencies are no weights: made again where they are numbers.
        rotary = type(self.model.rotary_emb)(self.model.config)
        self.model.rotary_emb = rotary.to(device)
        self.model.eval()
        self.vocabulary = config["vocab_size"]

    def ids(self, batch, tokens):
        return self.torch.randint(self.vocabulary, (batch, tokens), device=self.device)

    def fill(self, batch, context, part=1024):
        from transformers import DynamicCache

        cache = DynamicCache(config=self.model.config)
        for first in range(0, context, part):
            self.model(self.ids(batch, min(part, context - first)), past_key_values=cache, use_cache=True)
        return cache


def time_layer(folder, how, arguments, out):
    import torch

    deadline = time.monotonic() + arguments.seconds
    name = os.path.basename(folder.rstrip("/"))
    layer = Layer(folder, arguments.device)
    forward = layer.model if how == "eager" else torch.compile(layer.model, dynamic=True)
    cells = [("decode", b, c) for b in arguments.batch for c in arguments.context]
    cells += [("prefill", 1, t) for t in arguments.prefill]
    for step, batch, size in cells:
        row = {"layer": name, "how": how, "step": step, "batch": batch, "tokens" if step == "prefill" else "context": size}
        try:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no time left of {arguments.seconds:.0f} s")
            if step == "decode":
                cache, token = layer.fill(batch, size), layer.ids(batch, 1)
                row["seconds"] = seconds_of(
                    lambda: forward(token, past_key_values=cache, use_cache=True), arguments.device
                )
            else:
                prompt = layer.ids(1, size)
                row["seconds"] = seconds_of(lambda: forward(prompt, use_cache=False), arguments.device)
        except Exception as error:  # peers may not fit, nor compile: that is a result
            row["why_not"] = f"{type(error).__name__}: {str(error).splitlines()[0][:160] if str(error) else ''}"
        cache = None
        if arguments.device == "cuda":
            torch.cuda.empty_cache()
        out["peers"].append(row)
        print(json.dumps(row), flush=True)
        write(arguments.out, out)  # what is there if time runs out


def write(path, out):
    with open(path + ".new", "w") as file:
        json.dump(out, file, indent=1)
    os.replace(path + ".new", path)


def peers(arguments):
    out = {"peers": []}
    try:
        import torch
        import transformers
        from transformers import DeepseekV4Model  # noqa: F401
    except ImportError as error:
        out["why_not"] = f"no peers: {error}"
        print(out["why_not"])
        return out
    out.update(transformers=transformers.__version__, torch=torch.__version__)
    with torch.no_grad():
        # Eager first: compiling takes long.
        for how, folder in ((how, folder) for how in ("eager", "compile") for folder in arguments.folders):
            try:
                time_layer(folder, how, arguments, out)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"[:200]
                out["peers"].append({"layer": os.path.basename(folder.rstrip("/")), "how": how, "why_not": reason})
                print(reason, flush=True)
    return out


def main():
    numbers = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["limits", "peers"])
    parser.add_argument("out")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--batch", type=numbers, default=[1, 8, 64])
    parser.add_argument("--context", type=numbers, default=[4096])
    parser.add_argument("--prefill", type=numbers, default=[512])
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    if arguments.what == "peers":
        return write(arguments.out, peers(arguments))
    try:
        write(arguments.out, limits(arguments))
    except ImportError as error:
        raise SystemExit(f"the machine's own limits are measured with torch: {error}")


if __name__ == "__main__":
    main()
