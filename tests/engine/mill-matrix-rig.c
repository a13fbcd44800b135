#include "mill-matrix-rig.h"

#include <string.h>

const MillQuantType mill_matrix_types[] = {
  MILL_QUANT_F32, MILL_QUANT_F16, MILL_QUANT_BF16, MILL_QUANT_Q8_0, MILL_QUANT_Q4_0, MILL_QUANT_Q4_1,
  MILL_QUANT_Q5_0, MILL_QUANT_Q5_1, MILL_QUANT_Q4_K, MILL_QUANT_Q5_K, MILL_QUANT_Q6_K,
};
const guint mill_n_matrix_types = G_N_ELEMENTS (mill_matrix_types);

/* Where a block has its f16 scales, and about how large they have to be for values near 1. */
static const struct {
  MillQuantType type;
  gint8         scale, minimum; /* byte, or -1 */
  float         size, minimum_size;
} scales[] = {
  { MILL_QUANT_Q8_0, 0, -1, 1 / 74.f, 0 },      { MILL_QUANT_Q4_0, 0, -1, 1 / 4.6f, 0 },
  { MILL_QUANT_Q4_1, 0, 2, 1 / 4.6f, -1.6f },   { MILL_QUANT_Q5_0, 0, -1, 1 / 9.2f, 0 },
  { MILL_QUANT_Q5_1, 0, 2, 1 / 9.2f, -1.7f },   { MILL_QUANT_Q4_K, 0, 2, 1 / 150.f, 1 / 20.f },
  { MILL_QUANT_Q5_K, 0, 2, 1 / 300.f, 1 / 20.f }, { MILL_QUANT_Q6_K, 208, -1, 1 / 1350.f, 0 },
};

static void
put_half (guint8 *to, float value)
{
  guint16 half = mill_float_to_half (value);
  memcpy (to, &half, sizeof half);
}

static void
fill_plain (MillQuantType type, guint8 *data, gsize n, GRand *rand)
{
  for (gsize i = 0; i < n; i++)
    {
      float value = g_rand_double_range (rand, -1.7, 1.7);
      guint32 bits;
      memcpy (&bits, &value, 4);
      if (type == MILL_QUANT_F32)
        memcpy (data + i * 4, &bits, 4);
      else if (type == MILL_QUANT_F16)
        put_half (data + i * 2, value);
      else
        memcpy (data + i * 2, (guint8 *) &bits + 2, 2);
    }
}

guint8 *
mill_matrix_random_blocks (MillQuantType type, gsize n, GRand *rand, gsize *n_bytes)
{
  const MillQuantInfo *info = mill_quant_get_info (type);
  g_assert (n % info->block_size == 0);
  *n_bytes = n / info->block_size * info->block_bytes;
  guint8 *data = g_malloc (*n_bytes + 3);
  if (info->block_size == 1)
    {
      fill_plain (type, data, n, rand);
      return data;
    }
  for (gsize i = 0; i < *n_bytes; i += 4)
    {
      guint32 bits = g_rand_int (rand);
      memcpy (data + i, &bits, MIN (4, *n_bytes - i));
    }
  for (guint s = 0; s < G_N_ELEMENTS (scales); s++)
    if (scales[s].type == type)
      for (gsize at = 0; at < *n_bytes; at += info->block_bytes)
        {
          put_half (data + at + scales[s].scale, scales[s].size * g_rand_double_range (rand, 0.5, 1.5));
          if (scales[s].minimum >= 0)
            put_half (data + at + scales[s].minimum, scales[s].minimum_size * g_rand_double_range (rand, 0.5, 1.5));
        }
  return data;
}

typedef struct {
  const MillMatrix *matrix;
  guint             row_tile;
} Filling;

static void
fill (gpointer to, gsize offset, gsize size, gpointer user_data)
{
  const Filling *filling = user_data;
  const MillMatrix *m = filling->matrix;
  gsize tile_bytes = mill_repack_get_tile_bytes (m->layout, m->n_cols, filling->row_tile);
  mill_repack_tiles (m->type, m->rows, m->n_parts, m->n_cols, filling->row_tile, offset / tile_bytes, size / tile_bytes, to);
}

MillMatrix *
mill_matrix_rig_new (MillGpu *gpu, MillQuantType type, const guint8 *rows, guint64 n_rows, guint64 n_cols, guint row_tile,
                     GError **error)
{
  g_autoptr (MillMatrix) matrix = g_new0 (MillMatrix, 1);
  matrix->layout = mill_repack_get_layout (type);
  matrix->type = type;
  matrix->n_rows = n_rows;
  matrix->n_cols = n_cols;
  matrix->rows[0] = (MillRows) { rows, n_rows };
  matrix->n_parts = 1;
  gsize tile_bytes = mill_repack_get_tile_bytes (matrix->layout, n_cols, row_tile);
  matrix->size = mill_repack_get_n_tiles (n_rows, row_tile) * tile_bytes;
  matrix->buffer = mill_gpu_buffer_new (gpu, MILL_GPU_MEMORY_DEVICE, matrix->size, "a matrix", error);
  Filling filling = { matrix, row_tile };
  if (matrix->buffer == NULL || !mill_gpu_upload (gpu, matrix->buffer, 0, matrix->size, tile_bytes, fill, &filling, error))
    return NULL;
  return g_steal_pointer (&matrix);
}

void
mill_matrix_rig_free (MillMatrix *matrix)
{
  if (matrix != NULL && matrix->buffer != NULL)
    mill_gpu_buffer_free (matrix->buffer);
  g_free (matrix);
}

gboolean
mill_matrix_rig_tensor (MillGpu *gpu, guint capacity, guint n, MillTensor *tensor, GError **error)
{
  tensor->n = n;
  tensor->stride = (n + 31) / 32 * 32;
  tensor->buffer = mill_gpu_buffer_new (gpu, MILL_GPU_MEMORY_HOST, (gsize) capacity * tensor->stride * 4, "activations", error);
  return tensor->buffer != NULL;
}
