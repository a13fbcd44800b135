/* mill-weights.h: a model's tensors on the device.
 *
 * Matrices and vectors are declared first, so that what they take is known before anything is
 * allocated; then all are uploaded at once into a few big buffers.
 *
 * Thread-safety: belongs to the thread that owns the MillGpu.
 */
#pragma once

#include "mill-gguf.h"
#include "mill-gpu.h"
#include "mill-repack.h"

G_BEGIN_DECLS

/* A matrix in tiles: rows of one or more tensors of one type. Owned by its MillWeights. */
typedef struct {
  const MillTileLayout *layout;
  MillQuantType         type;
  guint64               n_rows, n_cols;
  MillRows              rows[3];
  guint                 n_parts;
  MillGpuBuffer        *buffer; /* after the upload */
  gsize                 offset, size;
} MillMatrix;

/* Float32 values of one or more tensors, one after another. Owned by its MillWeights. */
typedef struct {
  const MillGgufTensor *tensors[3];
  guint                 n_tensors;
  guint64               n;
  MillGpuBuffer        *buffer;
  gsize                 offset, size;
} MillVector;

typedef struct _MillWeights MillWeights;

MillWeights *mill_weights_new (const MillGguf *gguf, guint row_tile); /* keeps a reference to `gguf` */
void         mill_weights_free (MillWeights *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillWeights, mill_weights_free)

/* Declares a matrix [n_rows][n_cols] of the tensor `name`. Errors: a missing tensor, another shape, a type
 * that the kernels cannot run. */
const MillMatrix *mill_weights_add_matrix (MillWeights *self, const char *name, guint64 n_rows, guint64 n_cols, GError **error);

/* Declares the matrices of `n` (at most 3) tensors that share their input. Neighbours of one type become one matrix.
 * Gives how many matrices there are, 0 on error. */
guint mill_weights_add_stack (MillWeights *self, const char *const *names, const guint64 *n_rows, guint n, guint64 n_cols,
                              const MillMatrix **matrices, GError **error);

/* Declares the vectors `names` (at most 3), one after another, `lengths` each. */
const MillVector *mill_weights_add_vector (MillWeights *self, const char *const *names, const guint64 *lengths, guint n,
                                           GError **error);

gboolean mill_weights_has (MillWeights *self, const char *name);

/* What the upload will take on the device, in bytes. */
guint64 mill_weights_get_size (MillWeights *self);

/* Repacks and uploads everything declared, and gives the file's pages back as it goes. */
gboolean mill_weights_upload (MillWeights *self, MillGpu *gpu, GCancellable *cancellable, GError **error);

G_END_DECLS
