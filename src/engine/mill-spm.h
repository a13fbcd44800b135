/* mill-spm.h: SentencePiece's BPE (Kudo and Richardson, 2018), as old llama files have it: neighbours are
 * joined while what they make is a token, the one with the best score first; what is left over is spelled
 * in bytes.
 *
 * Thread-safety: read-only once made. */
#pragma once

#include "mill-vocabulary.h"

G_BEGIN_DECLS

typedef struct _MillSpm MillSpm;

/* Reads the scores; keeps `vocabulary`, which must stay. */
MillSpm *mill_spm_new (const MillVocabulary *vocabulary, const MillGguf *gguf, GError **error);
void     mill_spm_free (MillSpm *self);

/* Whether a space goes before text that begins the input or follows a special token. */
gboolean mill_spm_adds_space (const MillSpm *self);

/* Appends the tokens of text between special tokens. Takes n log n of the number of characters. */
void mill_spm_encode (const MillSpm *self, const char *text, gsize length, GArray *out);

/* Appends the bytes of a token that is not special. */
void mill_spm_append_bytes (const MillSpm *self, guint32 token, GString *out);

G_END_DECLS
