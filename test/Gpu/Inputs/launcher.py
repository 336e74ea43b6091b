"""Opens the dumps of kernels as Triton's own launcher does, as far as no GPU is needed: launcher.py FOLDER NAME..."""
import os
import sys

from triton.backends.nvidia.driver import make_launcher
from triton.compiler.compiler import CompiledKernel, IRSource, make_backend
from triton._C.libtriton import ir
from triton.backends.compiler import GPUTarget

# What CudaLauncher takes out of the metadata.
LAUNCHER = ("num_ctas", "global_scratch_size", "global_scratch_align", "profile_scratch_size", "profile_scratch_align",
            "launch_cooperative_grid", "launch_pdl")


def open_kernel(folder, name):
    stem = os.path.join(folder, name)
    target = GPUTarget("cuda", 90, 32)
    backend = make_backend(target)
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    source = IRSource(stem + ".ttir", context, backend)
    files = {name + suffix: stem + suffix for suffix in (".json", ".ttir", ".ptx", ".cubin")}
    kernel = CompiledKernel(source, files, "unused")
    assert kernel.metadata.target == target, kernel.metadata.target
    assert kernel.name == source.name.lstrip("@") == name, (kernel.name, source.name)
    assert kernel.kernel == kernel.asm["cubin"] and f".entry {name}(" in kernel.asm["ptx"]
    for field in LAUNCHER:
        getattr(kernel.metadata, field)
    make_launcher({}, dict(source.signature), getattr(kernel.metadata, "tensordesc_meta", None))
    return kernel, source


for each in sys.argv[2:]:
    opened, parsed = open_kernel(sys.argv[1], each)
    print(f"{each}: {len(parsed.signature)} arguments, {opened.metadata.num_warps} warps, {opened.metadata.shared} bytes shared")
