/* mill-sampler.h: from logits to a token.
 *
 * Thread-safety: a sampler belongs to one thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a token is chosen. The order is: repetition penalty, temperature 0 short cut, top-k, top-p,
 * min-p, temperature, draw. */
typedef struct {
  float   temperature;        /* 0: the likeliest, the lowest id among equals */
  guint   top_k;              /* 0: off */
  float   top_p;              /* 0 or 1: off */
  float   min_p;              /* 0: off */
  float   repetition_penalty; /* 0 or 1: off; over the last 64 tokens, prompt included */
  guint64 seed;               /* 0: a new one each time */
} MillSamplerParams;

typedef struct _MillSampler MillSampler;

MillSampler *mill_sampler_new (const MillSamplerParams *params, guint n_vocab);
void         mill_sampler_free (MillSampler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillSampler, mill_sampler_free)

/* Tells the sampler of a token that now stands in the text (of the prompt, or one just sampled). */
void mill_sampler_accept (MillSampler *self, guint32 token);

/* Chooses from `logits` [n_vocab], which it may change. The same seed and logits give the same
 * tokens. NaN counts as minus infinity; if nothing is left, token 0 is given. */
guint32 mill_sampler_sample (MillSampler *self, float *logits);

G_END_DECLS
