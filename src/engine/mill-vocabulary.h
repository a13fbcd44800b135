/* mill-vocabulary.h: the tokens of a model's file, checked: their texts, their kinds, and which is which.
 *
 * Thread-safety: read-only once loaded. */
#pragma once

#include "mill-gguf.h"

G_BEGIN_DECLS

/* tokenizer.ggml.token_type, GGUF's own numbers. */
typedef enum {
  MILL_TOKEN_UNDEFINED, MILL_TOKEN_NORMAL, MILL_TOKEN_UNKNOWN, MILL_TOKEN_CONTROL, MILL_TOKEN_USER_DEFINED,
  MILL_TOKEN_UNUSED, MILL_TOKEN_BYTE,
} MillTokenKind;

typedef struct {
  guint    n_tokens;
  char    *texts;    /* all of them, each with a NUL after it */
  gsize   *starts;   /* [n_tokens + 1] where each begins in texts */
  guint8  *kinds;    /* [n_tokens] MillTokenKind */
  guint32 *table;    /* open addressing by text: tokens, or G_MAXUINT32; of equal texts the first */
  gsize    mask;
  guint32  bos, eos; /* MILL_TOKEN_NONE where there is none */
  guint32 *ends;     /* sorted: tokens that end an answer */
  gsize    n_ends;
} MillVocabulary;

gboolean mill_vocabulary_load (MillVocabulary *self, const MillGguf *gguf, GError **error);
void     mill_vocabulary_clear (MillVocabulary *self);

const char *mill_vocabulary_get_text (const MillVocabulary *self, guint32 token, gsize *length);

/* Reads a token's id from a metadata key; MILL_TOKEN_NONE where there is none. FALSE where it is no token. */
gboolean mill_vocabulary_load_id (const MillVocabulary *self, const MillGguf *gguf, const char *key, guint32 *token,
                                  GError **error);

/* The token with exactly this text, or MILL_TOKEN_NONE. */
guint32 mill_vocabulary_find (const MillVocabulary *self, const char *text, gsize length);

/* Byte-level BPE spells each byte as a printable character (GPT-2's bytes_to_unicode): 33-126, 161-172 and
 * 174-255 are themselves, the others follow from 256 on. At most 2 bytes of UTF-8 are written. */
gsize mill_vocabulary_spell_byte (guint8 byte, char *out);
/* Appends the bytes that such a spelling stands for; the spelling itself where it is none. */
void  mill_vocabulary_unspell (const char *text, gsize length, GString *out);

/* Sets "Could not open NAME: …" with MILL_ENGINE_ERROR. Gives FALSE. */
gboolean mill_vocabulary_fail (const MillGguf *gguf, GError **error, int code, const char *format, ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
