/* mill-rope.h: the angles of rotary embedding, computed on the host in double precision.
 *
 * Kernels' own cos and sin may be as coarse as 2^-11, so each step's angles are given to them.
 *
 * Thread-safety: read-only after it is made.
 */
#pragma once

#include "mill-hparams.h"

G_BEGIN_DECLS

typedef struct {
  guint   n_pairs;
  double *frequencies; /* [n_pairs] radians a position */
  double  magnitude;   /* on cos and sin */
} MillRope;

/* `divisors`: the file's rope_freqs.weight [n_rot / 2], or NULL. */
MillRope *mill_rope_new (const MillHparams *hparams, const float *divisors);
void      mill_rope_free (MillRope *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillRope, mill_rope_free)

/* Writes n_pairs of (cos, sin). */
void mill_rope_fill (const MillRope *self, guint position, float *angles);

G_END_DECLS
