"""Parses files of Triton IR, modules separated by // -----, with Triton's own parser; prints how many functions there were."""
import os
import sys
import tempfile

from triton._C.libtriton import ir, nvidia

SEPARATOR = "// -----"


def parse(text, context):
    """The text that Triton prints of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "kernels.ttir")
        with open(path, "w") as file:
            file.write(text)
        return str(ir.parse_mlir_module(path, context))


context = ir.context()
ir.load_dialects(context)
nvidia.load_dialects(context)
for path in sys.argv[1:]:
    with open(path) as file:
        texts = file.read().split(SEPARATOR)
    for text in texts:
        functions = text.count("tt.func")
        try:
            printed = parse(text, context)
        except Exception as error:  # says nothing of which file
            sys.exit(f"{path}: {error}")
        # What it prints itself has the same functions.
        if printed.count("tt.func") != functions or functions == 0:
            sys.exit(f"{path}: {functions} functions became {printed.count('tt.func')}")
    print(f"{os.path.basename(path)}: {sum(text.count('tt.func') for text in texts)} kernels parsed")
