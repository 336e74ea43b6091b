#!/usr/bin/env python3
"""Gathers the pages of the documentation's site in a folder, for MkDocs.

    pages.py OUT --bin FOLDER --tblgen mlir-tblgen --mlir-include FOLDER

README.md and docs/ as they are, but for links to files outside of docs/, which get a page of their own that shows the file; the
pages of the commands from their --help; those of the dialects and passes from their .td files.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
DIALECTS = {
    "v4": "dialects/V4/IR/V4Ops.td",
    "tile": "dialects/Tile/IR/TileOps.td",
    "rt": "dialects/Rt/IR/RtOps.td",
}
PASSES = {
    "The model": "passes/Passes.td",
    "Kernels for CPUs": "codegen/TileToVector/Passes.td",
    "Kernels for GPUs": "codegen/TileToTriton/Passes.td",
    "The simulated device": "codegen/TileToLoops/Passes.td",
}


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"pages.py: {' '.join(command)} ended with status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Pages:
    def __init__(self, out):
        self.out = out
        self.shown = set()

    def write(self, name, text):
        path = os.path.join(self.out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def add(self, name, source):
        """The page `source` of the repository as `name`, with its links where their pages are."""
        with open(os.path.join(SOURCE, source), encoding="utf-8") as file:
            text = file.read()
        folder = os.path.dirname(source)

        def relink(match):
            target = match.group(2)
            if re.match(r"[a-z]+:", target):
                return match.group(0)
            wanted = os.path.normpath(os.path.join(folder, target))
            page = self.page_of(wanted)
            if page is None:
                return match.group(0)  # MkDocs says what is wrong with it
            page = os.path.relpath(page, os.path.dirname(name) or ".")
            return match.group(1) + page + (match.group(3) or "") + match.group(4)

        self.write(name, LINK.sub(relink, text))

    def page_of(self, path):
        if path == "README.md":
            return "index.md"
        if path == "docs/measurements":
            return "measurements/index.md"
        if path.startswith("docs/") and path.endswith(".md"):
            return path[len("docs/") :]
        full = os.path.join(SOURCE, path)
        if path.startswith("..") or not os.path.exists(full):
            return None
        page = f"source/{path}.md"
        if page not in self.shown:
            self.shown.add(page)
            self.write(page, self.show(path))
        return page

    def show(self, path):
        full = os.path.join(SOURCE, path)
        files = [path]
        if os.path.isdir(full):
            files = [f"{path}/{name}" for name in sorted(os.listdir(full))]
        text = f"# {path}\n"
        for name in files:
            if len(files) > 1:
                text += f"\n## {os.path.basename(name)}\n"
            with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
                text += "\n" + "".join("    " + line for line in file.read().expandtabs(4).splitlines(True)) + "\n"
        return text


def help_section(heading, command):
    body = "".join("    " + line for line in output_of(command).splitlines(True))
    return f"{heading}\n\n{body}\n"


def command_pages(pages, bin_folder):
    v4c, v4run = (os.path.join(bin_folder, name) for name in ("v4c", "v4run"))
    text = help_section("# v4c", [v4c, "--help"])
    for name in ("report", "verify"):
        text += help_section(f"## v4c {name}", [v4c, name, "--help"])
    pages.write("cli/v4c.md", text)
    text = help_section("# v4run", [v4run, "--help"])
    names = re.findall(r"^  ([a-z]+) +\S", output_of([v4run, "--help"]), re.M)
    for name in (n for n in names if n != "v4run"):
        text += help_section(f"## v4run {name}", [v4run, name, "--help"])
    pages.write("cli/v4run.md", text)


def generated_pages(pages, tblgen):
    for name, file in DIALECTS.items():
        text = output_of(tblgen + ["-gen-dialect-doc", f"-dialect={name}", os.path.join(SOURCE, file)])
        # One title a page.
        text = re.sub(r"^# .*\n", "", text, flags=re.M).replace("[TOC]\n", "")
        pages.write(f"dialects/{name}.md", f"# Dialect {name}\n\n{text}")
    text = "# Passes\n"
    for title, file in PASSES.items():
        text += f"\n## {title}\n\n" + output_of(tblgen + ["-gen-pass-doc", os.path.join(SOURCE, file)])
    pages.write("passes.md", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--bin", required=True)
    parser.add_argument("--tblgen", default="mlir-tblgen")
    parser.add_argument("--mlir-include", required=True)
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    pages = Pages(args.out)
    pages.add("index.md", "README.md")
    measurements = []
    for folder, _, names in os.walk(os.path.join(SOURCE, "docs")):
        for name in sorted(n for n in names if n.endswith(".md")):
            source = os.path.relpath(os.path.join(folder, name), SOURCE)
            pages.add(source[len("docs/") :], source)
            if source.startswith("docs/measurements/"):
                with open(os.path.join(SOURCE, source), encoding="utf-8") as file:
                    measurements.append((name, file.readline().lstrip("# ").strip()))
    rows = "".join(f"- [{title}]({name}), {name[:7]}\n" for name, title in sorted(measurements))
    pages.write("measurements/index.md", "# Measurements\n\nWhat was measured, with commit, machine and command.\n\n" + rows)
    command_pages(pages, args.bin)
    generated_pages(pages, [args.tblgen, "-I", SOURCE, "-I", args.mlir_include])


if __name__ == "__main__":
    main()
