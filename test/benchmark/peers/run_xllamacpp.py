#!/usr/bin/env python3
"""Times llama.cpp on a GGUF file through xllamacpp, whose wheel is built for AVX2."""

import statistics

import timing

GROUPS, GROUP = 6, 8  # groups of tokens that are timed, tokens of each


def main():
    options = timing.arguments(__doc__)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = options.model
    params.n_ctx = -(-(max(options.context, options.prefill) + GROUPS * GROUP + 64) // 256) * 256
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    params.n_gpu_layers = 0
    params.n_parallel = 1
    params.fit_params = False
    params.cache_ram_mib = 0
    params.verbosity = 1
    rows = timing.Rows(options.out)
    row = rows.add("llama.cpp (xllamacpp)", f"xllamacpp {xllamacpp.__version__}, {instructions(xllamacpp.get_system_info())}")
    server = xllamacpp.Server(params)

    def complete(tokens, count, seen=None):
        request = {"prompt": tokens, "n_predict": count, "ignore_eos": True, "cache_prompt": False, "temperature": 1.0}
        if seen:
            request.update(stream=True, timings_per_token=True)
        return server.handle_completions(request, seen) if seen else server.handle_completions(request)

    def prefill_rate():
        times = []
        for run in range(6):
            answer = complete(timing.ids(options.prefill, vocabulary(options.model), run), 1)
            if "timings" not in answer:
                raise RuntimeError(f"llama.cpp answers {answer}")
            if answer["timings"]["prompt_n"] != options.prefill:
                raise RuntimeError(f"llama.cpp read {answer['timings']['prompt_n']} tokens, wanted {options.prefill}")
            times.append(answer["timings"]["prompt_ms"] / 1e3)
        return options.prefill / statistics.median(times[1:])

    def decode_rate():
        # llama.cpp's own clock after so many tokens; what makes no text yet is not told of.
        told = {}

        def seen(part):
            if "timings" in part:
                told[part["timings"]["predicted_n"]] = part["timings"]["predicted_ms"] / 1e3

        complete(timing.ids(options.context, vocabulary(options.model)), GROUPS * GROUP + GROUP, seen)
        times, counts = [], sorted(told)
        first = counts[0] if counts else 0
        for count in counts:
            if count >= first + GROUP:
                times.append((told[count] - told[first]) / (count - first))
                first = count
        if len(times) < GROUPS - 1:
            raise RuntimeError(f"llama.cpp told of {len(told)} tokens, wanted {GROUPS * GROUP}")
        return 1 / statistics.median(times)

    rows.measure(row, "prefill", "tokens", options.prefill, prefill_rate)
    rows.measure(row, "decode", "context", options.context, decode_rate)
    del server


def instructions(info):
    return " ".join(part.split("=")[0].strip() for part in info.replace("CPU :", "|").split("|") if "= 1" in part and "AVX" in part)


def vocabulary(path, known={}):
    """Tokens of the GGUF file, whose writer is beside this."""
    if path not in known:
        with open(path, "rb") as file:
            head = file.read(1 << 16)
        at = head.index(b"tokenizer.ggml.tokens") + len("tokenizer.ggml.tokens") + 8
        known[path] = int.from_bytes(head[at : at + 8], "little")
    return known[path]


if __name__ == "__main__":
    main()
