/* mill-bpe.h: byte-pair merges by rank (Sennrich et al., 2016, as GPT-2 applies it to bytes).
 *
 * Thread-safety: read-only once its merges are added; a MillBpeScratch belongs to one thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MillBpe MillBpe;

/* Room for `n_merges` merges. */
MillBpe *mill_bpe_new (gsize n_merges);
void     mill_bpe_free (MillBpe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillBpe, mill_bpe_free)

/* The token of a single byte; a byte without one is left out of what is encoded. */
void mill_bpe_set_byte (MillBpe *self, guint8 byte, guint32 token);

/* `left` and `right` become `merged`; a lower rank goes first. Of a pair added twice the first stays. */
void mill_bpe_add_merge (MillBpe *self, guint32 left, guint32 right, guint32 rank, guint32 merged);

/* Working memory, kept from piece to piece. */
typedef struct {
  GArray *symbols, *queue;
} MillBpeScratch;

void mill_bpe_scratch_init (MillBpeScratch *self);
void mill_bpe_scratch_clear (MillBpeScratch *self);

/* Appends the tokens of a piece to `out` (guint32). Takes n log n of the number of bytes. */
void mill_bpe_encode (const MillBpe *self, const char *bytes, gsize n_bytes, MillBpeScratch *scratch, GArray *out);

G_END_DECLS
