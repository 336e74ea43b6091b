#!/usr/bin/env python3
"""Times v4c beside transformers and llama.cpp on one random model in one run, and prints the ratios.

    test/benchmark/peers.py [--peers NAME,...] [--context 4096] [--prefill 512] [--threads 2] [--json OUT.json]

The model has the sizes of DeepSeek-V4-Flash with fewer layers, experts and tokens: FP8 and FP4 weights as published, which
llama.cpp gets as Q8_0 and MXFP4 and transformers as BF16. Decoding is timed after --context tokens, and reading a prompt of
--prefill. v4c is timed before the peers and after them; ratios are to the slower of both. Peers come from PyPI into a folder
of their own; one that cannot be had is named with the reason, and the others are timed. Files (5 GB at the default size) go
to a folder in TMPDIR that is removed at the end."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "peers"))

import install  # noqa: E402
import random_checkpoint  # noqa: E402

OUTPUTS = 4096  # tokens that a sequence may grow by while decoding is timed


class Failure(Exception):
    pass


def log(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)


def read_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [peer.name for peer in install.PEERS]
    default_cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    add = parser.add_argument
    add("--peers", default=",".join(names), help=f"of {', '.join(names)} (default: all; none: v4c alone)")
    add("--context", type=int, default=4096, help="tokens before a decode step (default: 4096)")
    add("--prefill", type=int, default=512, help="tokens of a prompt (default: 512)")
    add("--threads", type=int, default=2, help="threads of every one (default: 2)")
    add("--layers", type=int, default=4, help="default: 4")
    add("--experts", type=int, default=16, help="default: 16")
    add("--vocab", type=int, default=8192, help="default: 8192")
    add("--tiny", action="store_true", help="a toy's sizes, to see that everything runs")
    add("--numerics", default="reference", help="v4c's (default: reference)")
    add("--build", default=os.path.join(HERE, "..", "..", "build", "release"), help="folder of v4c's build (default: build/release)")
    add("--venv", default=os.path.join(default_cache, "v4c-peers", "venv"), help="folder that peers are installed in (default: %(default)s)")
    add("--pip", default="", help="more options of pip, such as an index with CPU builds of torch")
    add("--no-install", action="store_true", help="only peers that are there")
    add("--minutes", type=float, default=45, help="most minutes of a peer (default: 45)")
    add("--json", help="file for the figures")
    add("--keep", metavar="FOLDER", help="put the models into this folder, use the peers' that are there, and leave them")
    add("--dry-run", action="store_true", help="say what would be done, and what is missing")
    options = parser.parse_args(arguments)
    wanted = [] if options.peers == "none" else options.peers.split(",")
    for name in wanted:
        if name not in names:
            parser.error(f"no peer is called '{name}', wanted some of {', '.join(names)}")
    options.wanted = [peer for peer in install.PEERS if peer.name in wanted]
    for name in ("context", "prefill", "threads", "layers", "minutes"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name} is {getattr(options, name)}, wanted more than 0")
    options.config = random_checkpoint.configuration(options.layers, options.experts, options.vocab, options.tiny)
    least = options.config["num_experts_per_tok"]
    if options.experts < least or options.vocab < 512:
        parser.error(f"wanted {least} experts and 512 tokens at least")
    return options


class Run:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.venv = install.Venv(options.venv)
        self.checkpoint = os.path.join(work, "checkpoint")
        self.artifact = os.path.join(work, "model.v4")
        self.gguf = os.path.join(work, "model.gguf")
        self.rows, self.missing, self.facts = [], {}, {}

    def binary(self, name):
        path = os.path.join(self.options.build, "bin", name)
        if not os.access(path, os.X_OK):
            raise Failure(f"no {path}: build the preset, or name its folder with --build")
        return path

    def command(self, name, *arguments):
        done = subprocess.run([self.binary(name), *arguments], capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{name} failed: {install.last_line(done.stderr)}")
        return done.stdout

    def make_models(self):
        options = self.options
        if not os.path.exists(os.path.join(self.checkpoint, "config.json")):
            log("writing the checkpoint")
            random_checkpoint.write_checkpoint(self.checkpoint, options.config, seed=1)
        # Always anew: a folder that was kept may have that of another compiler.
        log("compiling it")
        self.command("v4c", self.checkpoint, "-o", self.artifact, "--quiet", "--numerics", options.numerics,
                     "--max-context", str(max(options.context, options.prefill) + OUTPUTS))  # fmt: skip

    def bench(self):
        options = self.options
        log("timing v4c")
        text = self.command("v4run", "bench", self.artifact, "--json", "--threads", str(options.threads),
                            "--context", str(options.context), "--prefill", str(options.prefill))  # fmt: skip
        report = json.loads(text)
        self.facts["machine"] = report["machine"]
        decode, prefill = report["decode"][0], report["prefill"][0]
        self.rows.append({"peer": "v4c", "version": f"{options.numerics} numerics, {report['machine']['variant']}",
                          "decode": decode, "prefill": prefill})  # fmt: skip

    def make_gguf(self):
        """Why it could not, or None."""
        if os.path.exists(self.gguf):
            return None
        log("writing the GGUF file")
        return install.failure([self.venv.python, os.path.join(HERE, "peers", "gguf.py"), self.checkpoint, self.gguf], {})

    def time_peer(self, peer):
        """Why it could not, or None."""
        if not self.options.no_install:
            why = self.venv.prepare(peer, self.options.pip.split(), log)
            if why:
                return why
        if not self.venv.has(peer.module):
            return f"{peer.packages[0]} is not installed in {self.venv.folder}"
        why = self.make_gguf() if peer.gguf else self.memory_lacks()
        if why:
            return why
        log(f"timing {peer.what}")
        out = os.path.join(self.work, peer.name + ".json")
        if os.path.exists(out):
            os.remove(out)
        command = [self.venv.python, os.path.join(HERE, "peers", peer.runner), self.gguf if peer.gguf else self.checkpoint, out]
        for name in ("context", "prefill", "threads"):
            command += [f"--{name}", str(getattr(self.options, name))]
        why = self.run_peer(command, peer)
        if os.path.exists(out):
            with open(out) as file:
                rows = json.load(file)
            for row in rows:
                for what in ("decode", "prefill"):
                    row.setdefault(what, {"why_not": why or "not timed"})
            self.rows += rows
        return why

    def run_peer(self, command, peer):
        threads = str(self.options.threads)
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "HF_HUB_OFFLINE": "1",
                       "TORCHINDUCTOR_CACHE_DIR": os.path.join(self.work, "inductor")}  # fmt: skip
        with open(os.path.join(self.work, peer.name + ".log"), "w+") as said:
            try:
                done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment,
                                      timeout=60 * self.options.minutes)  # fmt: skip
            except subprocess.TimeoutExpired:
                return f"stopped after {self.options.minutes:g} minutes"
            said.seek(0)
            return None if done.returncode == 0 else f"it ended with {done.returncode}: {install.last_line(said.read())}"

    def memory_lacks(self):
        needed = 2.3 * random_checkpoint.parameters(self.options.config)
        with open("/proc/meminfo") as file:
            free = next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
        return f"in BF16 it needs {needed / 1e9:.0f} GB of memory, {free / 1e9:.0f} GB are free" if needed > free else None

    def time_all(self):
        needed = 3 * random_checkpoint.stored_bytes(self.options.config)
        free = shutil.disk_usage(self.work).free
        if needed > free:
            raise Failure(f"the models need {needed / 1e9:.1f} GB in {self.work}, which has {free / 1e9:.1f} GB free")
        self.make_models()
        self.bench()
        for peer in self.options.wanted:
            why = self.time_peer(peer)
            if why:
                self.missing[peer.name] = why
                log(f"{peer.what}: {why}")
        if self.options.wanted:
            self.bench()

    def report(self):
        facts = {name: self.options.config[name] for name in ("num_hidden_layers", "n_routed_experts", "vocab_size")}
        stored = {"checkpoint": random_checkpoint.stored_bytes(self.options.config)}
        if os.path.exists(self.gguf):
            stored["gguf"] = os.path.getsize(self.gguf)
        return {"model": {**facts, "bytes": stored}, "threads": self.options.threads, **self.facts,
                "rows": with_ratios(self.rows), "missing": self.missing}  # fmt: skip


def with_ratios(rows):
    for what in ("decode", "prefill"):
        mine = min(row[what]["tokens_per_s"] for row in rows if row["peer"] == "v4c")
        for row in rows:
            if row["peer"] != "v4c" and "tokens_per_s" in row[what]:
                row[what]["v4c_is_faster_by"] = mine / row[what]["tokens_per_s"]
    return rows


def print_report(report, options):
    model, machine = report["model"], report["machine"]
    print(f"{model['num_hidden_layers']} layers, {model['n_routed_experts']} experts, {model['vocab_size']} tokens; " + ", ".join(
        f"{name} {size / 1e9:.2f} GB" for name, size in model["bytes"].items()))  # fmt: skip
    print(f"{report['threads']} threads read {machine['read_gb_s']:.1f} GB/s and do {machine['dot_gflop_s']:.0f} GFLOP/s of {machine['dot']}\n")
    decode, prefill = f"decode at {options.context}", f"prefill of {options.prefill}"
    print(f"{'':30} {decode:>16} {'v4c is':>8} {prefill:>16} {'v4c is':>8}")
    for row in report["rows"]:
        print(f"{row['peer']:30} {cells(row['decode'])} {cells(row['prefill'])}  {row['version']}")
    for row in report["rows"]:
        for what in ("decode", "prefill"):
            if "why_not" in row[what]:
                print(f"{row['peer']}: no {what}: {row[what]['why_not']}")
    for name, why in report["missing"].items():
        print(f"{name}: {why}")


def cells(figure):
    if "tokens_per_s" not in figure:
        return f"{'-':>16} {'':>8}"
    ratio = f"{figure['v4c_is_faster_by']:.2f}x" if "v4c_is_faster_by" in figure else ""
    return f"{figure['tokens_per_s']:>10.2f} tok/s {ratio:>8}"


def write_json(path, report):
    with open(path + ".new", "w") as file:
        json.dump(report, file, indent=1)
        file.write("\n")
    os.replace(path + ".new", path)


def say_plan(options):
    venv = install.Venv(options.venv)
    stored = random_checkpoint.stored_bytes(options.config)
    print(f"checkpoint: {stored / 1e9:.2f} GB, {random_checkpoint.parameters(options.config) / 1e9:.2f} billion weights")
    for name in ("v4c", "v4run"):
        path = os.path.join(options.build, "bin", name)
        print(f"{name}: {'there' if os.access(path, os.X_OK) else 'missing: no ' + path}")
    for peer in options.wanted:
        there = "there" if venv.has(peer.module) else f"missing; would install {' '.join(peer.packages)} into {venv.folder}"
        if there != "there" and options.no_install:
            there = f"missing in {venv.folder}"
        print(f"{peer.name}: {peer.what}: {there}")


def main(arguments):
    options = read_options(arguments)
    if options.dry_run:
        say_plan(options)
        return
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    work = options.keep or tempfile.mkdtemp(prefix="v4c-peers.")
    try:
        run = Run(options, work)
        run.binary("v4c"), run.binary("v4run")
        run.time_all()
        report = run.report()
        if options.json:
            write_json(options.json, report)
        print_report(report, options)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Failure, OSError) as error:
        sys.exit(f"peers.py: error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
