/* mill-runner.h: a model on a device, run step by step.
 *
 * A step takes tokens of one or more sequences, puts their keys and values into the cache and gives the
 * logits of those that ask for them. Plans are built once for a number of tokens and replayed.
 *
 * Thread-safety: belongs to the engine's thread.
 */
#pragma once

#include "mill-arch.h"
#include "mill-engine.h"

G_BEGIN_DECLS

typedef struct _MillRunner MillRunner;

/* Opens the device, checks that model and cache fit, uploads. `options` as for mill_engine_open. */
MillRunner *mill_runner_new (const MillGguf *gguf, const MillEngineOptions *options, GCancellable *cancellable, GError **error);
void        mill_runner_free (MillRunner *self); /* after all sequences have ended */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillRunner, mill_runner_free)

const MillHparams *mill_runner_get_hparams (MillRunner *self);
const MillGpuInfo *mill_runner_get_gpu_info (MillRunner *self);
MillKv            *mill_runner_get_kv (MillRunner *self);
guint              mill_runner_get_context_length (MillRunner *self);
guint              mill_runner_get_chunk (MillRunner *self);         /* most tokens of a step */
guint              mill_runner_get_max_sequences (MillRunner *self); /* most sequences of a step */

/* A token of a step: it is appended to `sequence`, which has room for it. Tokens of one sequence follow each other. */
typedef struct {
  MillSequence *sequence;
  guint32       token;
  gboolean      output; /* its logits are wanted */
} MillRunnerToken;

/* Prompts and generated tokens go through kernels that add up in different orders, so a step is of one kind: then a
 * request gives the same bits alone and beside others. */
typedef enum { MILL_STEP_PROMPT, MILL_STEP_GENERATE, MILL_N_STEP_KINDS } MillStepKind;

/* `index` counts the tokens with `output`; `logits` [n_vocab] may be changed, and are gone afterwards. */
typedef void (*MillRunnerOutput) (guint index, float *logits, gpointer user_data);

/* Runs a step. On an error nothing of it stays in the sequences. */
gboolean mill_runner_step (MillRunner *self, MillStepKind kind, const MillRunnerToken *tokens, guint n, MillRunnerOutput output, gpointer user_data,
                           GCancellable *cancellable, GError **error);

G_END_DECLS
