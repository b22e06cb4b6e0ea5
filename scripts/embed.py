#!/usr/bin/env python3
"""Makes a C header with a file's bytes: embed.py NAME FILE OUT."""
import sys

name, path, out = sys.argv[1:]
data = open(path, "rb").read()
with open(out, "w") as f:
    f.write(f"/* Made from {path.split('/')[-1]}; do not edit. */\n")
    f.write(f"static const unsigned long {name}_size = {len(data)};\n")
    f.write(f"static const unsigned char {name}[] = {{\n")
    for i in range(0, len(data), 16):
        f.write("    " + "".join(f"{b}," for b in data[i:i + 16]) + "\n")
    f.write("    0};\n")
