#include "mill-tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "mill-bpe.h"
#include "mill-error.h"
#include "mill-gguf-private.h"
#include "mill-pretokenizer.h"
#include "mill-special.h"
#include "mill-spm.h"
#include "mill-vocabulary.h"

struct _MillTokenizer {
  gatomicrefcount         ref_count;
  MillVocabulary          vocabulary;
  MillSpecial            *special; /* all tokens that are matched whole */
  MillSpecial            *added;   /* those that are so even where special tokens are plain text */
  MillSpm                *spm;          /* SentencePiece, or NULL and then: */
  const MillPretokenizer *pretokenizer;
  MillBpe                *bpe;
  gboolean                add_bos;
};

static gboolean
choose_pretokenizer (MillTokenizer *self, const MillGguf *gguf, GError **error)
{
  g_autoptr (GError) inner = NULL;
  const char *name = mill_gguf_get_string (gguf, "tokenizer.ggml.pre", &inner);
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  /* Files from before the key are what “default” is for. */
  self->pretokenizer = mill_pretokenizer_find (name != NULL ? name : "default");
  if (self->pretokenizer == NULL)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_UNSUPPORTED,
                                 "its tokenizer “%s” (metadata key tokenizer.ggml.pre) is not supported.", name);
  return TRUE;
}

static gboolean
is_plain (const MillVocabulary *vocabulary, guint32 token)
{
  return vocabulary->kinds[token] == MILL_TOKEN_NORMAL || vocabulary->kinds[token] == MILL_TOKEN_BYTE;
}

static void
load_bytes (MillTokenizer *self)
{
  for (guint byte = 0; byte < 256; byte++)
    {
      char spelled[6];
      gsize length = mill_vocabulary_spell_byte (byte, spelled);
      guint32 token = mill_vocabulary_find (&self->vocabulary, spelled, length);
      /* Some vocabularies lack bytes that no text holds, and have other tokens of the same spelling. */
      if (token != MILL_TOKEN_NONE && is_plain (&self->vocabulary, token))
        mill_bpe_set_byte (self->bpe, byte, token);
    }
}

/* A merge is two tokens with a space between them, and makes a third. */
static gboolean
load_merges (MillTokenizer *self, const MillGguf *gguf, GError **error)
{
  const MillGgufValue *merges = mill_gguf_lookup (gguf, "tokenizer.ggml.merges");
  if (merges == NULL || merges->type != MILL_GGUF_ARRAY || merges->element != MILL_GGUF_STRING)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "its tokenizer has no merges (metadata key tokenizer.ggml.merges).");
  self->bpe = mill_bpe_new (merges->n);
  g_autoptr (GString) joined = g_string_new (NULL);
  for (gsize i = 0; i < merges->n; i++)
    {
      gsize length;
      const char *text = mill_gguf_value_string (gguf, merges, i, &length);
      const char *space = length > 2 ? memchr (text + 1, ' ', length - 2) : NULL;
      guint32 left = MILL_TOKEN_NONE, right = MILL_TOKEN_NONE, merged = MILL_TOKEN_NONE;
      if (space != NULL)
        {
          gsize half = space - text;
          left = mill_vocabulary_find (&self->vocabulary, text, half);
          right = mill_vocabulary_find (&self->vocabulary, space + 1, length - half - 1);
          g_string_truncate (joined, 0);
          g_string_append_len (joined, text, half);
          g_string_append_len (joined, space + 1, length - half - 1);
          merged = mill_vocabulary_find (&self->vocabulary, joined->str, joined->len);
        }
      if (left == MILL_TOKEN_NONE || right == MILL_TOKEN_NONE || merged == MILL_TOKEN_NONE)
        return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                     "metadata key tokenizer.ggml.merges[%" G_GSIZE_FORMAT "] does not join two tokens of "
                                     "the vocabulary to a third.",
                                     i);
      mill_bpe_add_merge (self->bpe, left, right, i, merged);
    }
  return TRUE;
}

static gboolean
load_special (MillTokenizer *self, const MillGguf *gguf, GError **error)
{
  const MillVocabulary *vocabulary = &self->vocabulary;
  self->special = mill_special_new ();
  self->added = mill_special_new ();
  for (guint i = 0; i < vocabulary->n_tokens; i++)
    {
      MillTokenKind kind = vocabulary->kinds[i];
      gsize length;
      if (kind != MILL_TOKEN_CONTROL && kind != MILL_TOKEN_USER_DEFINED && kind != MILL_TOKEN_UNKNOWN)
        continue;
      const char *text = mill_vocabulary_get_text (vocabulary, i, &length);
      if (length > MILL_SPECIAL_MAX)
        return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                     "the special token %u is %" G_GSIZE_FORMAT " bytes long, which is not possible.", i,
                                     length);
      mill_special_add (self->special, text, length, i);
      if (kind == MILL_TOKEN_USER_DEFINED)
        mill_special_add (self->added, text, length, i);
    }
  mill_special_sort (self->special);
  mill_special_sort (self->added);
  return TRUE;
}

static gboolean
load_bpe (MillTokenizer *self, const MillGguf *gguf, GError **error)
{
  if (!choose_pretokenizer (self, gguf, error) || !mill_vocabulary_load (&self->vocabulary, gguf, error)
      || !load_merges (self, gguf, error))
    return FALSE;
  load_bytes (self);
  self->add_bos = mill_pretokenizer_adds_bos (self->pretokenizer);
  return TRUE;
}

static gboolean
load_spm (MillTokenizer *self, const MillGguf *gguf, GError **error)
{
  if (!mill_vocabulary_load (&self->vocabulary, gguf, error))
    return FALSE;
  self->spm = mill_spm_new (&self->vocabulary, gguf, error);
  self->add_bos = TRUE;
  return self->spm != NULL;
}

static gboolean
load (MillTokenizer *self, const MillGguf *gguf, GError **error)
{
  const char *model = mill_gguf_get_string (gguf, "tokenizer.ggml.model", NULL);
  gboolean loaded;
  if (model == NULL)
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_FILE,
                                 "it does not say which tokenizer it has (metadata key tokenizer.ggml.model).");
  if (strcmp (model, "gpt2") == 0)
    loaded = load_bpe (self, gguf, error);
  else if (strcmp (model, "llama") == 0)
    loaded = load_spm (self, gguf, error);
  else
    return mill_vocabulary_fail (gguf, error, MILL_ENGINE_ERROR_UNSUPPORTED,
                                 "its tokenizer is of the kind “%s” (metadata key tokenizer.ggml.model), "
                                 "which is not supported.",
                                 model);
  if (!loaded || !load_special (self, gguf, error))
    return FALSE;
  g_autoptr (GError) inner = NULL;
  mill_gguf_get_bool (gguf, "tokenizer.ggml.add_bos_token", &self->add_bos, &inner);
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

MillTokenizer *
mill_tokenizer_new (const MillGguf *gguf, GError **error)
{
  g_autoptr (MillTokenizer) self = g_new0 (MillTokenizer, 1);
  g_atomic_ref_count_init (&self->ref_count);
  return load (self, gguf, error) ? g_steal_pointer (&self) : NULL;
}

MillTokenizer *
mill_tokenizer_ref (MillTokenizer *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
mill_tokenizer_unref (MillTokenizer *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->spm, mill_spm_free);
  g_clear_pointer (&self->bpe, mill_bpe_free);
  g_clear_pointer (&self->special, mill_special_free);
  g_clear_pointer (&self->added, mill_special_free);
  mill_vocabulary_clear (&self->vocabulary);
  g_free (self);
}

guint
mill_tokenizer_get_n_vocab (const MillTokenizer *self)
{
  return self->vocabulary.n_tokens;
}

guint32
mill_tokenizer_get_bos (const MillTokenizer *self)
{
  return self->vocabulary.bos;
}

guint32
mill_tokenizer_get_eos (const MillTokenizer *self)
{
  return self->vocabulary.eos;
}

gboolean
mill_tokenizer_get_add_bos (const MillTokenizer *self)
{
  return self->add_bos;
}

gboolean
mill_tokenizer_is_end (const MillTokenizer *self, guint32 token)
{
  for (gsize i = 0; i < self->vocabulary.n_ends; i++)
    if (self->vocabulary.ends[i] == token)
      return TRUE;
  return FALSE;
}

const char *
mill_tokenizer_get_token_text (const MillTokenizer *self, guint32 token)
{
  gsize length;
  return token < self->vocabulary.n_tokens ? mill_vocabulary_get_text (&self->vocabulary, token, &length) : NULL;
}

typedef struct {
  const MillTokenizer *tokenizer;
  GArray              *out;
  MillBpeScratch       scratch;
  GString             *spelled;
} Encoder;

/* The token that a piece is as it stands, or MILL_TOKEN_NONE. */
static guint32
find_whole (Encoder *self, const char *bytes, gsize n_bytes)
{
  const MillVocabulary *vocabulary = &self->tokenizer->vocabulary;
  g_string_truncate (self->spelled, 0);
  for (gsize i = 0; i < n_bytes; i++)
    {
      char spelled[6];
      gsize length = mill_vocabulary_spell_byte (bytes[i], spelled);
      g_string_append_len (self->spelled, spelled, length);
    }
  guint32 token = mill_vocabulary_find (vocabulary, self->spelled->str, self->spelled->len);
  return token != MILL_TOKEN_NONE && is_plain (vocabulary, token) ? token : MILL_TOKEN_NONE;
}

static void
encode_piece (const char *bytes, gsize n_bytes, gpointer user_data)
{
  Encoder *self = user_data;
  if (mill_pretokenizer_ignores_merges (self->tokenizer->pretokenizer))
    {
      guint32 token = find_whole (self, bytes, n_bytes);
      if (token != MILL_TOKEN_NONE)
        {
          g_array_append_val (self->out, token);
          return;
        }
    }
  mill_bpe_encode (self->tokenizer->bpe, bytes, n_bytes, &self->scratch, self->out);
}

GArray *
mill_tokenizer_encode (const MillTokenizer *self, const char *text, gssize length, MillTokenizeFlags flags)
{
  gsize n_bytes = length < 0 ? strlen (text) : (gsize) length;
  GArray *out = g_array_new (FALSE, FALSE, sizeof (guint32));
  /* Positions within a piece are 32 bits wide. */
  g_return_val_if_fail (n_bytes <= G_MAXINT32, out);
  const MillSpecial *special = flags & MILL_TOKENIZE_NO_SPECIAL ? self->added : self->special;
  Encoder encoder = { .tokenizer = self, .out = out, .spelled = g_string_new (NULL) };
  mill_bpe_scratch_init (&encoder.scratch);
  if (flags & MILL_TOKENIZE_ADD_BOS && self->add_bos && self->vocabulary.bos != MILL_TOKEN_NONE)
    g_array_append_val (out, self->vocabulary.bos);
  for (gsize at = 0; at < n_bytes;)
    {
      MillSpecialMatch match = mill_special_search (special, text, n_bytes, at);
      /* What comes before is a special token, or nothing. */
      if (match.at > at && self->spm != NULL)
        mill_spm_encode (self->spm, text + at, match.at - at, out);
      else if (match.at > at)
        mill_pretokenizer_split (self->pretokenizer, text + at, match.at - at, encode_piece, &encoder);
      if (match.length > 0)
        g_array_append_val (out, match.token);
      at = match.at + match.length;
    }
  mill_bpe_scratch_clear (&encoder.scratch);
  g_string_free (encoder.spelled, TRUE);
  return out;
}

gboolean
mill_tokenizer_append_bytes (const MillTokenizer *self, guint32 token, gboolean special, GString *out)
{
  if (token >= self->vocabulary.n_tokens)
    return FALSE;
  gsize length;
  const char *text = mill_vocabulary_get_text (&self->vocabulary, token, &length);
  switch ((MillTokenKind) self->vocabulary.kinds[token])
    {
    case MILL_TOKEN_NORMAL: case MILL_TOKEN_UNDEFINED: case MILL_TOKEN_BYTE:
      if (self->spm != NULL)
        mill_spm_append_bytes (self->spm, token, out);
      else
        mill_vocabulary_unspell (text, length, out);
      break;
    case MILL_TOKEN_USER_DEFINED:
      g_string_append_len (out, text, length);
      break;
    case MILL_TOKEN_CONTROL: case MILL_TOKEN_UNKNOWN: case MILL_TOKEN_UNUSED:
      if (special)
        g_string_append_len (out, text, length);
      break;
    }
  return TRUE;
}

gboolean
mill_tokenizer_decode (const MillTokenizer *self, const guint32 *tokens, gsize n_tokens, gboolean special, GString *out)
{
  gboolean adds_space = self->spm != NULL && mill_spm_adds_space (self->spm), first = TRUE;
  for (gsize i = 0; i < n_tokens; i++)
    {
      gsize before = out->len;
      if (!mill_tokenizer_append_bytes (self, tokens[i], special, out))
        return FALSE;
      MillTokenKind kind = self->vocabulary.kinds[tokens[i]];
      gboolean text = kind == MILL_TOKEN_NORMAL || kind == MILL_TOKEN_BYTE;
      if (adds_space && first && text && out->len > before && out->str[before] == ' ')
        g_string_erase (out, before, 1);
      first = !text;
    }
  return TRUE;
}
