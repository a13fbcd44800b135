/* The reference models: logits and greedy continuations as transformers computes them in float32 on the
 * same (dequantised) weights. */
#include "mill-error.h"
#include "mill-runner.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

typedef struct {
  char           *name;
  JsonParser     *json;
  const char     *path; /* of the folder */
} Reference;

typedef struct {
  float *rows; /* [n][n_vocab] */
  guint  n_vocab;
  guint  first;
} Collected;

static void
collect (guint index, float *logits, gpointer user_data)
{
  Collected *to = user_data;
  memcpy (to->rows + (gsize) (to->first + index) * to->n_vocab, logits, to->n_vocab * sizeof (float));
}

static GArray *
read_ids (JsonObject *object, const char *key)
{
  JsonArray *array = json_object_get_array_member (object, key);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      guint32 id = json_array_get_int_element (array, i);
      g_array_append_val (ids, id);
    }
  return ids;
}

/* Runs a prompt in pieces of `chunk` and gives all logits. */
static float *
run_prompt (MillRunner *runner, MillStepKind kind, MillSequence *sequence, GArray *ids, guint chunk)
{
  Collected collected = { .n_vocab = mill_runner_get_hparams (runner)->n_vocab };
  collected.rows = g_new0 (float, (gsize) ids->len * collected.n_vocab);
  g_autofree MillRunnerToken *tokens = g_new0 (MillRunnerToken, chunk);
  for (guint done = 0; done < ids->len;)
    {
      g_autoptr (GError) error = NULL;
      guint n = MIN (chunk, ids->len - done);
      for (guint i = 0; i < n; i++)
        tokens[i] = (MillRunnerToken) { sequence, g_array_index (ids, guint32, done + i), TRUE };
      collected.first = done;
      gboolean ok = mill_runner_step (runner, kind, tokens, n, collect, &collected, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      done += n;
    }
  return collected.rows;
}

static double
compare_positions (JsonObject *object, const float *rows, guint n_vocab)
{
  JsonArray *positions = json_object_get_array_member (object, "positions");
  JsonArray *sample_ids = json_object_get_array_member (object, "sample_ids");
  double worst = 0;
  for (guint p = 0; p < json_array_get_length (positions); p++)
    {
      JsonObject *at = json_array_get_object_element (positions, p);
      JsonArray *sample = json_object_get_array_member (at, "sample");
      JsonArray *top_ids = json_object_get_array_member (at, "top_ids"), *top = json_object_get_array_member (at, "top_logits");
      const float *row = rows + (gsize) p * n_vocab;
      for (guint i = 0; i < json_array_get_length (sample); i++)
        worst = fmax (worst, fabs (row[json_array_get_int_element (sample_ids, i)] - json_array_get_double_element (sample, i)));
      for (guint i = 0; i < json_array_get_length (top); i++)
        worst = fmax (worst, fabs (row[json_array_get_int_element (top_ids, i)] - json_array_get_double_element (top, i)));
    }
  return worst;
}

static double
compare_last (const char *folder, const char *name, const float *row, guint n_vocab)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.last.f32", folder, name);
  g_autofree char *data = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, ==, n_vocab * 4);
  double worst = 0;
  for (guint i = 0; i < n_vocab; i++)
    worst = fmax (worst, fabs (row[i] - ((float *) (void *) data)[i]));
  return worst;
}

static guint32
likeliest (const float *row, guint n)
{
  guint32 best = 0;
  for (guint i = 1; i < n; i++)
    if (row[i] > row[best])
      best = i;
  return best;
}

static void
check_greedy (MillRunner *runner, MillSequence *sequence, JsonObject *object, const float *last)
{
  g_autoptr (GArray) expected = read_ids (object, "greedy");
  guint n_vocab = mill_runner_get_hparams (runner)->n_vocab;
  g_autofree float *row = g_memdup2 (last, n_vocab * sizeof (float));
  for (guint i = 0; i < expected->len; i++)
    {
      guint32 token = likeliest (row, n_vocab);
      g_assert_cmpuint (token, ==, g_array_index (expected, guint32, i));
      Collected one = { .rows = row, .n_vocab = n_vocab };
      MillRunnerToken next = { sequence, token, TRUE };
      g_assert_true (mill_runner_step (runner, MILL_STEP_GENERATE, &next, 1, collect, &one, NULL, NULL));
    }
}

/* Gives the logits of all positions, and their size. */
static float *
check_model (const char *folder, const char *name, MillKvType kv, MillStepKind kind, guint chunk, gsize *n_bytes)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.gguf", folder, name);
  g_autofree char *json_path = g_strdup_printf ("%s/%s.json", folder, name);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_assert_true (json_parser_load_from_file (parser, json_path, NULL));
  JsonObject *object = json_node_get_object (json_parser_get_root (parser));

  g_autoptr (MillGguf) gguf = mill_gguf_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (MillRunner) runner = mill_runner_new (gguf, &(MillEngineOptions) { .kv_type = kv, .chunk = chunk, .context_length = 256 }, NULL, &error);
  g_assert_no_error (error);
  guint n_vocab = mill_runner_get_hparams (runner)->n_vocab;
  g_autoptr (GArray) ids = read_ids (object, "prompt_ids");
  MillKv *cache = mill_runner_get_kv (runner);
  MillSequence *sequence = mill_kv_begin (cache, (guint32 *) (void *) ids->data, ids->len, ids->len + 40);
  float *rows = run_prompt (runner, kind, sequence, ids, chunk);

  double tolerance = kv == MILL_KV_F32 ? 1e-3 : 3e-2;
  double worst = fmax (compare_positions (object, rows, n_vocab),
                       compare_last (folder, name, rows + (gsize) (ids->len - 1) * n_vocab, n_vocab));
  g_test_message ("%s, %s KV, %s, chunk %u: largest difference %.2e", name, kv == MILL_KV_F32 ? "f32" : "f16",
                  kind == MILL_STEP_PROMPT ? "prompt" : "generation", chunk, worst);
  g_assert_cmpfloat (worst, <, tolerance);
  check_greedy (runner, sequence, object, rows + (gsize) (ids->len - 1) * n_vocab);
  mill_kv_end (cache, sequence);
  *n_bytes = (gsize) ids->len * n_vocab * sizeof (float);
  return rows;
}

/* However the tokens are dealt into steps, the bits are the same. */
static void
check_chunks (const char *folder, const char *name, MillKvType kv, MillStepKind kind, const guint *chunks, guint n)
{
  gsize size, n_bytes;
  g_autofree float *first = check_model (folder, name, kv, kind, chunks[0], &size);
  for (guint i = 1; i < n; i++)
    {
      g_autofree float *rows = check_model (folder, name, kv, kind, chunks[i], &n_bytes);
      g_assert_cmpmem (first, size, rows, n_bytes);
    }
}

static void
test_model (gconstpointer data)
{
  static const guint chunks[] = { 64, 1, 7, 32 }, batches[] = { 1, 3, 12 };
  g_autofree char *folder = g_build_filename (g_getenv ("MILLRACE_REFERENCE"), "models", NULL);
  check_chunks (folder, data, MILL_KV_F32, MILL_STEP_PROMPT, chunks, G_N_ELEMENTS (chunks));
  check_chunks (folder, data, MILL_KV_F32, MILL_STEP_GENERATE, batches, G_N_ELEMENTS (batches));
  check_chunks (folder, data, MILL_KV_F16, MILL_STEP_PROMPT, chunks, 2);
}

static void
test_missing (void)
{
  g_test_skip ("the reference models are not there (MILLRACE_REFERENCE)");
}

int
main (int argc, char **argv)
{
  static const char *const models[] = {
    "llama-f32", "llama3-rope-f32", "llama3-rope-f16", "llama3-rope-bf16", "qwen2-f32", "qwen2-tied-f32", "qwen2-q8_0",
    "qwen2-q4_0", "qwen2-q4_1", "qwen2-q5_0", "qwen2-q5_1", "qwen2-q4_k_m", "qwen2-q5_k_m", "qwen2-q6_k",
  };
  mill_gpu_prepare_environment ();
  g_test_init (&argc, &argv, NULL);
  const char *reference = g_getenv ("MILLRACE_REFERENCE");
  if (reference == NULL || !g_file_test (reference, G_FILE_TEST_IS_DIR))
    {
      g_test_add_func ("/models/reference", test_missing);
      return g_test_run ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    {
      g_autofree char *path = g_strdup_printf ("/models/%s", models[i]);
      g_test_add_data_func (path, models[i], test_model);
    }
  return g_test_run ();
}
