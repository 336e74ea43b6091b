#!/usr/bin/env python3
"""Times transformers on a checkpoint, eager and under torch.compile. It has no FP8 or FP4 on a CPU: its own loader widens
the weights to BF16."""

import os

import timing


def main():
    options = timing.arguments(__doc__)
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    rows = timing.Rows(options.out)
    version = f"transformers {transformers.__version__}, torch {torch.__version__}, BF16"
    eager = rows.add("transformers eager", version)
    compiled = rows.add("transformers torch.compile", version)

    model = transformers.DeepseekV4ForCausalLM.from_pretrained(options.model, dtype=torch.bfloat16).eval()
    vocabulary = model.config.vocab_size
    cache = transformers.DynamicCache(config=model.config)

    def tokens(count, seed=0):
        return torch.tensor([timing.ids(count, vocabulary, seed)])

    def fill(part=512):
        for first in range(0, options.context, part):
            count = min(part, options.context - first)
            model(tokens(count, first), past_key_values=cache, use_cache=True, logits_to_keep=1)

    def prefill_rate(forward):
        prompt = tokens(options.prefill)
        return options.prefill / timing.median_seconds(lambda: forward(prompt, use_cache=True, logits_to_keep=1))

    def decode_rate(forward, warm=1):
        draws = iter(range(1 << 30))
        step = lambda: forward(tokens(1, next(draws)), past_key_values=cache, use_cache=True, logits_to_keep=1)  # noqa: E731
        return 1 / timing.median_seconds(step, warm=warm)

    with torch.no_grad():
        rows.measure(eager, "prefill", "tokens", options.prefill, lambda: prefill_rate(model))
        fill()
        rows.measure(eager, "decode", "context", options.context, lambda: decode_rate(model))
        forward = torch.compile(model, dynamic=True)
        # Some tokens on, the same sequence. Every fourth step closes an entry, which is another graph.
        rows.measure(compiled, "decode", "context", options.context, lambda: decode_rate(forward, warm=9))
        rows.measure(compiled, "prefill", "tokens", options.prefill, lambda: prefill_rate(forward))


if __name__ == "__main__":
    main()
