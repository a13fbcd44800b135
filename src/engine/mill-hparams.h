/* mill-hparams.h: the numbers of a model's file that fix its shape.
 *
 * Thread-safety: plain data.
 */
#pragma once

#include "mill-gguf.h"

G_BEGIN_DECLS

typedef struct {
  char    architecture[32];
  guint   n_layers;
  guint   n_embd;       /* width of the residual stream */
  guint   n_ff;         /* width of the feed-forward layer */
  guint   n_heads;
  guint   n_kv_heads;   /* divides n_heads */
  guint   head_dim;
  guint   n_rot;        /* dimensions of a head that RoPE turns; even */
  guint   n_vocab;      /* rows of the embedding */
  guint   context;      /* positions the model was trained for */
  float   norm_epsilon;
  double  rope_base;
  double  rope_factor;  /* of linear or YaRN scaling; 1: none */
  gboolean rope_yarn;
  guint   rope_original_context; /* YaRN: what the factor stretches */
  double  rope_attention_factor; /* YaRN: on cos and sin; 0: by the factor */
} MillHparams;

/* Reads and checks them. Errors name the key: MILL_ENGINE_ERROR_FILE, MILL_ENGINE_ERROR_UNSUPPORTED. */
gboolean mill_hparams_read (MillHparams *self, const MillGguf *gguf, GError **error);

G_END_DECLS
