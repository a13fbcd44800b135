#include "mill-pretokenizer.h"

#include <string.h>

#include "mill-utf8.h"

/* A character in 32 bits: the code point in the lowest 21, its length in bytes above, then its classes. */
typedef guint32 Char;

#define CODE(c) ((c) & 0x1fffff)
#define LENGTH(c) ((c) >> 21 & 7)

enum {
  LETTER = 1 << 24, /* \p{L} */
  MARK = 1 << 25,   /* \p{M} */
  NUMBER = 1 << 26, /* \p{N} */
  PUNCT = 1 << 27,  /* \p{P} */
  SYMBOL = 1 << 28, /* \p{S} */
  SPACE = 1 << 29,  /* \s, which is Unicode's White_Space */
  LINE = 1 << 30,   /* \r and \n */
};

/* A regular expression: gives the end of its match at `at`, or `at` where there is none; then `next` is
 * where one may begin at the earliest (at + 1 unless it is set). */
typedef gsize (*Match) (const Char *text, gsize at, gsize end, gsize *next);

struct _MillPretokenizer {
  const char *name;
  gboolean    ignores_merges, adds_bos;
  Match       stages[8];
};

/* White_Space of the Unicode Character Database, PropList. */
static gboolean
is_space (gunichar c)
{
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a)
         || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static Char
classify (gunichar c)
{
  Char flags = is_space (c) ? SPACE : 0;
  if (c == '\r' || c == '\n')
    flags |= LINE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER: case G_UNICODE_UPPERCASE_LETTER: case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER: case G_UNICODE_OTHER_LETTER:
      return flags | LETTER;
    case G_UNICODE_SPACING_MARK: case G_UNICODE_ENCLOSING_MARK: case G_UNICODE_NON_SPACING_MARK:
      return flags | MARK;
    case G_UNICODE_DECIMAL_NUMBER: case G_UNICODE_LETTER_NUMBER: case G_UNICODE_OTHER_NUMBER:
      return flags | NUMBER;
    case G_UNICODE_CONNECT_PUNCTUATION: case G_UNICODE_DASH_PUNCTUATION: case G_UNICODE_OPEN_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION: case G_UNICODE_INITIAL_PUNCTUATION: case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
      return flags | PUNCT;
    case G_UNICODE_CURRENCY_SYMBOL: case G_UNICODE_MODIFIER_SYMBOL: case G_UNICODE_MATH_SYMBOL:
    case G_UNICODE_OTHER_SYMBOL:
      return flags | SYMBOL;
    default:
      return flags;
    }
}

/* ---- parts of expressions: each gives the end of the longest run from `at` ---- */

static gsize
run_of (const Char *text, gsize at, gsize end, Char flags)
{
  while (at < end && (text[at] & flags))
    at++;
  return at;
}

/* [^\s\p{L}\p{N}]+ */
static gsize
run_of_others (const Char *text, gsize at, gsize end)
{
  while (at < end && !(text[at] & (SPACE | LETTER | NUMBER)))
    at++;
  return at;
}

/* \s+(?!\S)|\s+ : a space before something else is left to it, unless it is alone. */
static gsize
match_spaces (const Char *text, gsize at, gsize end)
{
  gsize stop = run_of (text, at, end, SPACE);
  return stop < end && stop - at > 1 ? stop - 1 : stop;
}

/* \s*[\r\n]+|\s+(?!\S)|\s+ : spaces up to the last line end among them, else as above. */
static gsize
match_lines_or_spaces (const Char *text, gsize at, gsize end)
{
  for (gsize stop = run_of (text, at, end, SPACE); stop > at; stop--)
    if (text[stop - 1] & LINE)
      return stop;
  return match_spaces (text, at, end);
}

static gboolean
is_letter_of (Char c, char small, gboolean any_case)
{
  gunichar code = CODE (c);
  if (!any_case)
    return code == (gunichar) small;
  /* The long s folds to s as well. */
  return code < 128 ? (code | 32) == (gunichar) small : small == 's' && code == 0x17f;
}

/* 's|'t|'re|'ve|'m|'ll|'d */
static gsize
match_contraction (const Char *text, gsize at, gsize end, gboolean any_case)
{
  static const char endings[][3] = { "s", "t", "re", "ve", "m", "ll", "d" };
  if (CODE (text[at]) != '\'')
    return at;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      gsize j = 0, length = strlen (endings[i]);
      while (j < length && at + 1 + j < end && is_letter_of (text[at + 1 + j], endings[i][j], any_case))
        j++;
      if (j == length)
        return at + 1 + length;
    }
  return at;
}

/* ---- whole expressions ---- */

/* \p{N} */
static gsize
match_digit (const Char *text, gsize at, gsize end, gsize *next)
{
  return text[at] & NUMBER ? at + 1 : at;
}

/* \p{N}{1,3} */
static gsize
match_three_digits (const Char *text, gsize at, gsize end, gsize *next)
{
  return run_of (text, at, MIN (end, at + 3), NUMBER);
}

/* \p{N}+ */
static gsize
match_number (const Char *text, gsize at, gsize end, gsize *next)
{
  return run_of (text, at, end, NUMBER);
}

/* [0-9][0-9][0-9] */
static gsize
match_three_ascii_digits (const Char *text, gsize at, gsize end, gsize *next)
{
  for (gsize i = at; i < at + 3; i++)
    if (i >= end || CODE (text[i]) < '0' || CODE (text[i]) > '9')
      return at;
  return at + 3;
}

/* [\r\n] */
static gsize
match_line_end (const Char *text, gsize at, gsize end, gsize *next)
{
  return text[at] & LINE ? at + 1 : at;
}

/* \s+$ */
static gsize
match_trailing_space (const Char *text, gsize at, gsize end, gsize *next)
{
  gsize stop = run_of (text, at, end, SPACE);
  if (stop == end)
    return stop;
  *next = MAX (stop, at + 1);
  return at;
}

/* \s?\p{L}+ */
static gsize
match_spaced_letters (const Char *text, gsize at, gsize end, gsize *next)
{
  gsize start = at + (text[at] & SPACE ? 1 : 0), stop = run_of (text, start, end, LETTER);
  return stop > start ? stop : at;
}

/* \s?\p{P}+ */
static gsize
match_spaced_punctuation (const Char *text, gsize at, gsize end, gsize *next)
{
  gsize start = at + (text[at] & SPACE ? 1 : 0), stop = run_of (text, start, end, PUNCT);
  return stop > start ? stop : at;
}

typedef struct {
  gunichar first, last;
} Range;

static gboolean
in_ranges (gunichar c, const Range *ranges, gsize n)
{
  gsize low = 0;
  while (low < n)
    {
      gsize middle = (low + n) / 2;
      if (c < ranges[middle].first)
        n = middle;
      else if (c > ranges[middle].last)
        low = middle + 1;
      else
        return TRUE;
    }
  return FALSE;
}

static gsize
run_of_ranges (const Char *text, gsize at, gsize end, const Range *ranges, gsize n)
{
  while (at < end && in_ranges (CODE (text[at]), ranges, n))
    at++;
  return at;
}

/* \s? and the letters that have upper and lower case, as deepseek-llm's expression lists them. */
static gsize
match_deepseek_letters (const Char *text, gsize at, gsize end, gsize *next)
{
  static const Range ranges[] = {
    { 0x41, 0x5a }, { 0x61, 0x7a }, { 0xb5, 0xb5 }, { 0xc0, 0xd6 }, { 0xd8, 0xf6 }, { 0xf8, 0x1ba },
    { 0x1bc, 0x1bf }, { 0x1c4, 0x293 }, { 0x295, 0x2af }, { 0x370, 0x373 }, { 0x376, 0x376 },
    { 0x377, 0x377 }, { 0x37b, 0x37d }, { 0x37f, 0x37f }, { 0x386, 0x386 }, { 0x388, 0x38a },
    { 0x38c, 0x38c }, { 0x38e, 0x3a1 }, { 0x3a3, 0x3f5 }, { 0x3f7, 0x481 }, { 0x48a, 0x52f },
    { 0x531, 0x556 }, { 0x10a0, 0x10c5 }, { 0x13a0, 0x13f5 }, { 0x13f8, 0x13fd }, { 0x1c90, 0x1cba },
    { 0x1cbd, 0x1cbf }, { 0x1d00, 0x1d2b }, { 0x1d6b, 0x1d77 }, { 0x1d79, 0x1d9a }, { 0x1e00, 0x1f15 },
    { 0x1f18, 0x1f1d }, { 0x1f20, 0x1f45 }, { 0x1f48, 0x1f4d }, { 0x1f50, 0x1f57 }, { 0x1f59, 0x1f59 },
    { 0x1f5b, 0x1f5b }, { 0x1f5d, 0x1f5d }, { 0x1f5f, 0x1f7d }, { 0x1f80, 0x1fb4 }, { 0x1fb6, 0x1fbc },
    { 0x1fbe, 0x1fbe }, { 0x1fc2, 0x1fc4 }, { 0x1fc6, 0x1fcc }, { 0x1fd0, 0x1fd3 }, { 0x1fd6, 0x1fdb },
    { 0x1fe0, 0x1fec }, { 0x1ff2, 0x1ff4 }, { 0x1ff6, 0x1ffc }, { 0x2102, 0x2102 }, { 0x2107, 0x2107 },
    { 0x210a, 0x2113 }, { 0x2115, 0x2115 }, { 0x2119, 0x211d }, { 0x2124, 0x2124 }, { 0x2126, 0x2126 },
    { 0x2128, 0x2128 }, { 0x212a, 0x212d }, { 0x212f, 0x2134 }, { 0x2139, 0x2139 }, { 0x213c, 0x213f },
    { 0x2145, 0x2149 }, { 0x214e, 0x214e }, { 0x2183, 0x2183 }, { 0x2184, 0x2184 }, { 0x2c00, 0x2c7b },
    { 0x2c7e, 0x2ce4 }, { 0x2ceb, 0x2cee }, { 0x2cf2, 0x2cf2 }, { 0x2cf3, 0x2cf3 }, { 0xa640, 0xa66d },
    { 0xa680, 0xa69b }, { 0xa722, 0xa76f }, { 0xa771, 0xa787 }, { 0xa78b, 0xa78e }, { 0xab70, 0xabbf },
    { 0xfb00, 0xfb06 }, { 0xfb13, 0xfb17 }, { 0xff21, 0xff3a }, { 0xff41, 0xff5a }, { 0x10400, 0x1044f },
    { 0x104b0, 0x104d3 }, { 0x104d8, 0x104fb }, { 0x10c80, 0x10cb2 }, { 0x10cc0, 0x10cf2 },
    { 0x118a0, 0x118df }, { 0x1e900, 0x1e943 },
  };
  gsize start = at + (text[at] & SPACE ? 1 : 0);
  gsize stop = run_of_ranges (text, start, end, ranges, G_N_ELEMENTS (ranges));
  return stop > start ? stop : at;
}

/* \s?[!-/:-~！-／：-～‘-‟　-。]+ , which takes capital and small ASCII letters too. */
static gsize
match_deepseek_punctuation (const Char *text, gsize at, gsize end, gsize *next)
{
  static const Range ranges[] = {
    { '!', '/' }, { ':', '~' }, { 0x2018, 0x201f }, { 0x3000, 0x3002 }, { 0xff01, 0xff0f }, { 0xff1a, 0xff5e },
  };
  /* The ideographic space is white space and in the class as well. */
  gsize start = at + (text[at] & SPACE ? 1 : 0);
  gsize stop = run_of_ranges (text, start, end, ranges, G_N_ELEMENTS (ranges));
  return stop > start ? stop : run_of_ranges (text, at, end, ranges, G_N_ELEMENTS (ranges));
}

/* [一-龥ࠀ-一가-퟿]+ */
static gsize
match_deepseek_ideographs (const Char *text, gsize at, gsize end, gsize *next)
{
  static const Range ranges[] = { { 0x800, 0x9fa5 }, { 0xac00, 0xd7ff } };
  return run_of_ranges (text, at, end, ranges, G_N_ELEMENTS (ranges));
}

/* [一-龥぀-ゟ゠-ヿ]+ */
static gsize
match_deepseek_v3_ideographs (const Char *text, gsize at, gsize end, gsize *next)
{
  static const Range ranges[] = { { 0x3040, 0x30ff }, { 0x4e00, 0x9fa5 } };
  return run_of_ranges (text, at, end, ranges, G_N_ELEMENTS (ranges));
}

static gboolean
is_ascii_letter (Char c)
{
  return CODE (c) < 128 && g_ascii_isalpha (CODE (c));
}

/* [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+
 * |[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+ | ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
static gsize
match_deepseek_v3 (const Char *text, gsize at, gsize end, gsize *next)
{
  Char c = text[at];
  gsize stop;
  if (CODE (c) < 128 && g_ascii_ispunct (CODE (c)))
    {
      for (stop = at + 1; stop < end && is_ascii_letter (text[stop]); stop++)
        ;
      if (stop > at + 1)
        return stop;
    }
  if (!(c & (LINE | LETTER | PUNCT | SYMBOL)))
    {
      stop = run_of (text, at + 1, end, LETTER | MARK);
      if (stop > at + 1)
        return stop;
    }
  if (c & (LETTER | MARK))
    return run_of (text, at, end, LETTER | MARK);
  gsize start = at + (CODE (c) == ' ' ? 1 : 0);
  stop = run_of (text, start, end, PUNCT | SYMBOL);
  if (stop > start)
    return run_of (text, stop, end, LINE);
  return c & SPACE ? match_lines_or_spaces (text, at, end) : at;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static gsize
match_gpt2 (const Char *text, gsize at, gsize end, gsize *next)
{
  gsize stop = match_contraction (text, at, end, FALSE);
  if (stop > at)
    return stop;
  gsize start = at + (CODE (text[at]) == ' ' ? 1 : 0);
  if ((stop = run_of (text, start, end, LETTER)) > start || (stop = run_of (text, start, end, NUMBER)) > start
      || (stop = run_of_others (text, start, end)) > start)
    return stop;
  return match_spaces (text, at, end);
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,DIGITS}| ?[^\s\p{L}\p{N}]+[\r\n]*
 * |\s*[\r\n]+|\s+(?!\S)|\s+ */
static gsize
match_words (const Char *text, gsize at, gsize end, gsize digits)
{
  gsize stop = match_contraction (text, at, end, TRUE);
  if (stop > at)
    return stop;
  gsize start = at + (text[at] & (LINE | LETTER | NUMBER) ? 0 : 1);
  if ((stop = run_of (text, start, end, LETTER)) > start)
    return stop;
  if ((stop = run_of (text, at, MIN (end, at + digits), NUMBER)) > at)
    return stop;
  start = at + (CODE (text[at]) == ' ' ? 1 : 0);
  if ((stop = run_of_others (text, start, end)) > start)
    return run_of (text, stop, end, LINE);
  return match_lines_or_spaces (text, at, end);
}

static gsize
match_llama3 (const Char *text, gsize at, gsize end, gsize *next)
{
  return match_words (text, at, end, 3);
}

static gsize
match_qwen2 (const Char *text, gsize at, gsize end, gsize *next)
{
  return match_words (text, at, end, 1);
}

/* [\p{P}\$\+<=>\^~\|]+ */
static gsize
match_default_punctuation (const Char *text, gsize at, gsize end, gsize *next)
{
  while (at < end && (text[at] & PUNCT || memchr ("$+<=>^~|", CODE (text[at]) < 128 ? CODE (text[at]) : 0, 8) != NULL))
    at++;
  return at;
}

static const MillPretokenizer kinds[] = {
  { "default", FALSE, FALSE,
    { match_default_punctuation, match_gpt2, match_number, match_three_ascii_digits } },
  { "gpt-2", FALSE, FALSE, { match_gpt2 } },
  { "smollm", FALSE, FALSE, { match_digit, match_gpt2 } },
  { "qwen2", FALSE, FALSE, { match_qwen2 } },
  { "deepseek-r1-qwen", FALSE, FALSE, { match_qwen2 } },
  { "llama-bpe", TRUE, TRUE, { match_llama3 } },
  { "deepseek-llm", FALSE, FALSE,
    { match_line_end, match_deepseek_letters, match_deepseek_punctuation, match_trailing_space,
      match_deepseek_ideographs, match_number } },
  { "deepseek-coder", FALSE, FALSE,
    { match_line_end, match_spaced_letters, match_spaced_punctuation, match_deepseek_ideographs, match_digit } },
  { "deepseek-v3", FALSE, FALSE, { match_three_digits, match_deepseek_v3_ideographs, match_deepseek_v3 } },
};

const MillPretokenizer *
mill_pretokenizer_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].name, name) == 0)
      return &kinds[i];
  return NULL;
}

gboolean
mill_pretokenizer_ignores_merges (const MillPretokenizer *self)
{
  return self->ignores_merges;
}

gboolean
mill_pretokenizer_adds_bos (const MillPretokenizer *self)
{
  return self->adds_bos;
}

typedef struct {
  const MillPretokenizer *kind;
  const Char             *chars;
  const char             *bytes; /* where the next piece begins */
  MillPieceFunc           func;
  gpointer                user_data;
} Splitter;

/* Cuts the characters from `from` to `to` by the expressions from `stage` on: matches and what lies between
 * them are pieces for the next. Depth is at most the number of stages. */
static void
split (Splitter *self, gsize stage, gsize from, gsize to)
{
  Match match = self->kind->stages[stage];
  if (match == NULL)
    {
      gsize n_bytes = 0;
      for (gsize i = from; i < to; i++)
        n_bytes += LENGTH (self->chars[i]);
      const char *piece = self->bytes;
      self->bytes += n_bytes;
      self->func (piece, n_bytes, self->user_data);
      return;
    }
  gsize between = from;
  for (gsize at = from; at < to;)
    {
      gsize next = at + 1, stop = match (self->chars, at, to, &next);
      if (stop == at)
        {
          at = next;
          continue;
        }
      if (between < at)
        split (self, stage + 1, between, at);
      split (self, stage + 1, at, stop);
      between = at = stop;
    }
  if (between < to)
    split (self, stage + 1, between, to);
}

void
mill_pretokenizer_split (const MillPretokenizer *self, const char *text, gsize length, MillPieceFunc func,
                         gpointer user_data)
{
  g_autofree Char *chars = g_new (Char, length);
  gsize n = 0;
  for (gsize at = 0; at < length;)
    {
      gunichar c = 0xfffd;
      int n_bytes = mill_utf8_decode ((const guint8 *) text + at, length - at, &c);
      /* Each byte that is no character is one by itself, of U+FFFD's class. */
      n_bytes = MAX (n_bytes, 1);
      chars[n++] = c | (Char) n_bytes << 21 | classify (c);
      at += n_bytes;
    }
  Splitter splitter = { .kind = self, .chars = chars, .bytes = text, .func = func, .user_data = user_data };
  split (&splitter, 0, 0, n);
}
