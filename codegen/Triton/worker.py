"""Compiles kernels for v4c with Triton: a JSON object a line comes in, one goes out.

  {"do": "compile", "ttir": PATH, "capability": 90, "warps": 4, "stages": 3, "shared_limit": 232448, "out": PREFIX}
      -> PREFIX.ptx, .cubin, .json (Triton's metadata); {"name", "warps", "stages", "shared", "registers", "spills"}
  {"do": "assemble", "ptx": PATH, "capability": 90, "out": PREFIX} -> PREFIX.cubin; {"registers", "spills"}
  {"do": "resources", "cubin": PATH} -> {"registers", "spills"}; spills: bytes of the stack
  {"do": "disassemble", "cubin": PATH, "out": PATH}

The first line that goes out is {"triton": VERSION}; an answer may be {"error": TEXT}.
"""
import contextlib
import glob
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Whatever Triton prints must not get between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(what):
    answers.write(json.dumps(what) + "\n")
    answers.flush()


try:
    import triton
    from triton import knobs
    from triton.backends.compiler import GPUTarget
except ImportError as error:
    answer({"error": str(error)})
    sys.exit(1)


def tool(name):
    return os.path.join(os.path.dirname(triton.__file__), "backends", "nvidia", "bin", name)


def assembler_report(log):
    registers = re.findall(r"Used (\d+) registers", log)
    spills = re.findall(r"(\d+) bytes spill stores, (\d+) bytes spill loads", log)
    stack = re.findall(r"(\d+) bytes stack frame", log)
    largest = max([int(n) for pair in spills for n in pair] + [int(n) for n in stack] + [0])
    return {"registers": max(map(int, registers), default=0), "spills": largest}


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{os.path.basename(command[0])} failed: {done.stdout.strip()}")
    return done.stdout


def compile_once(job, stages, folder):
    os.environ["TRITON_CACHE_DIR"] = folder
    options = {"num_warps": job["warps"], "num_stages": stages, "enable_fp_fusion": False}
    report = io.StringIO()
    with contextlib.redirect_stdout(report):
        kernel = triton.compile(job["ttir"], target=GPUTarget("cuda", job["capability"], 32), options=options)
    metadata = [path for path in glob.glob(os.path.join(folder, "*", "*.json"))
                if not os.path.basename(path).startswith("__grp__")]
    return kernel, metadata[0], report.getvalue()


def compile_kernel(job):
    knobs.nvidia.dump_ptxas_log = True
    for stages in range(job["stages"], 0, -1):
        with tempfile.TemporaryDirectory() as folder:
            kernel, metadata, report = compile_once(job, stages, folder)
            # Fewer iterations in flight take less shared memory.
            if kernel.metadata.shared > job["shared_limit"] and stages > 1:
                continue
            tensor_memory = getattr(kernel.metadata, "tmem_size", 0) or 0
            if tensor_memory > 512:
                raise RuntimeError(f"takes {tensor_memory} columns of tensor memory, but a processor has 512")
            with open(job["out"] + ".ptx", "w") as file:
                file.write(kernel.asm["ptx"])
            with open(job["out"] + ".cubin", "wb") as file:
                file.write(kernel.asm["cubin"])
            shutil.copyfile(metadata, job["out"] + ".json")
        scratch = kernel.metadata.global_scratch_size + kernel.metadata.profile_scratch_size
        if scratch:
            raise RuntimeError(f"Triton wants {scratch} bytes of global scratch memory, which kernels do not get")
        return {"name": kernel.metadata.name, "warps": kernel.metadata.num_warps, "stages": stages,
                "shared": kernel.metadata.shared, **assembler_report(report)}


def assemble(job):
    name = "ptxas-blackwell" if job["capability"] >= 100 else "ptxas"
    suffix = "a" if job["capability"] >= 90 else ""
    return assembler_report(run(tool(name), "-v", "--fmad=false", f"--gpu-name=sm_{job['capability']}{suffix}", job["ptx"],
                                "-o", job["out"] + ".cubin"))


def resources(job):
    usage = run(tool("cuobjdump"), "-res-usage", job["cubin"])
    return {"registers": max(map(int, re.findall(r"REG:(\d+)", usage)), default=0),
            "spills": max(map(int, re.findall(r"(?:STACK|LOCAL):(\d+)", usage)), default=0)}


def disassemble(job):
    with open(job["out"], "w") as file:
        file.write(run(tool("cuobjdump"), "-sass", job["cubin"]))
    return {}


WORK = {"compile": compile_kernel, "assemble": assemble, "resources": resources, "disassemble": disassemble}

answer({"triton": triton.__version__})
for line in sys.stdin:
    try:
        request = json.loads(line)
        answer(WORK[request["do"]](request))
    except Exception as error:  # one kernel's failure is not that of the next
        answer({"error": " ".join(str(error).split()) or type(error).__name__})
