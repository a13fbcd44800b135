#include "mill-rope.h"

#include <math.h>

/* YaRN (Peng et al. 2023, section 3): dimensions that turn more than beta_fast times over the original
 * context keep their frequency, those that turn less than beta_slow times are interpolated. */
static double
yarn_share (const MillHparams *h, guint pair)
{
  const double fast = 32, slow = 1;
  double per_turn = h->n_rot / (2 * log (h->rope_base));
  double low = floor (per_turn * log (h->rope_original_context / (fast * 2 * G_PI)));
  double high = ceil (per_turn * log (h->rope_original_context / (slow * 2 * G_PI)));
  low = MAX (low, 0);
  high = MIN (high, h->n_rot - 1);
  return CLAMP ((pair - low) / MAX (high - low, 0.001), 0, 1);
}

MillRope *
mill_rope_new (const MillHparams *h, const float *divisors)
{
  MillRope *self = g_new0 (MillRope, 1);
  self->n_pairs = h->n_rot / 2;
  self->frequencies = g_new (double, self->n_pairs);
  self->magnitude = 1;
  for (guint i = 0; i < self->n_pairs; i++)
    {
      double plain = pow (h->rope_base, -2.0 * i / h->n_rot) / (divisors != NULL ? divisors[i] : 1);
      double stretched = plain / h->rope_factor;
      double share = h->rope_yarn ? yarn_share (h, i) : 1;
      self->frequencies[i] = plain * (1 - share) + stretched * share;
    }
  if (h->rope_yarn)
    self->magnitude = h->rope_attention_factor > 0 ? h->rope_attention_factor : 1 + 0.1 * log (h->rope_factor);
  return self;
}

void
mill_rope_free (MillRope *self)
{
  if (self == NULL)
    return;
  g_free (self->frequencies);
  g_free (self);
}

void
mill_rope_fill (const MillRope *self, guint position, float *angles)
{
  for (guint i = 0; i < self->n_pairs; i++)
    {
      double angle = position * self->frequencies[i];
      angles[2 * i] = cos (angle) * self->magnitude;
      angles[2 * i + 1] = sin (angle) * self->magnitude;
    }
}
