"""Bytes that a token adds to the states of the module FILE: state_bytes.py FILE WANTED fails if they are not within 2 %."""
import re
import sys

BITS = {"f32": 32, "bf16": 16, "e4m3": 8, "e2m1": 4}
ENTRIES = re.compile(r"rt\.state @\S+ : !v4\.entries<\d+, (\d+), (\w+)(?:, packed (\w+) by (\d+) first (\d+))?> ratio (\d+)")


def row_bytes(width, element, codes, block, packed):
    if codes is None:
        return width * BITS[element] // 8
    size = BITS[element] // 8
    coded = -(-packed * BITS[codes] // 8 // size) * size
    return -(-(coded + (width - packed) * size + -(-packed // block)) // size) * size


def main():
    path, wanted = sys.argv[1], float(sys.argv[2])
    text = open(path).read()
    total = 0
    for width, element, codes, block, packed, ratio in ENTRIES.findall(text):
        total += row_bytes(int(width), element, codes or None, int(block or 0), int(packed or 0)) / int(ratio)
    print(f"{total:.4f} bytes a token, wanted {wanted}")
    sys.exit(not abs(total - wanted) <= 0.02 * wanted)


main()
