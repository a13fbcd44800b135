/* mill-pretokenizer.h: cuts text into the pieces that byte-level BPE joins bytes in.
 *
 * Each kind does what the regular expressions of its models' tokenizer.json do, applied one after the
 * other, each to the pieces that the one before left. They are written by hand, so that they take time
 * in proportion to the text whatever it is. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MillPretokenizer MillPretokenizer;

/* The one that tokenizer.ggml.pre names, or NULL. */
const MillPretokenizer *mill_pretokenizer_find (const char *name);

/* A piece that is a token as it stands is not made by merges (tokenizer.json's ignore_merges). */
gboolean mill_pretokenizer_ignores_merges (const MillPretokenizer *self);
/* Whether a begin token is added where the file does not say. */
gboolean mill_pretokenizer_adds_bos (const MillPretokenizer *self);

typedef void (*MillPieceFunc) (const char *bytes, gsize n_bytes, gpointer user_data);

/* Calls `func` for the pieces of `text` in order. They are not empty and make up the whole text; bytes that
 * are not UTF-8 count as symbols. */
void mill_pretokenizer_split (const MillPretokenizer *self, const char *text, gsize length, MillPieceFunc func,
                              gpointer user_data);

G_END_DECLS
