#!/usr/bin/env python3
"""Runs every shell command of the documentation, page by page, each page in a folder of its own.

    commands.py SOURCE BIN SCRATCH [PAGE...]

A command is a line of a code block that begins with a program (PROGRAMS); what may not run here is in NOT_RUN with its reason, and
nothing else is left out. CHECKPOINT is the first layer of the demo's checkpoint. model.v4 and the files that pages take for granted
are there before, but for the pages that a newcomer follows (COMPLETE). Options in the text (`v4run inspect --json`) are looked up in --help. Without PAGE: README.md and docs/, but for
docs/measurements, which say what was run at the time.
"""

import collections
import concurrent.futures
import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

from cut_checkpoint import cut_checkpoint

PROGRAMS = re.compile(
    r"\(?(?:[A-Z_0-9]+=\S+ )*(?:v4c|v4run|v4-opt|tools/|build/|test/|cmake|ctest|cpack|lit-22|apt|dpkg|sudo|git|gdb|objdump"
    r"|python3?|bash|chroot|echo|cat|cd|cmp|cp|mkdir|export|tar|\./)(?![:.])"
)
# Which commands, as regular expressions from their beginnings, and why not.
NOT_RUN = {
    r"tools/(demo|test|install-deps)\.sh": "installs packages and builds; CI runs tools/test.sh",
    r"export PATH": "this test sets it",
    r"cmake --(preset|build)": "builds; this runs on what was built",
    r"cmake --install|\(cd build/release && cpack": "test/Install/check-install.sh runs it",
    r"ctest|lit-22|build/release/test/bin": "the suite that this test is part of",
    r"tools/package-check\.sh": "makes a Debian system, in minutes; by hand, see docs/measurements",
    r"tools/docs\.sh": "site.test runs it",
    r".*--target sm_90a": "Triton may not be there; test/Gpu/v4c.test compiles for GPUs",
    r"v4run inspect gpu\.v4": "the artifact of the command before it; test/Gpu/v4c.test inspects one",
    r".*--device cuda": "needs a GPU",
    r"tools/gpu-check\.sh": "test/Tools/gpu-check.test runs all of it without a GPU",
    r"test/benchmark/": "measures for minutes; test/benchmark has tests of its own, on small models",
    r"v4c CHECKPOINT --tune": "takes minutes; test/Tools/tune.test runs it",
}
INPUT = {"v4run chat": "/stats\n"}
# They make all that they need, as somebody new to it has to.
COMPLETE = {"README.md", "docs/getting-started.md"}
FILES = {
    "messages.json": '[{"role": "user", "content": "What is the capital of France?"}]',
    "prompt.json": "[0, 4082, 3868, 3, 4083, 4086]",
    "completion.txt": "Paris is in France.</think>It is Paris.",
    "schedules.json": '{"schedules": [{"family": "index", "lanes": 64, "keys": 16, "outputs": 64, "depth": 8}]}',
}
# In no --help: for the tests alone.
HIDDEN = {"--print-phases-page"}
# A context that all of the documentation's fit into.
CONTEXT = 131200
SECONDS = 240

Command = collections.namedtuple("Command", "page line text")
Outcome = collections.namedtuple("Outcome", "ran problems")


def code_blocks(lines):
    """Lists of (number, text) of the lines of each block, with what they are indented by taken off."""
    block, fence = [], None
    for number, line in enumerate(lines + [""], 1):
        stripped = line.strip()
        if stripped.startswith("```"):
            fence = None if fence is not None else line.index("`")
            stripped = ""
        elif fence is not None or re.match(r" {4,}\S", line):
            block.append((number, stripped))
            continue
        if stripped or block:
            yield block
            block = []


def commands_of(page, text):
    commands, problems = [], []
    for block in code_blocks(text.splitlines()):
        if not any(PROGRAMS.match(line) for _, line in block):
            continue
        whole = ""
        for number, line in block:
            if not whole and not PROGRAMS.match(line):
                problems.append(f"{page}:{number}: among commands, but none that this test knows: {line}")
                continue
            first = number if not whole else first
            whole += line
            if line.endswith("\\"):
                whole = whole[:-1]
                continue
            commands.append(Command(page, first, whole))
            whole = ""
    return commands, problems


class Runner:
    def __init__(self, source, tools, scratch):
        self.source, self.scratch = source, scratch
        self.environment = dict(os.environ)
        self.environment["PATH"] = tools + os.pathsep + self.environment["PATH"]
        self.environment["XDG_STATE_HOME"] = os.path.join(scratch, "state")
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        self.checkpoint = os.path.join(scratch, "checkpoint")
        cut_checkpoint(os.path.join(source, "test/data/tiny-chat-fp8fp4"), self.checkpoint, 1, 2 * CONTEXT)
        self.model = os.path.join(scratch, "model.v4")
        done = self.shell(scratch, f"v4c CHECKPOINT -o model.v4 --quiet --max-context {CONTEXT}")
        if done.returncode != 0:
            sys.exit("commands.py: no model to begin with: " + done.stderr)

    def shell(self, folder, text, given=None):
        text = re.sub(r"\bCHECKPOINT\b", self.checkpoint, text)
        return subprocess.run(
            ["bash", "-ec", text], cwd=folder, env=self.environment, capture_output=True, text=True, timeout=SECONDS,
            errors="replace", **({"input": given} if given else {"stdin": subprocess.DEVNULL}),
        )

    @functools.lru_cache(maxsize=None)
    def help(self, *command):
        return self.shell(self.scratch, shlex.join(command) + " --help").stdout

    def check_options(self, page, text):
        problems = []
        for match in re.finditer(r"`(v4c|v4run|v4-opt)( [^`]*)`", text):
            tool, words = match.group(1), match.group(2).split()
            has_command = words and (tool == "v4run" or words[0] in ("report", "verify")) and words[0].isalpha()
            command = (tool, words[0]) if has_command and words[0].islower() else (tool,)
            for option in re.findall(r"--[a-z][a-z0-9-]*", match.group(2)):
                if option not in HIDDEN and not re.search(re.escape(option) + r"(?![a-z0-9-])", self.help(*command)):
                    line = text.count("\n", 0, match.start()) + 1
                    problems.append(f"{page}:{line}: {' '.join(command)} --help has no {option}")
        return problems

    def run_page(self, page):
        with open(os.path.join(self.source, page), encoding="utf-8") as file:
            text = file.read()
        commands, problems = commands_of(page, text)
        problems += self.check_options(page, text)
        commands = [(c, reason) for c in commands for reason in [next((r for r in NOT_RUN if re.match(r, c.text)), None)]]
        if all(reason for _, reason in commands):
            return Outcome([(c, reason, 0) for c, reason in commands], problems)
        folder = os.path.join(self.scratch, os.path.basename(page))
        os.makedirs(folder)
        os.symlink(os.path.join(self.source, "test"), os.path.join(folder, "test"))
        if page not in COMPLETE:
            shutil.copy(self.model, folder)
            for name, content in FILES.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(content)
        ran = []
        for command, reason in commands:
            if not reason:
                start = time.monotonic()
                problems += self.run(folder, command)
                ran.append((command, None, time.monotonic() - start))
            else:
                ran.append((command, reason, 0))
        return Outcome(ran, problems)

    def run(self, folder, command):
        given = next((text for prefix, text in INPUT.items() if command.text.startswith(prefix)), None)
        try:
            done = self.shell(folder, command.text, given)
        except subprocess.TimeoutExpired:
            return [f"{command.page}:{command.line}: not done after {SECONDS} s: {command.text}"]
        if done.returncode == 0:
            return []
        return [f"{command.page}:{command.line}: status {done.returncode}: {command.text}\n    {done.stderr.strip()[-2000:]}"]


def all_pages(source):
    pages = ["README.md"]
    for folder, _, names in os.walk(os.path.join(source, "docs")):
        pages += [os.path.relpath(os.path.join(folder, name), source) for name in names if name.endswith(".md")]
    return [page for page in sorted(pages) if not page.startswith("docs/measurements/")]


def main():
    source, tools, scratch = (os.path.abspath(word) for word in sys.argv[1:4])
    pages = sys.argv[4:] or all_pages(source)
    runner = Runner(source, tools, scratch)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(runner.run_page, pages))
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    ran = [one for outcome in outcomes for one in outcome.ran]
    for command, reason, seconds in ran:
        print(f"{'%6.1f s' % seconds if not reason else 'not run '} {command.page}:{command.line}: {command.text}")
    used = {reason for _, reason, _ in ran}
    if not sys.argv[4:]:
        problems += [f"NOT_RUN has '{pattern}', which no page has" for pattern in NOT_RUN if pattern not in used]
    print(*problems, sep="\n")
    print(f"{sum(not reason for _, reason, _ in ran)} commands run, {len(problems)} problems")
    shutil.rmtree(scratch, ignore_errors=True)
    return 1 if problems or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
