/* How fast the matrix kernels are: G multiply-adds/s by type, shape, tokens and variant.
 *
 *   bench-matrix [--type=Q4_1,…] [--shape=ROWSxCOLS[g],…] [--tokens=N,…] [--variant=ROWS/TOKENS,…] [--rounds=N]
 *
 * A g after a shape: two such matrices, gate and up. A variant is tiles and tokens a work-group; without
 * any, those of the tuning table. The matrices of one measurement together are larger than the caches, as
 * a model's are. Variants take turns, and the best round of each counts, so that other work on the
 * machine disturbs all alike and little. "A core" counts the processor time of a software device's
 * threads, which others on the machine disturb least. */
#include "mill-matrix-rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int opt_mib = 48;
#define MOST_COPIES 64

static char *opt_types = "Q4_1", *opt_shapes = "960x576,576x576,1536x576g,576x1536", *opt_tokens = "1,64", *opt_variants = "";
static int opt_rounds = 12;

static const GOptionEntry entries[] = {
  { "type", 0, 0, G_OPTION_ARG_STRING, &opt_types, "types, or all", "NAMES" },
  { "shape", 0, 0, G_OPTION_ARG_STRING, &opt_shapes, "rows and columns", "LIST" },
  { "tokens", 0, 0, G_OPTION_ARG_STRING, &opt_tokens, "columns of x", "LIST" },
  { "variant", 0, 0, G_OPTION_ARG_STRING, &opt_variants, "tiles and tokens a work-group", "LIST" },
  { "rounds", 0, 0, G_OPTION_ARG_INT, &opt_rounds, "repeats, of which the best counts", "N" },
  { "memory", 0, 0, G_OPTION_ARG_INT, &opt_mib, "what the matrices of one measurement for one token take", "MIB" },
  { NULL },
};

typedef struct {
  MillGpu   *gpu;
  MillTuning tuning;
  GRand     *rand;
} Bench;

typedef struct {
  MillQuantType type;
  guint         n_rows, n_cols, n_tokens;
  gboolean      gated;
} Case;

typedef struct {
  guint     rows, tokens;
  MillPlan *plan;
  double    best;     /* seconds a dispatch */
  double    best_cpu; /* processor seconds of all threads */
} Variant;

static guint32
size_kib (const Case *c)
{
  const MillQuantInfo *info = mill_quant_get_info (c->type);
  return (guint64) c->n_rows * c->n_cols / info->block_size * info->block_bytes * (c->gated ? 2 : 1) >> 10;
}

static GPtrArray *
make_matrices (Bench *self, const Case *c, guint n, GError **error)
{
  g_autoptr (GPtrArray) matrices = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_matrix_rig_free);
  gsize n_bytes;
  g_autofree guint8 *rows = mill_matrix_random_blocks (c->type, (gsize) c->n_rows * c->n_cols, self->rand, &n_bytes);
  for (guint i = 0; i < n; i++)
    {
      MillMatrix *matrix = mill_matrix_rig_new (self->gpu, c->type, rows, c->n_rows, c->n_cols, self->tuning.subgroup, error);
      if (matrix == NULL)
        return NULL;
      g_ptr_array_add (matrices, matrix);
    }
  return g_steal_pointer (&matrices);
}

static gboolean
make_plan (Bench *self, const Case *c, Variant *v, GPtrArray *matrices, const MillTensor *x, const MillTensor *y,
           MillStepLayout *step, GError **error)
{
  MillTuning tuning = self->tuning;
  if (v->rows > 0)
    {
      tuning.decode_rows = tuning.few_rows = c->gated ? v->rows * 2 : v->rows;
      tuning.prompt_rows = tuning.gated_rows = v->rows;
      tuning.prompt_tokens = tuning.gated_tokens = v->tokens;
    }
  v->plan = mill_plan_new (self->gpu);
  v->best = v->best_cpu = G_MAXDOUBLE;
  MillGraph graph = { .gpu = self->gpu, .plan = v->plan, .tuning = &tuning, .step = step, .n_rows = c->n_tokens };
  for (guint i = 0; i < matrices->len; i += c->gated ? 2 : 1)
    {
      MillMatrixOptions options = { MILL_EPILOGUE_NONE };
      if (c->gated)
        options = (MillMatrixOptions) { .epilogue = MILL_EPILOGUE_GATED, .second = matrices->pdata[i + 1] };
      if (!mill_graph_matrix (&graph, matrices->pdata[i], x, y, &options, error))
        return FALSE;
    }
  return mill_plan_record (v->plan, error);
}

static double
processor_seconds (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static gboolean
measure (Bench *self, const Case *c, GArray *variants, GError **error)
{
  guint copies = CLAMP (opt_mib * 1024 / MAX (size_kib (c), 1), 1, c->n_tokens > 1 ? 4 : MOST_COPIES);
  MillTensor x, y;
  MillStepLayout step = { 0 };
  g_autoptr (GPtrArray) matrices = make_matrices (self, c, copies * (c->gated ? 2 : 1), error);
  if (matrices == NULL || !mill_matrix_rig_tensor (self->gpu, c->n_tokens, c->n_cols, &x, error) ||
      !mill_matrix_rig_tensor (self->gpu, c->n_tokens, c->n_rows, &y, error) ||
      (step.buffer = mill_gpu_buffer_new (self->gpu, MILL_GPU_MEMORY_HOST, 64, "the step", error)) == NULL)
    return FALSE;
  *(guint32 *) mill_gpu_buffer_get_data (step.buffer) = c->n_tokens;
  float *values = mill_gpu_buffer_get_data (x.buffer);
  for (gsize i = 0; i < (gsize) c->n_tokens * x.stride; i++)
    values[i] = g_rand_double_range (self->rand, -1, 1);

  for (guint i = 0; i < variants->len; i++)
    if (!make_plan (self, c, &g_array_index (variants, Variant, i), matrices, &x, &y, &step, error))
      return FALSE;
  for (int round = 0; round < opt_rounds; round++)
    for (guint i = 0; i < variants->len; i++)
      {
        Variant *v = &g_array_index (variants, Variant, i);
        gint64 start = g_get_monotonic_time ();
        double cpu = processor_seconds ();
        if (!mill_plan_run (v->plan, 1000, NULL, error))
          return FALSE;
        v->best = MIN (v->best, (g_get_monotonic_time () - start) / 1e6 / copies);
        v->best_cpu = MIN (v->best_cpu, (processor_seconds () - cpu) / copies);
      }
  const double work = (double) c->n_rows * c->n_cols * c->n_tokens * (c->gated ? 2 : 1);
  for (guint i = 0; i < variants->len; i++)
    {
      Variant *v = &g_array_index (variants, Variant, i);
      g_autofree char *shape = g_strdup_printf ("%ux%u%s", c->n_rows, c->n_cols, c->gated ? "g" : "");
      g_print ("%-5s %-12s %4u tokens  variant %2u/%-3u %8.1f us %7.2f G/s, a core %6.2f\n", mill_quant_get_info (c->type)->name, shape,
               c->n_tokens, v->rows, v->tokens, v->best * 1e6, work / v->best / 1e9,
               work / v->best_cpu / 1e9);
      mill_plan_free (v->plan);
    }
  mill_gpu_buffer_free (x.buffer);
  mill_gpu_buffer_free (y.buffer);
  mill_gpu_buffer_free (step.buffer);
  return TRUE;
}

static GArray *
parse_variants (void)
{
  GArray *variants = g_array_new (FALSE, TRUE, sizeof (Variant));
  g_auto (GStrv) names = g_strsplit (opt_variants, ",", -1);
  for (guint i = 0; names[i] != NULL && *names[i] != '\0'; i++)
    {
      Variant v = { 0 };
      if (sscanf (names[i], "%u/%u", &v.rows, &v.tokens) != 2)
        g_error ("a variant is ROWS/TOKENS, not “%s”", names[i]);
      g_array_append_val (variants, v);
    }
  if (variants->len == 0)
    g_array_set_size (variants, 1);
  return variants;
}

static gboolean
wanted (MillQuantType type)
{
  g_auto (GStrv) names = g_strsplit (opt_types, ",", -1);
  return strcmp (opt_types, "all") == 0 || g_strv_contains ((const char *const *) names, mill_quant_get_info (type)->name);
}

static gboolean
run (Bench *self, GError **error)
{
  g_auto (GStrv) shapes = g_strsplit (opt_shapes, ",", -1);
  g_auto (GStrv) tokens = g_strsplit (opt_tokens, ",", -1);
  for (guint type = 0; type < mill_n_matrix_types; type++)
    for (guint s = 0; wanted (mill_matrix_types[type]) && shapes[s] != NULL; s++)
      for (guint t = 0; tokens[t] != NULL; t++)
        {
          Case c = { .type = mill_matrix_types[type], .n_tokens = atoi (tokens[t]), .gated = g_str_has_suffix (shapes[s], "g") };
          if (sscanf (shapes[s], "%ux%u", &c.n_rows, &c.n_cols) != 2 || c.n_tokens == 0)
            g_error ("“%s”, “%s”: not a shape and a number of tokens", shapes[s], tokens[t]);
          if (c.n_cols % mill_quant_get_info (c.type)->block_size != 0)
            continue;
          g_autoptr (GArray) variants = parse_variants ();
          if (!measure (self, &c, variants, error))
            return FALSE;
        }
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  mill_gpu_prepare_environment ();
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  g_autoptr (MillGpu) gpu = mill_gpu_open (NULL, &error);
  if (gpu == NULL)
    g_error ("%s", error->message);
  Bench bench = { .gpu = gpu, .rand = g_rand_new_with_seed (7) };
  mill_tuning_for (&bench.tuning, mill_gpu_get_info (gpu));
  g_print ("%s, subgroups of %u\n", mill_gpu_get_info (gpu)->name, bench.tuning.subgroup);
  gboolean fine = run (&bench, &error);
  g_rand_free (bench.rand);
  if (!fine)
    g_error ("%s", error->message);
  return 0;
}
