"""The peers, and the folder with a Python of its own that they are installed in."""

import os
import subprocess
import sys
from dataclasses import dataclass, field


@dataclass
class Peer:
    name: str
    what: str
    runner: str
    module: str
    packages: list
    gguf: bool  # its model; else the checkpoint
    environment: dict = field(default_factory=dict)  # of the installation
    pip: list = field(default_factory=list)


PEERS = [
    Peer("transformers", "transformers, eager and torch.compile", "run_transformers.py", "transformers",
         ["torch", "transformers==5.23.*", "accelerate", "safetensors"], False),
    Peer("xllamacpp", "llama.cpp through xllamacpp, a wheel for AVX2", "run_xllamacpp.py", "xllamacpp", ["xllamacpp"], True),
    Peer("llama-cpp-python", "llama.cpp built here for this processor", "run_llama_cpp_python.py", "llama_cpp",
         ["llama-cpp-python"], True, {"CMAKE_ARGS": "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF"}, ["--no-binary", "llama-cpp-python"]),
]  # fmt: skip


class Venv:
    def __init__(self, folder):
        self.folder = folder
        self.python = os.path.join(folder, "bin", "python")

    def create(self):
        """Why it could not, or None."""
        if os.path.exists(self.python):
            return None
        return failure([sys.executable, "-m", "venv", self.folder], {})

    def has(self, module):
        if not os.path.exists(self.python):
            return False
        find = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        return subprocess.run([self.python, "-c", find], capture_output=True).returncode == 0

    def pip(self, packages, options=(), environment=None):
        """Why it could not, or None."""
        command = [self.python, "-m", "pip", "install", "--quiet", "--no-input", *options, *packages]
        return failure(command, environment or {})

    def prepare(self, peer, pip_options, log):
        """Installs what is missing; why it could not, or None."""
        if self.has(peer.module) and self.has("numpy"):
            return None
        log(f"installing {' '.join(peer.packages)} into {self.folder}")
        return self.create() or self.pip(["numpy", *peer.packages], [*pip_options, *peer.pip], peer.environment)


def failure(command, environment):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **environment})
    except OSError as error:
        return f"{command[0]} did not start: {error.strerror}"
    if done.returncode == 0:
        return None
    return f"{' '.join(command[:5])} ... failed: {last_line(done.stderr)}"


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it says nothing"
