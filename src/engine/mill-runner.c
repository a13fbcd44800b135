#include "mill-runner.h"

#include "mill-error.h"
#include "mill-rope.h"

#include <string.h>
#include <unistd.h>

#define MOST_SEQUENCES 16
#define MOST_OUTPUTS 8       /* rows of logits at a time */
#define DEFAULT_CONTEXT 4096 /* where the model allows more */
#define N_BUCKETS 16         /* plans for up to 2^i tokens */

struct _MillRunner {
  MillGpu        *gpu;
  MillHparams     hparams;
  MillTuning      tuning;
  const MillArch *arch;
  gpointer        model;
  MillWeights    *weights;
  MillRope       *rope;
  MillKv         *kv;
  guint           context;
  guint           chunk;
  MillStepLayout  step;
  guint           n_tensors;
  MillTensor      tensors[MILL_ARCH_TENSORS];
  MillTensor      logits;
  MillPlan       *bodies[MILL_N_STEP_KINDS][N_BUCKETS];
  MillPlan       *heads[N_BUCKETS];
};

static guint
rounded (guint n)
{
  return (n + 31) / 32 * 32;
}

static guint
bucket_for (guint n)
{
  guint bucket = 0;
  while ((1u << bucket) < n)
    bucket++;
  return bucket;
}

/* What the device can give: its memory, or for a software device what the machine has free. */
static guint64
memory_available (const MillGpuInfo *info)
{
  if (info->kind != MILL_GPU_CPU)
    return info->memory;
  long pages = sysconf (_SC_AVPHYS_PAGES), size = sysconf (_SC_PAGE_SIZE);
  g_autofree char *text = NULL;
  if (g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    {
      const char *line = strstr (text, "MemAvailable:");
      if (line != NULL)
        return g_ascii_strtoull (line + strlen ("MemAvailable:"), NULL, 10) * 1024;
    }
  return pages > 0 ? (guint64) pages * size : info->memory;
}

static guint64
activation_bytes (MillRunner *self)
{
  guint sizes[MILL_ARCH_TENSORS];
  guint64 bytes = (guint64) MOST_OUTPUTS * rounded (self->hparams.n_vocab) * 4;
  guint n = self->arch->sizes (&self->hparams, sizes);
  for (guint i = 0; i < n; i++)
    bytes += (guint64) self->chunk * rounded (sizes[i]) * 4;
  return bytes;
}

static gboolean
check_memory (MillRunner *self, MillKvType kv_type, GError **error)
{
  guint64 weights = mill_weights_get_size (self->weights);
  guint64 cache = mill_kv_size (&self->hparams, kv_type, self->context);
  guint64 needed = weights + cache + activation_bytes (self);
  guint64 available = memory_available (mill_gpu_get_info (self->gpu));
  if (needed <= available)
    return TRUE;
  g_autofree char *a = g_format_size_full (needed, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *b = g_format_size_full (weights, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *c = g_format_size_full (cache, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *d = g_format_size_full (available, G_FORMAT_SIZE_IEC_UNITS);
  g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_MEMORY,
               "The model takes %s (%s for its weights, %s for a context of %u tokens), and %s has %s. "
               "Choose a shorter context, a smaller model or another device.", a, b, c, self->context,
               mill_gpu_get_info (self->gpu)->name, d);
  return FALSE;
}

static gsize
reserve (gsize *end, gsize size)
{
  gsize at = *end;
  *end = (at + size + 63) / 64 * 64;
  return at;
}

static gboolean
make_step_buffer (MillRunner *self, GError **error)
{
  MillStepLayout *s = &self->step;
  gsize end = 0, n = self->chunk;
  s->capacity = self->chunk;
  s->n_sequences = MOST_SEQUENCES;
  s->table_stride = mill_kv_get_n_pages (self->kv);
  s->n_tokens = reserve (&end, 4);
  s->n_outputs = reserve (&end, 4);
  s->n_blocks = reserve (&end, 4);
  s->ids = reserve (&end, n * 4);
  s->positions = reserve (&end, n * 4);
  s->outputs = reserve (&end, MAX (n, MOST_OUTPUTS) * 4);
  s->places = reserve (&end, n * 8);
  s->blocks = reserve (&end, n * 16);
  s->angles = reserve (&end, n * self->hparams.n_rot * 4);
  s->pages = reserve (&end, (gsize) s->n_sequences * s->table_stride * 4);
  s->buffer = mill_gpu_buffer_new (self->gpu, MILL_GPU_MEMORY_HOST, end, "a step's values", error);
  return s->buffer != NULL;
}

static void
fill_zero (gpointer to, gsize offset, gsize size, gpointer user_data)
{
  memset (to, 0, size);
}

/* Zeros: the ends of rows that a matrix's padding meets must be finite. */
static gboolean
make_tensor (MillRunner *self, MillTensor *tensor, guint n_rows, guint n, MillGpuMemory memory, const char *label, GError **error)
{
  tensor->n = n;
  tensor->stride = rounded (n);
  gsize size = (gsize) n_rows * tensor->stride * 4;
  tensor->buffer = mill_gpu_buffer_new (self->gpu, memory, size, label, error);
  return tensor->buffer != NULL && mill_gpu_upload (self->gpu, tensor->buffer, 0, size, 4, fill_zero, NULL, error);
}

static gboolean
make_buffers (MillRunner *self, MillKvType kv_type, GError **error)
{
  guint sizes[MILL_ARCH_TENSORS];
  self->kv = mill_kv_new (self->gpu, &self->hparams, kv_type, self->context, error);
  if (self->kv == NULL || !make_step_buffer (self, error))
    return FALSE;
  self->n_tensors = self->arch->sizes (&self->hparams, sizes);
  for (guint i = 0; i < self->n_tensors; i++)
    if (!make_tensor (self, &self->tensors[i], MAX (self->chunk, MOST_OUTPUTS), sizes[i], MILL_GPU_MEMORY_DEVICE, "activations", error))
      return FALSE;
  return make_tensor (self, &self->logits, MOST_OUTPUTS, self->hparams.n_vocab, MILL_GPU_MEMORY_HOST, "logits", error);
}

static float *
read_divisors (const MillGguf *gguf, const MillHparams *h, GError **error)
{
  const MillGgufTensor *tensor = mill_gguf_find_tensor (gguf, "rope_freqs.weight");
  if (tensor == NULL)
    return NULL;
  if (tensor->type != MILL_QUANT_F32 || tensor->dims[0] != h->n_rot / 2 || tensor->dims[1] != 1)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The tensor rope_freqs.weight does not hold %u F32 values.", h->n_rot / 2);
      return NULL;
    }
  return g_memdup2 (tensor->data, tensor->dims[0] * sizeof (float));
}

static gboolean
load_model (MillRunner *self, const MillGguf *gguf, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  if (!mill_hparams_read (&self->hparams, gguf, error))
    return FALSE;
  self->arch = mill_arch_find (self->hparams.architecture, error);
  if (self->arch == NULL)
    return FALSE;
  g_autofree float *divisors = read_divisors (gguf, &self->hparams, &wrong);
  if (wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  self->rope = mill_rope_new (&self->hparams, divisors);
  self->weights = mill_weights_new (gguf, self->tuning.subgroup);
  self->model = self->arch->load (&self->hparams, self->weights, error);
  return self->model != NULL;
}

MillRunner *
mill_runner_new (const MillGguf *gguf, const MillEngineOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (MillRunner) self = g_new0 (MillRunner, 1);
  self->gpu = mill_gpu_open (options->device, error);
  if (self->gpu == NULL)
    return NULL;
  mill_tuning_for (&self->tuning, mill_gpu_get_info (self->gpu));
  if (!load_model (self, gguf, error))
    return NULL;
  self->context = options->context_length > 0 ? options->context_length : MIN (self->hparams.context, DEFAULT_CONTEXT);
  self->chunk = CLAMP (options->chunk > 0 ? options->chunk : self->tuning.chunk, 1, 1u << (N_BUCKETS - 1));
  if (!check_memory (self, options->kv_type, error) || !make_buffers (self, options->kv_type, error) ||
      !mill_weights_upload (self->weights, self->gpu, cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mill_runner_free (MillRunner *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_BUCKETS; i++)
    {
      for (guint kind = 0; kind < MILL_N_STEP_KINDS; kind++)
        mill_plan_free (self->bodies[kind][i]);
      mill_plan_free (self->heads[i]);
    }
  for (guint i = 0; i < self->n_tensors; i++)
    mill_gpu_buffer_free (self->tensors[i].buffer);
  mill_gpu_buffer_free (self->logits.buffer);
  mill_gpu_buffer_free (self->step.buffer);
  mill_kv_free (self->kv);
  mill_weights_free (self->weights);
  mill_rope_free (self->rope);
  g_free (self->model);
  if (self->gpu != NULL)
    mill_gpu_save_cache (self->gpu);
  mill_gpu_free (self->gpu);
  g_free (self);
}

const MillHparams *
mill_runner_get_hparams (MillRunner *self)
{
  return &self->hparams;
}

const MillGpuInfo *
mill_runner_get_gpu_info (MillRunner *self)
{
  return mill_gpu_get_info (self->gpu);
}

MillKv *
mill_runner_get_kv (MillRunner *self)
{
  return self->kv;
}

guint
mill_runner_get_context_length (MillRunner *self)
{
  return self->context;
}

guint
mill_runner_get_chunk (MillRunner *self)
{
  return self->chunk;
}

guint
mill_runner_get_max_sequences (MillRunner *self)
{
  return MOST_SEQUENCES;
}

/* The plan of a bucket, built at its first use: of the body for a kind of step, or of the head. */
static MillPlan *
get_plan (MillRunner *self, gboolean head, MillStepKind kind, guint n, GError **error)
{
  guint bucket = bucket_for (n);
  MillPlan **place = head ? &self->heads[bucket] : &self->bodies[kind][bucket];
  if (*place != NULL)
    return *place;
  g_autoptr (MillPlan) plan = mill_plan_new (self->gpu);
  MillGraph graph = {
    .gpu = self->gpu,
    .plan = plan,
    .hparams = &self->hparams,
    .tuning = &self->tuning,
    .step = &self->step,
    .kv = self->kv,
    .few = head || kind == MILL_STEP_GENERATE,
    .n_rows = MIN (1u << bucket, head ? MOST_OUTPUTS : self->chunk),
    .count = head ? self->step.n_outputs : self->step.n_tokens,
  };
  gboolean built = head ? self->arch->head (self->model, &graph, self->tensors, &self->logits, error)
                        : self->arch->body (self->model, &graph, self->tensors, error);
  if (!built || !mill_plan_record (plan, error))
    return NULL;
  *place = g_steal_pointer (&plan);
  mill_gpu_save_cache (self->gpu);
  return *place;
}

/* The row of the page table that a sequence has in this step. */
static guint
table_row (MillRunner *self, MillSequence **rows, guint *n_rows, MillSequence *sequence)
{
  for (guint i = 0; i < *n_rows; i++)
    if (rows[i] == sequence)
      return i;
  g_assert (*n_rows < MOST_SEQUENCES);
  guint32 *pages = (guint32 *) ((guint8 *) mill_gpu_buffer_get_data (self->step.buffer) + self->step.pages);
  memcpy (pages + (gsize) *n_rows * self->step.table_stride, sequence->pages->data, sequence->pages->len * 4);
  rows[*n_rows] = sequence;
  return (*n_rows)++;
}

/* Writes the step's values and appends its tokens to their sequences. */
static void
fill_step (MillRunner *self, const MillRunnerToken *tokens, guint n)
{
  guint8 *base = mill_gpu_buffer_get_data (self->step.buffer);
  const MillStepLayout *s = &self->step;
  guint32 *ids = (guint32 *) (base + s->ids), *positions = (guint32 *) (base + s->positions);
  guint32 *places = (guint32 *) (base + s->places), *blocks = (guint32 *) (base + s->blocks);
  MillSequence *rows[MOST_SEQUENCES];
  guint n_rows = 0, n_blocks = 0;
  const guint most = n == 1 ? 1 : self->tuning.attention_queries;
  for (guint i = 0; i < n; i++)
    {
      MillSequence *sequence = tokens[i].sequence;
      guint position = sequence->tokens->len;
      g_assert (position < sequence->reserved);
      g_array_append_val (sequence->tokens, tokens[i].token);
      ids[i] = tokens[i].token;
      positions[i] = position;
      mill_kv_place (sequence, position, &places[2 * i], &places[2 * i + 1]);
      mill_rope_fill (self->rope, position, (float *) (base + s->angles) + (gsize) i * self->hparams.n_rot);

      guint32 *block = blocks + 4 * (n_blocks - 1);
      if (i > 0 && tokens[i - 1].sequence == sequence && block[1] < most)
        block[1]++;
      else
        {
          block = blocks + 4 * n_blocks++;
          block[0] = i;
          block[1] = 1;
          block[2] = table_row (self, rows, &n_rows, sequence);
        }
    }
  *(guint32 *) (base + s->n_tokens) = n;
  *(guint32 *) (base + s->n_blocks) = n_blocks;
}

static gboolean
run_heads (MillRunner *self, const MillRunnerToken *tokens, guint n, MillRunnerOutput output, gpointer user_data,
           GCancellable *cancellable, GError **error)
{
  guint8 *base = mill_gpu_buffer_get_data (self->step.buffer);
  guint32 *rows = (guint32 *) (base + self->step.outputs);
  float *logits = mill_gpu_buffer_get_data (self->logits.buffer);
  guint done = 0, pending = 0;
  for (guint i = 0; i <= n; i++)
    {
      if (i < n && tokens[i].output)
        rows[pending++] = i;
      if (pending == 0 || (i < n && pending < MOST_OUTPUTS))
        continue;
      MillPlan *plan = get_plan (self, TRUE, MILL_STEP_GENERATE, pending, error);
      *(guint32 *) (base + self->step.n_outputs) = pending;
      if (plan == NULL || !mill_plan_run (plan, self->tuning.budget_ms, cancellable, error))
        return FALSE;
      for (guint k = 0; k < pending; k++)
        output (done++, logits + (gsize) k * self->logits.stride, user_data);
      pending = 0;
    }
  return TRUE;
}

gboolean
mill_runner_step (MillRunner *self, MillStepKind kind, const MillRunnerToken *tokens, guint n, MillRunnerOutput output,
                  gpointer user_data, GCancellable *cancellable, GError **error)
{
  g_assert (n > 0 && n <= self->chunk);
  MillPlan *plan = get_plan (self, FALSE, kind, n, error);
  if (plan == NULL)
    return FALSE;
  fill_step (self, tokens, n);
  if (mill_plan_run (plan, self->tuning.budget_ms, cancellable, error) &&
      run_heads (self, tokens, n, output, user_data, cancellable, error))
    return TRUE;
  for (guint i = 0; i < n; i++)
    g_array_set_size (tokens[i].sequence->tokens, tokens[i].sequence->tokens->len - 1);
  return FALSE;
}
