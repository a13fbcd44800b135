/* mill-tuning.h: what differs from device to device, in one table. docs/kernels.md says what was measured.
 *
 * Thread-safety: pure.
 */
#pragma once

#include "mill-gpu.h"

G_BEGIN_DECLS

typedef struct {
  guint subgroup;       /* invocations of a subgroup; also the rows of a weight tile */
  guint few_tokens;     /* most tokens a work-group of matvec.comp */
  guint decode_rows;    /* tiles a work-group, for one token */
  guint few_rows;       /* tiles a work-group, for more */
  guint waves;          /* subgroups a work-group, for one token or few */
  guint prompt_rows;    /* tiles a work-group, for many tokens */
  guint prompt_tokens;  /* tokens a work-group, for many */
  guint gated_rows;     /* the same where two matrices are read (SwiGLU) */
  guint gated_tokens;
  guint staged;         /* 1: activations go through private memory (shaders/matrix.comp) */
  guint attention_queries; /* prompt tokens of a sequence that share their keys */
  guint chunk;          /* prompt tokens a step */
  guint budget_ms;      /* of one submission */
} MillTuning;

void mill_tuning_for (MillTuning *self, const MillGpuInfo *info);

G_END_DECLS
