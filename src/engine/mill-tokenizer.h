/* mill-tokenizer.h: text to token ids and back, as the model's file says.
 *
 * Byte-level BPE with the pre-tokenizer named by tokenizer.ggml.pre, or SentencePiece's BPE (old llama
 * files); special tokens are matched first.
 *
 * Thread-safety: read-only after it is made, so any thread may use it.
 */
#pragma once

#include "mill-gguf.h"

G_BEGIN_DECLS

typedef struct _MillTokenizer MillTokenizer;

MillTokenizer *mill_tokenizer_new (const MillGguf *gguf, GError **error);
MillTokenizer *mill_tokenizer_ref (MillTokenizer *self);
void           mill_tokenizer_unref (MillTokenizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillTokenizer, mill_tokenizer_unref)

#define MILL_TOKEN_NONE G_MAXUINT32

guint   mill_tokenizer_get_n_vocab (const MillTokenizer *self);
guint32 mill_tokenizer_get_bos (const MillTokenizer *self); /* MILL_TOKEN_NONE where there is none */
guint32 mill_tokenizer_get_eos (const MillTokenizer *self);
gboolean mill_tokenizer_get_add_bos (const MillTokenizer *self); /* what the file asks for */

/* Whether generation ends at this token: the file's eos and eot, and known names such as <|im_end|>. */
gboolean mill_tokenizer_is_end (const MillTokenizer *self, guint32 token);

/* The raw text of a token as the vocabulary spells it (for special tokens: what a template writes),
 * owned by self; NULL for an id outside the vocabulary. */
const char *mill_tokenizer_get_token_text (const MillTokenizer *self, guint32 token);

typedef enum {
  MILL_TOKENIZE_DEFAULT = 0,
  MILL_TOKENIZE_NO_SPECIAL = 1 << 0, /* special tokens in the text are plain text */
  MILL_TOKENIZE_ADD_BOS = 1 << 1,    /* begin token first, where the file asks for one */
} MillTokenizeFlags;

/* Appends nothing but the ids of `text` (any bytes; length -1 where NUL-terminated): a new GArray of guint32. */
GArray *mill_tokenizer_encode (const MillTokenizer *self, const char *text, gssize length, MillTokenizeFlags flags);

/* Appends the bytes of one token: for special (control) tokens nothing unless `special`. Bytes of one
 * token may be a part of a UTF-8 character: see MillUtf8Stream. FALSE for an id outside the vocabulary. */
gboolean mill_tokenizer_append_bytes (const MillTokenizer *self, guint32 token, gboolean special, GString *out);

/* The text of tokens, as bytes: encoding a text and giving the tokens here gives the text again. (Of some
 * tokenizers the tokens of a text begin with a space that is not in it; one token does not tell.) Special
 * tokens are written out if `special`. FALSE at an id outside the vocabulary. */
gboolean mill_tokenizer_decode (const MillTokenizer *self, const guint32 *tokens, gsize n_tokens, gboolean special,
                                GString *out);

/* Bytes to whole UTF-8 characters for streaming: appends to `out` what is complete, keeps the rest in
 * `pending`, and writes U+FFFD for what can never become valid. `end` flushes what is left. */
void mill_utf8_stream (GString *pending, const char *bytes, gsize n_bytes, gboolean end, GString *out);

G_END_DECLS
