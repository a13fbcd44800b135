#!/usr/bin/env python3
"""How Hugging Face tokenizers cuts texts into pieces, for each kind of pre-tokenizer: writes pieces.jsonl.

make-pieces.py > pieces.jsonl        needs the package tokenizers

A line is {"text", "pieces": {kind: [bytes of each piece]}}. The expressions are those of the models'
tokenizer.json files ("default" is what llama.cpp does where a file names none).
"""
import json
import random
import unicodedata

from tokenizers import Regex
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,DIGITS}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK_V3 = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
               r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
# The letters of deepseek-llm's expression.
CASED = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373"
    "\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481"
    "\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b"
    "\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b"
    "\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb"
    "\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128"
    "\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4"
    "\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf"
    "\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3"
    "\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943")
PUNCTUATION = "!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002"
IDEOGRAPHS = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"

BYTES = ByteLevel(add_prefix_space=False, use_regex=False)


def splits(*expressions):
    return Sequence([Split(Regex(e), "isolated") for e in expressions] + [BYTES])


KINDS = {
    "default": splits(r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"),
    "gpt-2": Sequence([ByteLevel(add_prefix_space=False, use_regex=True)]),
    "smollm": Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]),
    "qwen2": splits(WORDS.replace("{1,DIGITS}", "")),
    "llama-bpe": splits(WORDS.replace("DIGITS", "3")),
    # Of a run of digits deepseek-llm has no merges, so pieces of one digit and of all give the same tokens.
    "deepseek-llm": splits(r"[\r\n]", rf"\s?[{CASED}]+", rf"\s?[{PUNCTUATION}]+", r"\s+$", IDEOGRAPHS, r"\p{N}+"),
    "deepseek-coder": splits(r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", IDEOGRAPHS, r"\p{N}"),
    "deepseek-v3": splits(r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", DEEPSEEK_V3),
}

TEXTS = [
    "Hello, y'all! How are you 😁 ?我想在apple工作1314151天～", "I've been 'told he's there, 'RE you sure? 'M not sure, 'D you like tea? We'Ve a'lL",
    "don't DON'T don't 'ſ'ſa 'St 'l 'll 'LLl 're'r", "a  b   c    \n d\n\n\ne \n  f\r\n\r\ng \t\th\u3000\u3000i\u00a0j  ",
    "   ", "\n", " \n ", "\t \n", "x   ", "x \n y", "…—–‘’“”", "3 33 333 3333 33333 3.3 3..3 ½²Ⅷ٣०१२३४",
    "<div class=\"a b\">&nbsp;</div><!-- c -->\n\n", "int main(void)\n{\n  return 0;\n}\n", "a_b-c.d/e\\f", "$100 +5 =3 ^2 ~x |y| `z`",
    "Äpfel Été Ωmega ǅ ʔ ª º ℵ", "한국어 テキスト ひらがな ไทย ภาษา שלום हिन्दी", "é e\u0301 \u0301a \u0301 a\u0301b", "👨‍👩‍👧 🏳️‍🌈 ❤️",
    "\u200b\u200bx \ufeff\u0001\u0002y \u007f", "，。！？：；（）【】《》、", "\u0085x \u2028y\u2029 \u001cz", "=====-----=====", " (", "((a))b",
]


def random_text(source, alphabet):
    return "".join(source.choice(alphabet)() * source.choice([1, 1, 1, 2, 3, 4]) for _ in range(source.choice([2, 5, 9, 20])))


def main():
    source = random.Random(20)
    assigned = [chr(c) for c in range(1, 0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    letters = [c for c in assigned if unicodedata.category(c)[0] == "L"]
    pools = ["abcsSxZ", "  \n\r\t\u3000\u00a0\u2003", "0123456789½Ⅷ٣", "'’ſ", "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~", "的是龥가힣，。～‘ぁヿ", "\u0301ा🙂\u200d\u200b\u0001", letters, assigned]
    alphabet = [lambda pool=pool: source.choice(pool) for pool in pools]
    texts = TEXTS + [random_text(source, alphabet) for _ in range(250)]
    for text in texts:
        pieces = {kind: [len(piece) for piece, _ in pre.pre_tokenize_str(text)] for kind, pre in KINDS.items()}
        assert all(sum(lengths) == len(text.encode()) for lengths in pieces.values()), text
        print(json.dumps({"text": text, "pieces": pieces}))


main()
