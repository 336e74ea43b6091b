"""Prints the names, types and shapes of a safetensors file."""
import json
import struct
import sys

with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
for name in sorted(header):
    if name != "__metadata__":
        print(name, header[name]["dtype"], header[name]["shape"])
