/* mill-arch.h: what an architecture is: the tensors it has and the order of its operations.
 *
 * Adding one is a file with a MillArch and a row in mill-arch.c.
 *
 * Thread-safety: belongs to the engine's thread.
 */
#pragma once

#include "mill-graph.h"

G_BEGIN_DECLS

typedef struct {
  const char *name; /* general.architecture */

  /* Declares the model's tensors. Gives what the other functions work on; free with g_free. */
  gpointer (*load) (const MillHparams *hparams, MillWeights *weights, GError **error);

  /* Allocates nothing: says which rows of activations the plans take, in floats a token, into `sizes`
   * (at most MILL_ARCH_TENSORS), and how many. The first is the residual stream. */
  guint (*sizes) (const MillHparams *hparams, guint *sizes);

  /* From token ids to the residual stream after the last layer, `tensors` as sizes() says. */
  gboolean (*body) (gpointer model, MillGraph *graph, MillTensor *tensors, GError **error);

  /* From the residual stream to logits [n_vocab] of the step's output rows. */
  gboolean (*head) (gpointer model, MillGraph *graph, MillTensor *tensors, MillTensor *logits, GError **error);
} MillArch;

#define MILL_ARCH_TENSORS 8

extern const MillArch mill_arch_llama, mill_arch_qwen2;

/* MILL_ENGINE_ERROR_UNSUPPORTED where it is not known. */
const MillArch *mill_arch_find (const char *name, GError **error);

G_END_DECLS
