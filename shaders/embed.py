#!/usr/bin/env python3
"""Writes the table of kernels (mill-shaders.h) as C: embed.py OUT.c FILE.spv…"""
import pathlib
import struct
import sys

out, *files = sys.argv[1:]
lines = ['/* Made by shaders/embed.py. */', '#include "mill-shaders.h"', '']
rows = []
for path in sorted(map(pathlib.Path, files)):
    data = path.read_bytes()
    words = struct.unpack(f'<{len(data) // 4}I', data)
    symbol = path.stem.replace('-', '_')
    lines.append(f'static const guint32 {symbol}[] = {{')
    lines += ['  ' + ' '.join(f'0x{w:08x},' for w in words[i:i + 8]) for i in range(0, len(words), 8)]
    lines.append('};')
    rows.append(f'  {{ "{path.stem}", {symbol}, G_N_ELEMENTS ({symbol}) }},')
lines += ['', 'const MillShader mill_shaders[] = {', *rows, '};', '', f'const guint mill_n_shaders = {len(rows)};', '']
pathlib.Path(out).write_text('\n'.join(lines))
