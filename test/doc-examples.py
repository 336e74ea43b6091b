#!/usr/bin/env python3
"""Feeds every ```mlir block of a Markdown page through a tool that reads MLIR on its standard input.

    doc-examples.py PAGE.md v4-opt [argument...]

Blocks are run as they stand; prints how many ran; a page without any is an error.
"""

import re
import subprocess
import sys


def main():
    page, command = sys.argv[1], sys.argv[2:]
    text = open(page, encoding="utf-8").read()
    blocks = [
        (text.count("\n", 0, match.start()) + 2, match.group(1))
        for match in re.finditer(r"^[ \t]*```mlir[ \t]*\n(.*?)^[ \t]*```", text, re.M | re.S)
    ]
    if not blocks:
        print(f"{page}: no mlir example")
        return 1
    failures = 0
    for line, block in blocks:
        done = subprocess.run(command, input=block, capture_output=True, text=True)
        if done.returncode != 0:
            failures += 1
            print(f"{page}:{line}: example does not pass {command[0]}\n{block}\n{done.stderr}")
    print(f"{len(blocks)} examples, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
