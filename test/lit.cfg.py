import os
import shutil
import sys

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "v4c"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "data"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.v4_binary_dir, "test")

config.substitutions += [
    ("%bin", os.path.join(config.v4_binary_dir, "bin")),
    ("%src", config.v4_source_dir),
    ("%data", os.path.join(config.test_source_root, "data")),
    ("%mlir_include", config.mlir_include_dir),
    ("%v4run", os.path.join(config.v4_binary_dir, "bin", "v4run")),
    ("%python", sys.executable),
]

# FileCheck and not live beside LLVM's own tools; ours come first.
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
tools = [ToolSubst(tool, unresolved="fatal") for tool in ("v4-opt", "v4c", "v4run")]
llvm_config.add_tool_substitutions(
    tools + ["FileCheck", "not", "split-file", "mlir-tblgen"],
    [os.path.join(config.v4_binary_dir, "bin"), config.llvm_tools_dir],
)

# What the tests compile, once for all of them: as in CMakeLists.txt.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")

# As v4c looks for it. Tests that need Triton are skipped without, unless V4C_REQUIRE_TRITON is set.
triton_home = os.environ.get("V4C_TRITON_HOME", os.path.expanduser("~/.local/share/v4c/triton-3.6.0"))
triton_python = os.environ.get("V4C_TRITON_PYTHON", os.path.join(triton_home, "bin", "python"))
if os.path.exists(triton_python) or os.environ.get("V4C_REQUIRE_TRITON"):
    config.available_features.add("triton")
    config.environment["V4C_TRITON_PYTHON"] = triton_python

# Likewise MkDocs, as tools/docs.sh does.
mkdocs_home = os.environ.get("V4C_MKDOCS_HOME", os.path.expanduser("~/.local/share/v4c/mkdocs-1.6.1"))
if os.path.exists(os.path.join(mkdocs_home, "bin", "mkdocs")) or os.environ.get("V4C_REQUIRE_MKDOCS"):
    config.available_features.add("mkdocs")
    config.environment["V4C_MKDOCS_HOME"] = mkdocs_home

if os.path.exists("/proc/cpuinfo") and "avx512f" in open("/proc/cpuinfo").read():
    config.available_features.add("x86-64-v4")

if shutil.which("chromium"):
    config.available_features.add("chromium")
