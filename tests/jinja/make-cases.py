#!/usr/bin/env python3
"""Writes cases.jsonl: what jinja2 gives for the templates of sources.txt.

usage: make-cases.py SOURCES OUT        (needs jinja2 3.1.6, on Python 3.11)

A line of SOURCES is a template, or "# a heading" that names the cases after it; "chat: " in front of a
template chooses the chat environment. \\n, \\t and \\\\ in a line are escapes of this file. Every template gets
those of the variables below that it names. Where jinja2 fails, the case asks for an error and for its line."""
import datetime
import json
import re
import sys
import traceback

import jinja2
import jinja2.sandbox
from jinja2.ext import Extension

VARS = {
    "n": 7, "f": 2.5, "s": "Hello, World", "u": "héllo wörld ß 你好 😀", "e": "", "t": True, "no": None,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "m": [[1, 2], [3, 4]], "big": 123456789012345678901234567890,
    "d": {"b": 1, "a": [1, 2], "c": {"x": None}}, "html": "<a href=\"x\">it's & more</a>",
    "users": [{"name": "Bo", "age": 30, "city": "Oslo"}, {"name": "al", "age": 25, "city": "rome"},
              {"name": "Cy", "age": 30, "city": "Rome"}],
    "text": "The quick brown fox jumps over the lazy dog.\nIt was well-known, state-of-the-art -- really.\n\nEnd",
}


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        lineno = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(lineno)

    def _render(self, caller):
        return caller()


def environments():
    chat = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    chat.filters["tojson"] = tojson
    chat.globals["raise_exception"] = raise_exception
    chat.globals["strftime_now"] = lambda fmt: datetime.datetime.now().strftime(fmt)
    return {False: jinja2.Environment(), True: chat}


def line_of(problem):
    if isinstance(problem, jinja2.TemplateSyntaxError):
        return problem.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else None


def case(env, name, source, chat):
    used = {key: value for key, value in VARS.items() if re.search(r"\b%s\b" % key, source)}
    out = {"name": name, "source": source, "vars": used, "chat": chat}
    try:
        out["expect"] = env.from_string(source).render(json.loads(json.dumps(used)))
    except Exception as problem:
        out["error"] = True
        out["why"] = f"{type(problem).__name__}: {problem}"
        if line_of(problem) is not None:
            out["line"] = line_of(problem)
    return out


def main():
    envs, heading, number = environments(), "case", 0
    with open(sys.argv[1], encoding="utf-8") as sources, open(sys.argv[2], "w", encoding="utf-8") as out:
        for text in sources:
            text = text.rstrip("\n")
            if not text:
                continue
            if text.startswith("# "):
                heading, number = text[2:].strip().replace(" ", "-"), 0
                continue
            number += 1
            chat = text.startswith("chat: ")
            source = text[6:] if chat else text
            source = source.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\0", "\\")
            name = f"own/{heading}/{number}"
            print(json.dumps(case(envs[chat], name, source, chat), ensure_ascii=False, separators=(",", ":")), file=out)


main()
