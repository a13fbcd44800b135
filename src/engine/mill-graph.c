#include "mill-graph.h"

#include <math.h>
#include <string.h>

static MillOperand
tensor_operand (const MillTensor *tensor, guint n_rows, MillAccess access)
{
  return (MillOperand) { tensor->buffer, 0, (gsize) n_rows * tensor->stride * 4, access };
}

static MillOperand
step_operand (const MillGraph *self, gsize offset, gsize size)
{
  return (MillOperand) { self->step->buffer, offset, size, MILL_READ };
}

static MillOperand
matrix_operand (const MillMatrix *matrix)
{
  return (MillOperand) { matrix->buffer, matrix->offset, matrix->size, MILL_READ };
}

static MillOperand
whole_operand (MillGpuBuffer *buffer, MillAccess access)
{
  return (MillOperand) { buffer, 0, mill_gpu_buffer_get_size (buffer), access };
}

static const char *
kv_name (const MillGraph *self, const char *kernel)
{
  gboolean f16 = mill_kv_get_type (self->kv) == MILL_KV_F16;
  if (strcmp (kernel, "rope") == 0)
    return f16 ? "rope-f16" : "rope-f32";
  return f16 ? "attention-f16" : "attention-f32";
}

/* The kernel that reads a matrix's type, in the form that suits the device. */
static char *
matrix_kernel (const MillGraph *self, const char *kernel, const MillMatrix *matrix)
{
  return g_strdup_printf ("%s-%s%s", kernel, matrix->layout->name, mill_gpu_get_info (self->gpu)->int64 ? "-wide" : "");
}

gboolean
mill_graph_embed (MillGraph *self, const MillMatrix *embedding, const MillTensor *y, GError **error)
{
  const guint subgroup = self->tuning->subgroup;
  const guint32 constants[] = { subgroup, subgroup };
  g_autofree char *name = matrix_kernel (self, "embed", embedding);
  MillGpuKernel *kernel = mill_gpu_get_kernel (self->gpu, name, constants, G_N_ELEMENTS (constants), subgroup, error);
  if (kernel == NULL)
    return FALSE;
  const MillOperand operands[] = {
    matrix_operand (embedding),
    step_operand (self, self->step->ids, self->n_rows * 4),
    tensor_operand (y, self->n_rows, MILL_WRITE),
    step_operand (self, self->count, 4),
  };
  const guint32 scalars[] = { embedding->n_cols, y->stride };
  const guint units = (embedding->n_cols + 31) / 32;
  mill_plan_dispatch (self->plan, kernel, operands, G_N_ELEMENTS (operands), scalars, G_N_ELEMENTS (scalars),
                      (guint32[]) { (units + subgroup - 1) / subgroup, self->n_rows, 1 });
  return TRUE;
}

gboolean
mill_graph_norm (MillGraph *self, const MillTensor *x, const MillVector *w, gboolean outputs, const MillTensor *y,
                 GError **error)
{
  const guint32 constants[] = { self->tuning->subgroup };
  MillGpuKernel *kernel = mill_gpu_get_kernel (self->gpu, "norm", constants, 1, self->tuning->subgroup, error);
  if (kernel == NULL)
    return FALSE;
  const MillOperand operands[] = {
    outputs ? whole_operand (x->buffer, MILL_READ) : tensor_operand (x, self->n_rows, MILL_READ),
    { w->buffer, w->offset, w->size, MILL_READ },
    tensor_operand (y, self->n_rows, MILL_WRITE),
    step_operand (self, self->step->outputs, self->n_rows * 4),
    step_operand (self, self->count, 4),
  };
  g_assert (x->stride == y->stride);
  guint32 scalars[] = { x->n, x->stride, outputs, 0 };
  memcpy (&scalars[3], &self->hparams->norm_epsilon, 4);
  mill_plan_dispatch (self->plan, kernel, operands, G_N_ELEMENTS (operands), scalars, G_N_ELEMENTS (scalars),
                      (guint32[]) { self->n_rows, 1, 1 });
  return TRUE;
}

gboolean
mill_graph_matrix (MillGraph *self, const MillMatrix *matrix, const MillTensor *x, const MillTensor *y,
                   const MillMatrixOptions *options, GError **error)
{
  static const MillMatrixOptions none = { 0 };
  const MillTuning *t = self->tuning;
  const MillMatrixOptions *o = options != NULL ? options : &none;
  const gboolean gated = o->epilogue == MILL_EPILOGUE_GATED;
  guint rows = gated ? t->gated_rows : t->prompt_rows;
  guint tokens = MIN (gated ? t->gated_tokens : t->prompt_tokens, self->n_rows);
  if (self->few)
    {
      rows = self->n_rows == 1 ? t->decode_rows : t->few_rows;
      rows = gated ? MAX (rows / 2, 1) : rows;
      tokens = MIN (self->n_rows, t->few_tokens);
    }
  const guint32 constants[] = { t->subgroup, t->subgroup, rows, tokens, o->epilogue, t->staged, self->few ? t->waves : 1 };
  g_autofree char *name = matrix_kernel (self, self->few ? "matvec" : "matrix", matrix);
  MillGpuKernel *kernel = mill_gpu_get_kernel (self->gpu, name, constants, G_N_ELEMENTS (constants), t->subgroup, error);
  if (kernel == NULL)
    return FALSE;

  MillOperand out = tensor_operand (y, self->n_rows, MILL_WRITE), extra = { NULL };
  out.offset += (gsize) o->first_row * 4;
  out.size -= (gsize) o->first_row * 4;
  if (o->epilogue == MILL_EPILOGUE_BIAS)
    extra = (MillOperand) { o->bias->buffer, o->bias->offset + o->first_row * 4, matrix->n_rows * 4, MILL_READ };
  else if (o->epilogue == MILL_EPILOGUE_RESIDUAL)
    extra = tensor_operand (o->residual, self->n_rows, MILL_READ);
  const MillOperand operands[] = {
    matrix_operand (matrix),
    matrix_operand (gated ? o->second : matrix),
    tensor_operand (x, self->n_rows, MILL_READ),
    out,
    extra,
    step_operand (self, self->count, 4),
  };
  const guint32 scalars[] = { matrix->n_rows, matrix->n_cols, x->stride, y->stride };
  const guint tiles = mill_repack_get_n_tiles (matrix->n_rows, t->subgroup);
  mill_plan_dispatch (self->plan, kernel, operands, G_N_ELEMENTS (operands), scalars, G_N_ELEMENTS (scalars),
                      (guint32[]) { (tiles + rows - 1) / rows, (self->n_rows + tokens - 1) / tokens, 1 });
  return TRUE;
}

gboolean
mill_graph_rope (MillGraph *self, guint layer, const MillTensor *qkv, gboolean halves, const MillTensor *q, GError **error)
{
  const MillHparams *h = self->hparams;
  const guint32 constants[] = { self->tuning->subgroup, h->head_dim, halves };
  MillGpuKernel *kernel = mill_gpu_get_kernel (self->gpu, kv_name (self, "rope"), constants, G_N_ELEMENTS (constants),
                                               self->tuning->subgroup, error);
  if (kernel == NULL)
    return FALSE;
  const MillOperand operands[] = {
    tensor_operand (qkv, self->n_rows, MILL_READ),
    step_operand (self, self->step->angles, (gsize) self->n_rows * h->n_rot * 4),
    tensor_operand (q, self->n_rows, MILL_WRITE),
    whole_operand (mill_kv_get_keys (self->kv, layer), MILL_WRITE),
    whole_operand (mill_kv_get_values (self->kv, layer), MILL_WRITE),
    step_operand (self, self->step->places, (gsize) self->n_rows * 8),
    step_operand (self, self->count, 4),
  };
  const float scale = 1 / sqrtf (h->head_dim);
  guint32 scalars[] = { h->n_heads, h->n_kv_heads, qkv->stride, h->n_rot, 0 };
  memcpy (&scalars[4], &scale, 4);
  mill_plan_dispatch (self->plan, kernel, operands, G_N_ELEMENTS (operands), scalars, G_N_ELEMENTS (scalars),
                      (guint32[]) { h->n_heads + 2 * h->n_kv_heads, self->n_rows, 1 });
  return TRUE;
}

gboolean
mill_graph_attention (MillGraph *self, guint layer, const MillTensor *q, const MillTensor *y, GError **error)
{
  const MillHparams *h = self->hparams;
  const guint queries = self->n_rows == 1 ? 1 : self->tuning->attention_queries;
  const guint heads = 1;
  const guint32 constants[] = { self->tuning->subgroup, h->head_dim, heads, queries };
  MillGpuKernel *kernel = mill_gpu_get_kernel (self->gpu, kv_name (self, "attention"), constants, G_N_ELEMENTS (constants),
                                               self->tuning->subgroup, error);
  if (kernel == NULL)
    return FALSE;
  const MillOperand operands[] = {
    tensor_operand (q, self->n_rows, MILL_READ),
    whole_operand (mill_kv_get_keys (self->kv, layer), MILL_READ),
    whole_operand (mill_kv_get_values (self->kv, layer), MILL_READ),
    tensor_operand (y, self->n_rows, MILL_WRITE),
    step_operand (self, self->step->positions, self->n_rows * 4),
    step_operand (self, self->step->blocks, self->n_rows * 16),
    step_operand (self, self->step->pages, (gsize) self->step->n_sequences * self->step->table_stride * 4),
    step_operand (self, self->step->n_blocks, 4),
  };
  const guint32 scalars[] = { h->n_heads, h->n_kv_heads, y->stride, self->step->table_stride };
  mill_plan_dispatch (self->plan, kernel, operands, G_N_ELEMENTS (operands), scalars, G_N_ELEMENTS (scalars),
                      (guint32[]) { h->n_heads / heads, self->n_rows, 1 });
  return TRUE;
}
