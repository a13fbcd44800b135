#include "mill-vocabulary.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mill-error.h"
#include "mill-gguf-private.h"
#include "mill-tokenizer.h"

gboolean
mill_vocabulary_fail (const MillGguf *gguf, GError **error, int code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MILL_ENGINE_ERROR, code, "Could not open %s: %s", gguf->display, why);
  return FALSE;
}

const char *
mill_vocabulary_get_text (const MillVocabulary *self, guint32 token, gsize *length)
{
  *length = self->starts[token + 1] - self->starts[token] - 1;
  return self->texts + self->starts[token];
}

/* FNV-1a, eight bytes at a time: texts are short, and there are hundreds of thousands of look-ups. */
static guint64
hash_text (const char *text, gsize length)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325) ^ length, word;
  for (; length >= 8; text += 8, length -= 8)
    {
      memcpy (&word, text, 8);
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 32;
    }
  word = 0;
  memcpy (&word, text, length);
  hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

/* The place of a text in the table, or the free one where it would be. */
static guint32 *
find_place (const MillVocabulary *self, const char *text, gsize length)
{
  for (gsize at = hash_text (text, length) & self->mask;; at = (at + 1) & self->mask)
    {
      guint32 token = self->table[at];
      if (token == MILL_TOKEN_NONE)
        return &self->table[at];
      gsize other_length;
      const char *other = mill_vocabulary_get_text (self, token, &other_length);
      if (other_length == length && memcmp (other, text, length) == 0)
        return &self->table[at];
    }
}

guint32
mill_vocabulary_find (const MillVocabulary *self, const char *text, gsize length)
{
  return *find_place (self, text, length);
}

/* Bytes that are spelled as themselves. */
static gboolean
is_plain (guint c)
{
  return (c >= 33 && c <= 126) || (c >= 161 && c <= 172) || (c >= 174 && c <= 255);
}

gsize
mill_vocabulary_spell_byte (guint8 byte, char *out)
{
  guint c = byte;
  if (!is_plain (byte))
    c = byte <= 32 ? 256 + byte : byte == 173 ? 256 + 67 : 256 + 33 + byte - 127;
  return g_unichar_to_utf8 (c, out);
}

/* The byte that a character spells, or -1. */
static int
unspell_character (gunichar c)
{
  if (c < 256)
    return is_plain (c) ? (int) c : -1;
  c -= 256;
  return c <= 32 ? (int) c : c <= 66 ? (int) (c - 33 + 127) : c == 67 ? 173 : -1;
}

void
mill_vocabulary_unspell (const char *text, gsize length, GString *out)
{
  gsize before = out->len;
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    {
      int byte = unspell_character (g_utf8_get_char (at));
      if (byte < 0)
        {
          g_string_truncate (out, before);
          g_string_append_len (out, text, length);
          return;
        }
      g_string_append_c (out, byte);
    }
}

static gboolean
load_texts (MillVocabulary *self, const MillGguf *gguf, GError **error)
{
  const MillGgufValue *tokens = mill_gguf_lookup (gguf, "tokenizer.ggml.tokens");
  if (tokens == NULL || tokens->type != MILL_GGUF_ARRAY || tokens->element != MILL_GGUF_STRING || tokens->n == 0)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "it has no vocabulary (metadata key tokenizer.ggml.tokens).");
  if (tokens->n > G_MAXINT32)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE, "metadata key tokenizer.ggml.tokens is too long.");
  self->n_tokens = tokens->n;
  self->starts = g_new (gsize, tokens->n + 1);
  gsize total = 0, length;
  for (gsize i = 0; i < tokens->n; i++)
    {
      const char *text = mill_gguf_value_string (gguf, tokens, i, &length);
      if (!g_utf8_validate_len (text, length, NULL))
        return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                     "metadata key tokenizer.ggml.tokens[%" G_GSIZE_FORMAT "] is not valid UTF-8.", i);
      self->starts[i] = total;
      total += length + 1;
    }
  self->starts[tokens->n] = total;
  self->texts = g_malloc (total);
  for (gsize i = 0; i < tokens->n; i++)
    {
      const char *text = mill_gguf_value_string (gguf, tokens, i, &length);
      memcpy (self->texts + self->starts[i], text, length);
      self->texts[self->starts[i] + length] = 0;
    }
  return TRUE;
}

static void
index_texts (MillVocabulary *self)
{
  self->mask = ((gsize) 1 << (g_bit_storage (self->n_tokens) + 1)) - 1;
  self->table = g_new (guint32, self->mask + 1);
  memset (self->table, 0xff, (self->mask + 1) * sizeof *self->table);
  for (guint i = 0; i < self->n_tokens; i++)
    {
      gsize length;
      const char *text = mill_vocabulary_get_text (self, i, &length);
      guint32 *place = find_place (self, text, length);
      if (*place == MILL_TOKEN_NONE)
        *place = i;
    }
}

/* Finds an array of numbers that says something of each token. FALSE with an error where it does not fit. */
static gboolean
find_numbers (const MillVocabulary *self, const MillGguf *gguf, const char *key, const MillGgufValue **value,
              GError **error)
{
  *value = mill_gguf_lookup (gguf, key);
  if (*value == NULL)
    return TRUE;
  if ((*value)->type != MILL_GGUF_ARRAY || (*value)->element == MILL_GGUF_STRING)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE, "metadata key %s is not an array of numbers.", key);
  if ((*value)->n != self->n_tokens)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "metadata key %s has %" G_GSIZE_FORMAT " elements, but the vocabulary has %u tokens.", key,
                                 (*value)->n, self->n_tokens);
  return TRUE;
}

static gboolean
load_kinds (MillVocabulary *self, const MillGguf *gguf, GError **error)
{
  const MillGgufValue *types;
  if (!find_numbers (self, gguf, "tokenizer.ggml.token_type", &types, error))
    return FALSE;
  self->kinds = g_malloc (self->n_tokens);
  memset (self->kinds, MILL_TOKEN_NORMAL, self->n_tokens);
  for (guint i = 0; types != NULL && i < self->n_tokens; i++)
    {
      gint64 kind = mill_gguf_value_int (types, i);
      if (types->element == MILL_GGUF_FLOAT32 || types->element == MILL_GGUF_FLOAT64 || kind < 0 || kind > MILL_TOKEN_BYTE)
        return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                     "metadata key tokenizer.ggml.token_type[%u] is not a known type.", i);
      self->kinds[i] = kind == MILL_TOKEN_UNDEFINED ? MILL_TOKEN_NORMAL : kind;
    }
  return TRUE;
}

gboolean
mill_vocabulary_load_id (const MillVocabulary *self, const MillGguf *gguf, const char *key, guint32 *token, GError **error)
{
  guint64 id;
  g_autoptr (GError) inner = NULL;
  *token = MILL_TOKEN_NONE;
  if (!mill_gguf_get_uint (gguf, key, &id, &inner))
    {
      /* Converters write -1 for none; the largest number is its other spelling. */
      gint64 negative;
      if (inner == NULL || (mill_gguf_get_int (gguf, key, &negative, NULL) && negative == -1))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (id == G_MAXUINT32)
    return TRUE;
  if (id >= self->n_tokens)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "metadata key %s is %" G_GUINT64_FORMAT ", but the vocabulary has %u tokens.", key, id,
                                 self->n_tokens);
  *token = id;
  return TRUE;
}

static int
compare_ids (const void *a, const void *b)
{
  guint32 left = *(const guint32 *) a, right = *(const guint32 *) b;
  return left < right ? -1 : left > right;
}

/* The tokens that end an answer: those that the file says, and those that models of these families use
 * whatever their file says (several files name only one of two). */
static gboolean
load_ends (MillVocabulary *self, const MillGguf *gguf, GError **error)
{
  static const char *const keys[] = { "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id" };
  static const char *const names[] = {
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<｜end▁of▁sentence｜>",
    "<|EOT|>", "<EOT>", "<end_of_turn>",
  };
  self->ends = g_new (guint32, G_N_ELEMENTS (keys) + G_N_ELEMENTS (names) + 1);
  if (self->eos != MILL_TOKEN_NONE)
    self->ends[self->n_ends++] = self->eos;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      guint32 token;
      if (!mill_vocabulary_load_id (self, gguf, keys[i], &token, error))
        return FALSE;
      if (token != MILL_TOKEN_NONE)
        self->ends[self->n_ends++] = token;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint32 token = mill_vocabulary_find (self, names[i], strlen (names[i]));
      if (token != MILL_TOKEN_NONE)
        self->ends[self->n_ends++] = token;
    }
  qsort (self->ends, self->n_ends, sizeof *self->ends, compare_ids);
  return TRUE;
}

/* The embedding has a row for each token; where it has not, ids would point outside of it. */
static gboolean
check_embedding (const MillVocabulary *self, const MillGguf *gguf, GError **error)
{
  const MillGgufTensor *tensor = mill_gguf_find_tensor (gguf, "token_embd.weight");
  if (tensor == NULL || tensor->dims[1] == self->n_tokens)
    return TRUE;
  return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                               "the vocabulary has %u tokens, but tensor token_embd.weight has %" G_GUINT64_FORMAT " rows.",
                               self->n_tokens, tensor->dims[1]);
}

gboolean
mill_vocabulary_load (MillVocabulary *self, const MillGguf *gguf, GError **error)
{
  if (!load_texts (self, gguf, error) || !load_kinds (self, gguf, error) || !check_embedding (self, gguf, error)
      || !mill_vocabulary_load_id (self, gguf, "tokenizer.ggml.bos_token_id", &self->bos, error)
      || !mill_vocabulary_load_id (self, gguf, "tokenizer.ggml.eos_token_id", &self->eos, error))
    return FALSE;
  index_texts (self);
  return load_ends (self, gguf, error);
}

void
mill_vocabulary_clear (MillVocabulary *self)
{
  g_free (self->texts);
  g_free (self->starts);
  g_free (self->kinds);
  g_free (self->table);
  g_free (self->ends);
}
