/* mill-repack.h: weights in the layout that the kernels read (shaders/quant.glsl).
 *
 * Rows are dealt into tiles. Within a tile blocks of columns follow each other, and within a block single
 * words stand at [word][row] and pairs of words at [pair][row][2], so that a subgroup whose lanes own
 * a row each reads memory side by side. Rows past the end of the last tile and columns past the
 * last are zeros.
 *
 * Thread-safety: pure functions; parts of one matrix may be repacked by several threads.
 */
#pragma once

#include "mill-quant.h"

G_BEGIN_DECLS

/* What a block of a type becomes. `name` is the kernels' variant. */
typedef struct {
  const char *name;
  guint       columns; /* a block: 64 or 256 */
  guint       singles; /* single words at the beginning of a block */
  guint       pairs;   /* pairs of words after them */
} MillTileLayout;

/* NULL where the kernels cannot run the type. */
const MillTileLayout *mill_repack_get_layout (MillQuantType type);

/* Bytes of one tile of `row_tile` rows, and tiles of a matrix. */
gsize mill_repack_get_tile_bytes (const MillTileLayout *layout, guint64 n_cols, guint row_tile);
gsize mill_repack_get_n_tiles (guint64 n_rows, guint row_tile);

/* Rows as the file holds them, one after another. */
typedef struct {
  const guint8 *data;
  guint64       n_rows;
} MillRows;

/* Repacks `n_tiles` tiles from `first_tile` on of the matrix whose rows are those of `parts`, one part after
 * the other, into `out`. `type` and `n_cols` (a whole number of the type's blocks) hold for all parts. */
void mill_repack_tiles (MillQuantType type, const MillRows *parts, guint n_parts, guint64 n_cols, guint row_tile,
                        gsize first_tile, gsize n_tiles, guint32 *out);

G_END_DECLS
