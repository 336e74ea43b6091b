"""What the assembler made of the kernels of an artifact for a GPU.

  check_kernels.py V4RUN ARTIFACT DUMPS

DUMPS is what `v4c --dump-kernels` wrote. Prints a line for each rule that holds, or says which kernel breaks it.
"""
import json
import os
import re
import subprocess
import sys

MATRIX_UNIT = {"sm_80": r"\bHMMA\b", "sm_90a": r"\bHGMMA\b", "sm_100a": r"\bUTC\w*MMA\b", "sm_120": r"\b[HQ]MMA\b"}

# Kernels that may spill so many bytes a thread, by target, name and most bytes; with the reason.
SUMS_OF_ATTENTION = ("64 heads x 512 values of sums take 128 of a thread's 255 registers; fewer keys at a time spill less and "
                     "do less")
MAY_SPILL = [
    ("sm_80", r"csa_attention", 64, SUMS_OF_ATTENTION),
    ("sm_90a", r"[ch][cs]a_attention", 64, SUMS_OF_ATTENTION),
    ("sm_120", r"csa_attention", 160, SUMS_OF_ATTENTION),
    ("sm_120", r"expert_down_add_x64", 16, "the assembler stops at 96 registers, of 255 that it may use"),
]
LAUNCHES_A_LAYER = 12


class Kernel:
    def __init__(self, facts, folder):
        self.name = facts["entry"]
        self.spills = facts["spill_bytes"]
        path = os.path.join(folder, self.name)
        self.tile = open(path + ".tile.mlir").read()
        self.sass = open(path + ".sass").read()

    def count(self, pattern):
        return len(re.findall(pattern, self.sass))

    def is_product(self):
        return re.search(r"(linear|expert|shared)", self.name) and re.search(r"tile\.(scaled_)?dot", self.tile)

    def is_prefill(self):
        return re.search(r"_x64(_\d+)?$", self.name)


def check_spills(kernels, target):
    for kernel in kernels:
        local = kernel.count(r"\b(LDL|STL)\b")
        allowed = max((most for arch, name, most, _ in MAY_SPILL if arch == target and re.search(name, kernel.name)),
                      default=0)
        if kernel.spills > allowed or (local and not allowed):
            sys.exit(f"{kernel.name} spills {kernel.spills} bytes and has {local} accesses of local memory, "
                     f"wanted {allowed} bytes at most")
        if kernel.spills:
            print(f"  {kernel.name} spills {kernel.spills} bytes a thread")
    print("no kernel spills or has local memory, but for those above")


def check_matrix_units(kernels, target):
    products = [kernel for kernel in kernels if kernel.is_product() and kernel.is_prefill()]
    for kernel in products:
        if not kernel.count(MATRIX_UNIT[target]):
            sys.exit(f"{kernel.name} has no {MATRIX_UNIT[target]}")
        if target in ("sm_90a", "sm_100a") and kernel.count(r"\bHMMA\b"):
            sys.exit(f"{kernel.name} has products in HMMA, wanted only {MATRIX_UNIT[target]}")
    print(f"{len(products)} products of prefill use the matrix unit")


def check_loads(kernels):
    """Copies narrower than 16 bytes are of scales: of FP4 a sixteenth of the weights' bytes."""
    products = [kernel for kernel in kernels if kernel.is_product()]
    for kernel in products:
        wide = 16 * kernel.count(r"\b(LDGSTS|LDG)(\.\w+)*\.128\b")
        narrow = 4 * kernel.count(r"\bLDGSTS\.E(\.BYPASS)?(?![\w.])") + 8 * kernel.count(r"\bLDGSTS(\.\w+)*\.64\b")
        if wide == 0 or narrow > wide / 8:
            sys.exit(f"{kernel.name} copies {narrow} bytes in less than 16 at a time and {wide} in 16")
    print(f"{len(products)} products load their weights 16 bytes at a time")


def main(v4run, artifact, folder):
    report = json.loads(subprocess.run([v4run, "inspect", artifact, "--json"], check=True, capture_output=True).stdout)
    target = report["target"]
    kernels = [Kernel(facts, folder) for facts in report["device"]["kernels"]]
    print(f"{len(kernels)} kernels for {target}")
    check_spills(kernels, target)
    check_matrix_units(kernels, target)
    check_loads(kernels)
    launches = report["decode_dispatches_per_layer"]
    if launches > LAUNCHES_A_LAYER:
        sys.exit(f"decode has {launches} launches a layer, wanted {LAUNCHES_A_LAYER} at most")
    print(f"{launches} launches a layer at most in decode")


main(*sys.argv[1:])
