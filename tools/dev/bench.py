"""Measures millrace-cli with a model and prints it beside llama.cpp, recorded or run here too.

Only the best of a few runs counts, on both sides: other work on the machine only ever slows one
down. With --rival the two programs take turns, so that both see the same machine.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

VULKAN = 'llama.cpp Vulkan'
CPU = 'llama.cpp CPU'
ROUNDS = 2
CONTEXT = 2048


def run_json(command, env=None):
    result = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, **(env or {})}, check=False)
    if result.returncode != 0:
        sys.exit(f'dev: bench: {os.path.basename(command[0])} ended with status {result.returncode}')
    return json.loads(result.stdout)


def recorded(path):
    """Figures of the tables in docs/bench.md: {(program, what): tokens/s}."""
    figures = {}
    with open(path, encoding='utf-8') as text:
        for line in text:
            match = re.match(r'\| (llama\.cpp [^|]+?) +\| ((?:prompt|generation) \d+) +\| ([\d.]+)', line)
            if match:
                figures[match[1], match[2]] = float(match[3])
    return figures


def ours(cli, model, n_prompt, n_generate):
    out = run_json([cli, 'bench', '-m', model, '-p', str(n_prompt), '-n', str(n_generate), '--json'])
    return out['device'], {f'prompt {n_prompt}': out['prompt_tokens_per_second'],
                           f'generation {n_generate}': out['generated_tokens_per_second']}


def rival(bench, model, software):
    """The rival's figures. It leaves out software devices unless they are asked for by number."""
    flags = ['-m', model, '-p', '64,256', '-n', '64', '-r', '3', '-t', str(len(os.sched_getaffinity(0))), '-o', 'json']
    forced = {'GGML_VK_VISIBLE_DEVICES': '0', 'VK_LOADER_DRIVERS_SELECT': '*lvp*'} if software else {}
    figures = {}
    for name, extra, env in ((VULKAN, ['-ngl', '99'], forced), (CPU, ['-ngl', '0', '-dev', 'none'], {})):
        for row in run_json([bench, *flags, *extra], env):
            what = f"prompt {row['n_prompt']}" if row['n_prompt'] else f"generation {row['n_gen']}"
            figures[name, what] = max(row['samples_ts'])
    return figures


def keep_best(best, figures):
    for key, value in figures.items():
        best[key] = max(best.get(key, 0), value)


def run_measured(command):
    """Seconds that a command takes and the most memory that it held, in bytes."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f'dev: bench: {os.path.basename(command[0])} {command[1]} failed')
    return time.monotonic() - start, usage.ru_maxrss * 1024


def start_and_memory(cli, model):
    """Time from the program's start to its first token, everything warm; peak memory with a long context."""
    first = [cli, 'generate', '-m', model, '-p', 'Once upon a time', '-n', '1']
    run_measured(first)
    seconds = min(run_measured(first)[0] for _ in range(2))
    with tempfile.NamedTemporaryFile('w', suffix='.json') as ids:
        json.dump([1000 + i % 500 for i in range(CONTEXT - 32)], ids)
        ids.flush()
        _, peak = run_measured([cli, 'generate', '-m', model, '--tokens', ids.name, '-n', '32', '--ignore-eos', '-c', str(CONTEXT)])
    return seconds, peak


def describe_machine():
    with open('/proc/cpuinfo', encoding='utf-8', errors='replace') as info:
        text = info.read()
    name = re.search(r'model name\s*: (.*)', text)
    avx512 = ' avx512f ' in text
    print(f"processor: {name[1] if name else 'unknown'}, {len(os.sched_getaffinity(0))} cores used, "
          f"{'with' if avx512 else 'without'} AVX-512")
    load = os.getloadavg()[0]
    if load > 0.7:
        print(f'note: other work runs on this machine (load {load:.1f}), so the figures are lower than they could be')
    return avx512


def print_table(mine, theirs, how):
    print(f'\n{"tokens/s":<16}{"Millrace":>10}{VULKAN:>20}{"ratio":>9}{CPU:>17}{"ratio":>9}   ({how})')
    for what, value in mine.items():
        line = f'{what:<16}{value:>10.1f}'
        for name, width in ((VULKAN, 20), (CPU, 17)):
            other = theirs.get((name, what))
            line += f'{other:>{width}.1f}{value / other:>8.2f}×' if other else f'{"–":>{width}}{"–":>9}'
        print(line)


def main():
    parser = argparse.ArgumentParser(prog='./dev bench')
    for option in ('--cli', '--model', '--figures'):
        parser.add_argument(option, required=True)
    parser.add_argument('--rival')
    options = parser.parse_args()

    avx512 = describe_machine()
    mine, theirs = {}, {}
    lengths = ((64, 64), (256, 64)) if options.rival else ((64, 64),)
    for _ in range(ROUNDS if options.rival else 1):
        for n_prompt, n_generate in lengths:
            device, figures = ours(options.cli, options.model, n_prompt, n_generate)
            keep_best(mine, figures)
        if options.rival:
            keep_best(theirs, rival(options.rival, options.model, 'llvmpipe' in device))
    print(f'model: {os.path.basename(options.model)}\ndevice: {device}')
    if options.rival:
        how = 'both measured now, in turns'
    elif 'llvmpipe' in device:
        theirs, how = recorded(options.figures), 'recorded in docs/bench.md'
    else:
        how = 'recorded for the software device only; ./dev bench --rival measures here'
    print_table(mine, theirs, how)
    if 'llvmpipe' in device:
        print(f"\naim on the software device: {'10×' if avx512 else '7× for prompts (no AVX-512 here), 10× for generation'} llama.cpp Vulkan")

    seconds, peak = start_and_memory(options.cli, options.model)
    allowed = 2 * os.path.getsize(options.model) + 250e6
    print(f'first token after {seconds:.2f} s (program start to end of one token, caches warm; aim: under 2 s)')
    print(f'peak memory at {CONTEXT} tokens: {peak / 1e6:.0f} MB (aim: under {allowed / 1e6:.0f} MB)')


main()
