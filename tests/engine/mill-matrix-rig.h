/* mill-matrix-rig.h: random matrices of every type on the device, for the tests and measurements of the matrix kernels.
 *
 * Thread-safety: belongs to the thread that owns the MillGpu.
 */
#pragma once

#include "mill-graph.h"

G_BEGIN_DECLS

extern const MillQuantType mill_matrix_types[]; /* all that the kernels run */
extern const guint         mill_n_matrix_types;

/* `n` values (a multiple of the block size) of `type` as a file holds them: all bits random, scales such
 * that the values have a root mean square of about 1. Free with g_free. */
guint8 *mill_matrix_random_blocks (MillQuantType type, gsize n, GRand *rand, gsize *n_bytes);

/* A matrix of those rows in its own buffer, repacked for `row_tile`. Free with mill_matrix_rig_free. */
MillMatrix *mill_matrix_rig_new (MillGpu *gpu, MillQuantType type, const guint8 *rows, guint64 n_rows, guint64 n_cols,
                                 guint row_tile, GError **error);
void        mill_matrix_rig_free (MillMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillMatrix, mill_matrix_rig_free)

/* Rows of activations, seen by the host: [capacity][stride], stride a multiple of 32. */
gboolean mill_matrix_rig_tensor (MillGpu *gpu, guint capacity, guint n, MillTensor *tensor, GError **error);

G_END_DECLS
