#!/usr/bin/env python3
"""Writes runtime/text/StandIns.inc: the characters whose general category is another in the regex engine of
Hugging Face's tokenizers than in Unicode 14, which PCRE2 10.42 has.

    python3.11 tools/regex-unicode.py        # needs `tokenizers`; Python 3.11 has Unicode 14 as well

With --categories it prints instead how many characters each category has in that engine, and their hash, which
test/Text/UnicodeTest.cpp holds the patterns to.
"""
import pathlib
import sys
import unicodedata

from tokenizers import Regex, pre_tokenizers

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn".split()
CODES = [code for code in range(0x110000) if not 0xd800 <= code < 0xe000]


def engine_categories():
    """{code point: category}, asked of the engine one category at a time."""
    found = {}
    for category in CATEGORIES:
        split = pre_tokenizers.Split(Regex(r"\p{%s}+" % category), "removed", invert=True)
        for at in range(0, len(CODES), 1 << 15):
            for word, _ in split.pre_tokenize_str("".join(map(chr, CODES[at:at + (1 << 15)]))):
                for character in word:
                    assert found.setdefault(ord(character), category) == category
    assert len(found) == len(CODES)
    return found


def utf8_length(code):
    return len(chr(code).encode())


def rows(engine):
    """(first, last, stand-in): the stand-in is the first character of that category and length in both."""
    stand_in, out = {}, []
    for code in CODES:
        if engine[code] == unicodedata.category(chr(code)):
            stand_in.setdefault((engine[code], utf8_length(code)), code)
    for code in CODES:
        if engine[code] == unicodedata.category(chr(code)):
            continue
        other = stand_in[engine[code], utf8_length(code)]
        if out and out[-1][1] == code - 1 and out[-1][2] == other:
            out[-1][1] = code
        else:
            out.append([code, code, other])
    return out


def fnv1a(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return value


def main():
    engine = engine_categories()
    if sys.argv[1:] == ["--categories"]:
        for category in CATEGORIES:
            print(category, sum(1 for code in CODES if engine[code] == category))
        print(hex(fnv1a(bytes(CATEGORIES.index(engine[code]) for code in CODES))))
        return
    if unicodedata.unidata_version != "14.0.0":
        sys.exit(f"this Python has Unicode {unicodedata.unidata_version}, wanted 14.0.0 (Python 3.11)")
    path = pathlib.Path(__file__).parent.parent / "runtime/text/StandIns.inc"
    cells = ["{0x%x, 0x%x, 0x%x}," % tuple(row) for row in rows(engine)]
    lines = ["// Written by tools/regex-unicode.py: {first, last, stand-in}."]
    for cell in cells:
        if len(lines) > 1 and len(lines[-1]) + 1 + len(cell) <= 110:
            lines[-1] += " " + cell
        else:
            lines.append(cell)
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
