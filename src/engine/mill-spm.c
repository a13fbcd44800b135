#include "mill-spm.h"

#include <math.h>
#include <string.h>

#include "mill-error.h"
#include "mill-gguf-private.h"
#include "mill-merge-queue.h"
#include "mill-tokenizer.h"
#include "mill-utf8.h"

/* What stands for a space: U+2581. */
#define SPACE "\xe2\x96\x81"
#define SPACE_BYTES 3

#define NONE G_MAXUINT32

struct _MillSpm {
  const MillVocabulary *vocabulary;
  float                *scores; /* [n_tokens] */
  guint32               bytes[256];
  guint32               unknown;
  gsize                 longest; /* bytes of the longest token */
  gboolean              adds_space;
};

/* A part of the text that is one token so far, or one character; joined to the one before it has no bytes. */
typedef struct {
  guint32 at, n_bytes, before, after;
} Symbol;

typedef struct {
  const MillSpm *spm;
  GString       *text;
  GArray        *symbols, *queue;
} Joiner;

static gboolean
load_scores (MillSpm *self, const MillGguf *gguf, GError **error)
{
  const MillGgufValue *scores = mill_gguf_lookup (gguf, "tokenizer.ggml.scores");
  if (scores == NULL || scores->type != MILL_GGUF_ARRAY || scores->element == MILL_GGUF_STRING)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "its tokenizer has no scores (metadata key tokenizer.ggml.scores).");
  if (scores->n != self->vocabulary->n_tokens)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "metadata key tokenizer.ggml.scores has %" G_GSIZE_FORMAT " elements, but the vocabulary has "
                                 "%u tokens.",
                                 scores->n, self->vocabulary->n_tokens);
  self->scores = g_new (float, scores->n);
  for (gsize i = 0; i < scores->n; i++)
    {
      self->scores[i] = mill_gguf_value_float (scores, i);
      if (isnan (self->scores[i]))
        return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                     "metadata key tokenizer.ggml.scores[%" G_GSIZE_FORMAT "] is not a number.", i);
    }
  return TRUE;
}

/* The byte that a text as "<0x0A>" names, or -1. */
static int
parse_byte (const char *text, gsize length)
{
  if (length != 6 || memcmp (text, "<0x", 3) != 0 || text[5] != '>' || !g_ascii_isxdigit (text[3])
      || !g_ascii_isxdigit (text[4]))
    return -1;
  return g_ascii_xdigit_value (text[3]) << 4 | g_ascii_xdigit_value (text[4]);
}

MillSpm *
mill_spm_new (const MillVocabulary *vocabulary, const MillGguf *gguf, GError **error)
{
  MillSpm *self = g_new0 (MillSpm, 1);
  self->vocabulary = vocabulary;
  self->adds_space = TRUE;
  memset (self->bytes, 0xff, sizeof self->bytes);
  if (!load_scores (self, gguf, error)
      || !mill_vocabulary_load_id (vocabulary, gguf, "tokenizer.ggml.unknown_token_id", &self->unknown, error))
    {
      mill_spm_free (self);
      return NULL;
    }
  mill_gguf_get_bool (gguf, "tokenizer.ggml.add_space_prefix", &self->adds_space, NULL);
  for (guint i = 0; i < vocabulary->n_tokens; i++)
    {
      gsize length;
      const char *text = mill_vocabulary_get_text (vocabulary, i, &length);
      int byte = vocabulary->kinds[i] == MILL_TOKEN_BYTE ? parse_byte (text, length) : -1;
      if (byte >= 0)
        self->bytes[byte] = i;
      self->longest = MAX (self->longest, length);
    }
  return self;
}

void
mill_spm_free (MillSpm *self)
{
  g_free (self->scores);
  g_free (self);
}

gboolean
mill_spm_adds_space (const MillSpm *self)
{
  return self->adds_space;
}

/* The token of a text that text may become: control tokens and bytes are never spelled out. */
static guint32
find_token (const MillSpm *self, const char *text, gsize length)
{
  guint32 token = length <= self->longest ? mill_vocabulary_find (self->vocabulary, text, length) : NONE;
  if (token == NONE)
    return NONE;
  guint8 kind = self->vocabulary->kinds[token];
  return kind == MILL_TOKEN_NORMAL || kind == MILL_TOKEN_USER_DEFINED ? token : NONE;
}

/* Scores as whole numbers in the other direction: the best is the lowest. */
static guint32
rank_of (float score)
{
  /* 0 takes the sign off a negative one. */
  union { float value; guint32 bits; } x = { score + 0.0f };
  return x.bits >> 31 ? x.bits : ~(x.bits | 0x80000000);
}

static void
consider (Joiner *self, guint32 at)
{
  const Symbol *symbols = (const Symbol *) self->symbols->data;
  if (at == NONE || symbols[at].after == NONE)
    return;
  guint32 n_bytes = symbols[at].n_bytes + symbols[symbols[at].after].n_bytes;
  guint32 token = find_token (self->spm, self->text->str + symbols[at].at, n_bytes);
  if (token != NONE)
    mill_merge_queue_push (self->queue, (MillMergeStep) { rank_of (self->spm->scores[token]), at, n_bytes });
}

/* A step whose neighbours have changed since is passed over: then their bytes are more than it says. */
static void
join_all (Joiner *self)
{
  Symbol *symbols = (Symbol *) self->symbols->data;
  for (guint32 i = 0; i < self->symbols->len; i++)
    consider (self, i);
  while (self->queue->len > 0)
    {
      MillMergeStep step = mill_merge_queue_pop (self->queue);
      Symbol *left = &symbols[step.at];
      if (left->n_bytes == 0 || left->after == NONE)
        continue;
      Symbol *right = &symbols[left->after];
      if (left->n_bytes + right->n_bytes != step.value)
        continue;
      left->n_bytes = step.value;
      right->n_bytes = 0;
      left->after = right->after;
      if (left->after != NONE)
        symbols[left->after].before = step.at;
      consider (self, left->before);
      consider (self, step.at);
    }
}

/* A symbol that is no token is spelled in bytes; a byte without a token is unknown. */
static void
append_symbol (const Joiner *self, const Symbol *symbol, GArray *out)
{
  const char *text = self->text->str + symbol->at;
  guint32 token = find_token (self->spm, text, symbol->n_bytes);
  if (token != NONE)
    {
      g_array_append_val (out, token);
      return;
    }
  gboolean complete = TRUE;
  for (guint32 i = 0; i < symbol->n_bytes; i++)
    complete = complete && self->spm->bytes[(guint8) text[i]] != NONE;
  for (guint32 i = 0; complete && i < symbol->n_bytes; i++)
    g_array_append_val (out, self->spm->bytes[(guint8) text[i]]);
  if (!complete && self->spm->unknown != NONE)
    g_array_append_val (out, self->spm->unknown);
}

static void
make_symbols (Joiner *self)
{
  const guint8 *text = (const guint8 *) self->text->str;
  for (gsize at = 0; at < self->text->len;)
    {
      gunichar c;
      int n_bytes = MAX (mill_utf8_decode (text + at, self->text->len - at, &c), 1);
      guint32 i = self->symbols->len;
      Symbol symbol = { at, n_bytes, i > 0 ? i - 1 : NONE, at + n_bytes < self->text->len ? i + 1 : NONE };
      g_array_append_val (self->symbols, symbol);
      at += n_bytes;
    }
}

void
mill_spm_encode (const MillSpm *self, const char *text, gsize length, GArray *out)
{
  Joiner joiner = {
    .spm = self,
    .text = g_string_sized_new (length + SPACE_BYTES),
    .symbols = g_array_new (FALSE, FALSE, sizeof (Symbol)),
    .queue = mill_merge_queue_new (),
  };
  if (self->adds_space)
    g_string_append (joiner.text, SPACE);
  for (gsize i = 0; i < length; i++)
    if (text[i] == ' ')
      g_string_append (joiner.text, SPACE);
    else
      g_string_append_c (joiner.text, text[i]);
  make_symbols (&joiner);
  join_all (&joiner);
  const Symbol *symbols = (const Symbol *) joiner.symbols->data;
  for (guint32 i = joiner.symbols->len > 0 ? 0 : NONE; i != NONE; i = symbols[i].after)
    append_symbol (&joiner, &symbols[i], out);
  g_string_free (joiner.text, TRUE);
  g_array_unref (joiner.symbols);
  g_array_unref (joiner.queue);
}

void
mill_spm_append_bytes (const MillSpm *self, guint32 token, GString *out)
{
  gsize length;
  const char *text = mill_vocabulary_get_text (self->vocabulary, token, &length);
  int byte = self->vocabulary->kinds[token] == MILL_TOKEN_BYTE ? parse_byte (text, length) : -1;
  if (byte >= 0)
    {
      g_string_append_c (out, byte);
      return;
    }
  for (const char *end = text + length; text < end;)
    if (end - text >= SPACE_BYTES && memcmp (text, SPACE, SPACE_BYTES) == 0)
      {
        g_string_append_c (out, ' ');
        text += SPACE_BYTES;
      }
    else
      g_string_append_c (out, *text++);
}
