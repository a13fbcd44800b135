#include "mill-weights.h"

#include "mill-error.h"

#include <string.h>

#define ARENA_SIZE ((gsize) 256 << 20)
#define ALIGNMENT 256

struct _MillWeights {
  MillGguf  *gguf;
  guint      row_tile;
  GPtrArray *matrices; /* MillMatrix */
  GPtrArray *vectors;  /* MillVector */
  GPtrArray *buffers;  /* MillGpuBuffer */
};

MillWeights *
mill_weights_new (const MillGguf *gguf, guint row_tile)
{
  MillWeights *self = g_new0 (MillWeights, 1);
  self->gguf = mill_gguf_ref ((MillGguf *) gguf);
  self->row_tile = row_tile;
  self->matrices = g_ptr_array_new_with_free_func (g_free);
  self->vectors = g_ptr_array_new_with_free_func (g_free);
  self->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_gpu_buffer_free);
  return self;
}

void
mill_weights_free (MillWeights *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->matrices);
  g_ptr_array_unref (self->vectors);
  g_ptr_array_unref (self->buffers);
  mill_gguf_unref (self->gguf);
  g_free (self);
}

gboolean
mill_weights_has (MillWeights *self, const char *name)
{
  return mill_gguf_find_tensor (self->gguf, name) != NULL;
}

static const MillGgufTensor *
find (MillWeights *self, const char *name, guint64 n_cols, guint64 n_rows, GError **error)
{
  const MillGgufTensor *tensor = mill_gguf_find_tensor (self->gguf, name);
  if (tensor == NULL)
    g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model file lacks the tensor %s.", name);
  else if (tensor->dims[0] != n_cols || tensor->dims[1] != n_rows || tensor->dims[2] != 1 || tensor->dims[3] != 1)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE,
                   "The tensor %s is %" G_GUINT64_FORMAT " × %" G_GUINT64_FORMAT ", and the model's other numbers ask for %"
                   G_GUINT64_FORMAT " × %" G_GUINT64_FORMAT ".", name, tensor->dims[0], tensor->dims[1], n_cols, n_rows);
      return NULL;
    }
  return tensor;
}

guint
mill_weights_add_stack (MillWeights *self, const char *const *names, const guint64 *n_rows, guint n, guint64 n_cols,
                        const MillMatrix **matrices, GError **error)
{
  g_assert (n <= 3);
  guint n_matrices = 0;
  MillMatrix *matrix = NULL;
  for (guint i = 0; i < n; i++)
    {
      const MillGgufTensor *tensor = find (self, names[i], n_cols, n_rows[i], error);
      if (tensor == NULL)
        return 0;
      const MillTileLayout *layout = mill_repack_get_layout (tensor->type);
      if (layout == NULL)
        {
          g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_UNSUPPORTED,
                       "The tensor %s has the type %s, which cannot be run yet. Take a file in Q4_K_M, Q8_0 or another common type.",
                       names[i], mill_quant_get_info (tensor->type)->name);
          return 0;
        }
      if (matrix == NULL || matrix->type != tensor->type)
        {
          matrix = g_new0 (MillMatrix, 1);
          *matrix = (MillMatrix) { .layout = layout, .type = tensor->type, .n_cols = n_cols };
          g_ptr_array_add (self->matrices, matrix);
          matrices[n_matrices++] = matrix;
        }
      matrix->rows[matrix->n_parts++] = (MillRows) { tensor->data, n_rows[i] };
      matrix->n_rows += n_rows[i];
      matrix->size = mill_repack_get_n_tiles (matrix->n_rows, self->row_tile) *
                     mill_repack_get_tile_bytes (layout, n_cols, self->row_tile);
    }
  return n_matrices;
}

const MillMatrix *
mill_weights_add_matrix (MillWeights *self, const char *name, guint64 n_rows, guint64 n_cols, GError **error)
{
  const MillMatrix *matrix = NULL;
  return mill_weights_add_stack (self, &name, &n_rows, 1, n_cols, &matrix, error) > 0 ? matrix : NULL;
}

const MillVector *
mill_weights_add_vector (MillWeights *self, const char *const *names, const guint64 *lengths, guint n, GError **error)
{
  g_assert (n <= 3);
  g_autofree MillVector *vector = g_new0 (MillVector, 1);
  for (guint i = 0; i < n; i++)
    {
      const MillGgufTensor *tensor = find (self, names[i], lengths[i], 1, error);
      if (tensor == NULL)
        return NULL;
      if (tensor->type != MILL_QUANT_F32 && tensor->type != MILL_QUANT_F16 && tensor->type != MILL_QUANT_BF16)
        {
          g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_UNSUPPORTED, "The tensor %s has the type %s, and F32 was expected.",
                       names[i], mill_quant_get_info (tensor->type)->name);
          return NULL;
        }
      vector->tensors[vector->n_tensors++] = tensor;
      vector->n += lengths[i];
    }
  vector->size = vector->n * sizeof (float);
  g_ptr_array_add (self->vectors, vector);
  return g_steal_pointer (&vector);
}

static gsize
aligned (gsize size)
{
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

guint64
mill_weights_get_size (MillWeights *self)
{
  guint64 size = 0;
  for (guint i = 0; i < self->matrices->len; i++)
    size += aligned (((MillMatrix *) g_ptr_array_index (self->matrices, i))->size);
  for (guint i = 0; i < self->vectors->len; i++)
    size += aligned (((MillVector *) g_ptr_array_index (self->vectors, i))->size);
  return size;
}

typedef struct {
  MillWeights *weights;
  MillGpu     *gpu;
  guint64      left; /* bytes still to be placed */
  gsize        used; /* of the newest buffer */
} Placing;

static MillGpuBuffer *
place (Placing *placing, gsize size, gsize *offset, GError **error)
{
  GPtrArray *buffers = placing->weights->buffers;
  MillGpuBuffer *last = buffers->len > 0 ? g_ptr_array_index (buffers, buffers->len - 1) : NULL;
  if (last == NULL || placing->used + size > mill_gpu_buffer_get_size (last))
    {
      last = mill_gpu_buffer_new (placing->gpu, MILL_GPU_MEMORY_DEVICE, MAX (size, MIN (placing->left, ARENA_SIZE)),
                                  "the model's weights", error);
      if (last == NULL)
        return NULL;
      g_ptr_array_add (buffers, last);
      placing->used = 0;
    }
  *offset = placing->used;
  placing->used += aligned (size);
  placing->left -= aligned (size);
  return last;
}

typedef struct {
  const MillMatrix *matrix;
  guint             row_tile;
  gsize             first, n;
  guint32          *to;
} Repacking;

static gpointer
repack_share (gpointer data)
{
  const Repacking *job = data;
  mill_repack_tiles (job->matrix->type, job->matrix->rows, job->matrix->n_parts, job->matrix->n_cols, job->row_tile,
                     job->first, job->n, job->to);
  return NULL;
}

/* MillGpuFill: tiles, dealt among threads where there are enough of them. */
static void
fill_matrix (gpointer to, gsize offset, gsize size, gpointer user_data)
{
  enum { MOST = 8, LEAST_BYTES = 1 << 18 };
  const Repacking *all = user_data;
  gsize tile_bytes = mill_repack_get_tile_bytes (all->matrix->layout, all->matrix->n_cols, all->row_tile);
  gsize first = offset / tile_bytes, n = size / tile_bytes;
  guint n_threads = CLAMP (size / LEAST_BYTES, 1, MIN (g_get_num_processors (), MOST));
  Repacking jobs[MOST];
  GThread *threads[MOST] = { NULL };
  for (guint i = 0; i < n_threads; i++)
    {
      gsize begin = n * i / n_threads, end = n * (i + 1) / n_threads;
      jobs[i] = *all;
      jobs[i].first = first + begin;
      jobs[i].n = end - begin;
      jobs[i].to = (guint32 *) ((guint8 *) to + begin * tile_bytes);
      if (i + 1 < n_threads)
        threads[i] = g_thread_new ("repack", repack_share, &jobs[i]);
      else
        repack_share (&jobs[i]);
    }
  for (guint i = 0; i + 1 < n_threads; i++)
    g_thread_join (threads[i]);
}

static void
fill_bytes (gpointer to, gsize offset, gsize size, gpointer user_data)
{
  memcpy (to, (const guint8 *) user_data + offset, size);
}

static gboolean
upload_matrix (Placing *placing, MillMatrix *matrix, GError **error)
{
  Repacking job = { .matrix = matrix, .row_tile = placing->weights->row_tile };
  matrix->buffer = place (placing, matrix->size, &matrix->offset, error);
  if (matrix->buffer == NULL ||
      !mill_gpu_upload (placing->gpu, matrix->buffer, matrix->offset, matrix->size,
                        mill_repack_get_tile_bytes (matrix->layout, matrix->n_cols, job.row_tile), fill_matrix, &job, error))
    return FALSE;
  const MillQuantInfo *info = mill_quant_get_info (matrix->type);
  for (guint i = 0; i < matrix->n_parts; i++)
    mill_gguf_release_pages (placing->weights->gguf, matrix->rows[i].data,
                             matrix->rows[i].n_rows * matrix->n_cols / info->block_size * info->block_bytes);
  return TRUE;
}

static gboolean
upload_vector (Placing *placing, MillVector *vector, GError **error)
{
  g_autofree float *values = g_new (float, vector->n);
  gsize done = 0;
  for (guint i = 0; i < vector->n_tensors; i++)
    {
      mill_quant_dequantize (vector->tensors[i]->type, vector->tensors[i]->data, values + done, vector->tensors[i]->dims[0]);
      done += vector->tensors[i]->dims[0];
    }
  vector->buffer = place (placing, vector->size, &vector->offset, error);
  return vector->buffer != NULL &&
         mill_gpu_upload (placing->gpu, vector->buffer, vector->offset, vector->size, 4, fill_bytes, values, error);
}

gboolean
mill_weights_upload (MillWeights *self, MillGpu *gpu, GCancellable *cancellable, GError **error)
{
  Placing placing = { .weights = self, .gpu = gpu, .left = mill_weights_get_size (self) };
  for (guint i = 0; i < self->matrices->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
        !upload_matrix (&placing, g_ptr_array_index (self->matrices, i), error))
      return FALSE;
  for (guint i = 0; i < self->vectors->len; i++)
    if (!upload_vector (&placing, g_ptr_array_index (self->vectors, i), error))
      return FALSE;
  return TRUE;
}
