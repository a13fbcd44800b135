/* mill-kv.h: the KV cache: pages of positions on the device, and the sequences that own them.
 *
 * A page holds MILL_KV_PAGE positions of all layers and may belong to several sequences with a common
 * beginning. A finished sequence stays, idle, until its pages are needed, so that a conversation that
 * goes on finds what was computed before.
 *
 * Thread-safety: belongs to the engine's thread.
 */
#pragma once

#include "mill-engine.h"
#include "mill-gpu.h"
#include "mill-hparams.h"

G_BEGIN_DECLS

#define MILL_KV_PAGE 64

typedef struct _MillKv MillKv;

/* Bytes that `n_positions` take on the device. */
guint64 mill_kv_size (const MillHparams *hparams, MillKvType type, guint n_positions);

MillKv *mill_kv_new (MillGpu *gpu, const MillHparams *hparams, MillKvType type, guint n_positions, GError **error);
void    mill_kv_free (MillKv *self); /* after its sequences have ended */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillKv, mill_kv_free)

guint          mill_kv_get_n_pages (MillKv *self);
MillKvType     mill_kv_get_type (MillKv *self);
MillGpuBuffer *mill_kv_get_keys (MillKv *self, guint layer);
MillGpuBuffer *mill_kv_get_values (MillKv *self, guint layer);

/* Tokens whose keys and values are in the cache, in order. */
typedef struct {
  GArray *tokens;   /* guint32 */
  GArray *pages;    /* guint32: one for each MILL_KV_PAGE positions, those reserved included */
  guint   reserved; /* positions it has pages for */
  gint64  used;     /* when it was last active, for eviction */
} MillSequence;

/* A sequence for a prompt, with pages for `n_positions` in all, beginning with as much of the prompt as an
 * earlier sequence has in the cache, but never the whole prompt: its last token is to be computed.
 * NULL where active sequences hold too many pages for now. */
MillSequence *mill_kv_begin (MillKv *self, const guint32 *prompt, guint n_prompt, guint n_positions);

/* The sequence is finished: what it holds may be found by later ones. */
void mill_kv_end (MillKv *self, MillSequence *sequence);

/* Forgets all idle sequences. */
void mill_kv_clear (MillKv *self);

/* Where a position of a sequence stands. */
void mill_kv_place (const MillSequence *sequence, guint position, guint32 *page, guint32 *slot);

G_END_DECLS
