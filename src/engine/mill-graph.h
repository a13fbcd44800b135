/* mill-graph.h: the operations that an architecture is written in. Each adds steps to a plan.
 *
 * Activations are float32 rows, a token (or an output) each; a row takes a multiple of 32 floats.
 *
 * Thread-safety: belongs to the engine's thread.
 */
#pragma once

#include "mill-hparams.h"
#include "mill-kv.h"
#include "mill-plan.h"
#include "mill-tuning.h"
#include "mill-weights.h"

G_BEGIN_DECLS

/* Rows of activations [capacity][stride]. */
typedef struct {
  MillGpuBuffer *buffer;
  guint          stride; /* floats */
  guint          n;      /* floats of a row in use */
} MillTensor;

/* What changes from step to step, in memory that the host writes. Offsets are bytes in `buffer`. */
typedef struct {
  MillGpuBuffer *buffer;
  gsize          n_tokens, n_outputs, n_blocks; /* guint32 each */
  gsize          ids, positions, outputs;       /* guint32 [capacity] */
  gsize          places;                        /* guint32 [capacity][2] */
  gsize          blocks;                        /* guint32 [capacity][4] */
  gsize          angles;                        /* float [capacity][n_rot] */
  gsize          pages;                         /* guint32 [n_sequences][table_stride] */
  guint          capacity, n_sequences, table_stride;
} MillStepLayout;

/* What a plan is built for. */
typedef struct {
  MillGpu              *gpu;
  MillPlan             *plan;
  const MillHparams    *hparams;
  const MillTuning     *tuning;
  const MillStepLayout *step;
  MillKv               *kv;
  gboolean              few;    /* rows that are generated, or outputs: the kernel for few of them is taken, whatever their
                                   number, so that no result depends on what else is in a step */
  guint                 n_rows; /* at most so many tokens (or outputs) in a step */
  gsize                 count;  /* where in the step buffer the number of valid rows is */
} MillGraph;

typedef enum { MILL_EPILOGUE_NONE, MILL_EPILOGUE_BIAS, MILL_EPILOGUE_RESIDUAL, MILL_EPILOGUE_GATED } MillEpilogue;

/* y = embedding rows of the step's token ids. */
gboolean mill_graph_embed (MillGraph *self, const MillMatrix *embedding, const MillTensor *y, GError **error);

/* y = RMS norm of x, times w; of the step's output rows alone where `outputs`. */
gboolean mill_graph_norm (MillGraph *self, const MillTensor *x, const MillVector *w, gboolean outputs, const MillTensor *y,
                          GError **error);

/* y[:, first_row …] = matrix x, with
 *   BIAS: + vector[first_row …];  RESIDUAL: + residual (may be y itself);  GATED: silu (matrix x) · (second x). */
typedef struct {
  MillEpilogue      epilogue;
  const MillVector *bias;
  const MillTensor *residual;
  const MillMatrix *second;
  guint             first_row;
} MillMatrixOptions;

gboolean mill_graph_matrix (MillGraph *self, const MillMatrix *matrix, const MillTensor *x, const MillTensor *y,
                            const MillMatrixOptions *options, GError **error);

/* Turns queries and keys by their positions; keys and values go to the cache of `layer`, queries to q.
 * qkv: n_heads queries, n_kv_heads keys, n_kv_heads values. `halves`: pairs are (i, i + n_rot / 2). */
gboolean mill_graph_rope (MillGraph *self, guint layer, const MillTensor *qkv, gboolean halves, const MillTensor *q,
                          GError **error);

/* y = attention of q over the cache of `layer`. */
gboolean mill_graph_attention (MillGraph *self, guint layer, const MillTensor *q, const MillTensor *y, GError **error);

G_END_DECLS
