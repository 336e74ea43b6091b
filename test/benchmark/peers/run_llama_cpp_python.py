#!/usr/bin/env python3
"""Times llama.cpp on a GGUF file through llama-cpp-python, built here for all that this processor can do."""

import timing


def main():
    options = timing.arguments(__doc__)
    import llama_cpp

    info = llama_cpp.llama_print_system_info().decode()
    about = " ".join(part.split("=")[0].strip() for part in info.replace("CPU :", "|").split("|") if "= 1" in part and "AVX" in part)
    rows = timing.Rows(options.out)
    row = rows.add("llama.cpp (llama-cpp-python)", f"llama-cpp-python {llama_cpp.__version__}, {about}")
    size = -(-(max(options.context, options.prefill) + 256) // 256) * 256
    llama = llama_cpp.Llama(options.model, n_ctx=size, n_batch=2048, n_ubatch=512, n_threads=options.threads,
                            n_threads_batch=options.threads, n_gpu_layers=0, verbose=False)  # fmt: skip
    vocabulary = llama.n_vocab()

    def read(tokens):
        llama.eval(tokens)
        llama_cpp.llama_synchronize(llama._ctx.ctx)

    def start_over():
        llama.reset()
        llama._ctx.kv_cache_clear()

    def prefill_rate():
        def step():
            start_over()
            read(timing.ids(options.prefill, vocabulary))

        return options.prefill / timing.median_seconds(step)

    def decode_rate():
        start_over()
        read(timing.ids(options.context, vocabulary))
        draws = iter(range(1 << 30))
        return 1 / timing.median_seconds(lambda: read(timing.ids(1, vocabulary, next(draws))))

    rows.measure(row, "prefill", "tokens", options.prefill, prefill_rate)
    rows.measure(row, "decode", "context", options.context, decode_rate)


if __name__ == "__main__":
    main()
