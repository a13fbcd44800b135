/* Sampling: each rule against a plain account of it, with fixed seeds. */
#include "mill-sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 500

/* Logits with ties, from a generator of the test's own. */
static void
make_logits (float *logits, guint n, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  for (guint i = 0; i < n; i++)
    logits[i] = g_rand_int_range (rand, -60, 61) / 10.0f;
}

static guint32
sample_once (const MillSamplerParams *params, const float *logits, guint n)
{
  g_autoptr (MillSampler) sampler = mill_sampler_new (params, n);
  g_autofree float *copy = g_memdup2 (logits, n * sizeof *logits);
  return mill_sampler_sample (sampler, copy);
}

/* Draws often and counts the tokens. */
static void
count_draws (const MillSamplerParams *params, const float *logits, guint n, guint n_draws, guint *counts)
{
  g_autoptr (MillSampler) sampler = mill_sampler_new (params, n);
  g_autofree float *copy = g_new (float, n);
  memset (counts, 0, n * sizeof *counts);
  for (guint i = 0; i < n_draws; i++)
    {
      memcpy (copy, logits, n * sizeof *copy);
      guint32 token = mill_sampler_sample (sampler, copy);
      g_assert_cmpuint (token, <, n);
      counts[token]++;
    }
}

typedef struct {
  float   logit;
  guint32 token;
} Row;

static int
compare_rows (const void *a, const void *b)
{
  const Row *left = a, *right = b;
  if (left->logit != right->logit)
    return left->logit > right->logit ? -1 : 1;
  return left->token < right->token ? -1 : 1;
}

/* The probabilities by the rules in the header, from a full sort. */
static void
right_probabilities (const MillSamplerParams *params, const float *logits, guint n, double *out)
{
  g_autofree Row *rows = g_new (Row, n);
  for (guint i = 0; i < n; i++)
    rows[i] = (Row) { logits[i], i };
  qsort (rows, n, sizeof *rows, compare_rows);
  guint kept = params->top_k > 0 ? MIN (params->top_k, n) : n;
  double total = 0, sum = 0, max = rows[0].logit;
  for (guint i = 0; i < kept; i++)
    total += exp (rows[i].logit - max);
  if (params->top_p > 0 && params->top_p < 1)
    {
      guint i = 0;
      while (i < kept && (i == 0 || sum < (double) params->top_p * total))
        sum += exp (rows[i++].logit - max);
      kept = i;
    }
  while (kept > 1 && exp (rows[kept - 1].logit - max) < params->min_p)
    kept--;
  total = 0;
  memset (out, 0, n * sizeof *out);
  for (guint i = 0; i < kept; i++)
    total += exp ((rows[i].logit - max) / params->temperature);
  for (guint i = 0; i < kept; i++)
    out[rows[i].token] = exp ((rows[i].logit - max) / params->temperature) / total;
}

static void
test_greedy (void)
{
  float logits[] = { 1, 3, NAN, 3, -INFINITY, 2 };
  MillSamplerParams params = { .temperature = 0, .top_k = 1, .top_p = 0.1f };
  g_assert_cmpuint (sample_once (&params, logits, 6), ==, 1);
  params.temperature = -1;
  g_assert_cmpuint (sample_once (&params, logits, 6), ==, 1);
  params.temperature = NAN;
  g_assert_cmpuint (sample_once (&params, logits, 6), ==, 1);
  logits[5] = INFINITY;
  g_assert_cmpuint (sample_once (&params, logits, 6), ==, 5);
}

static void
test_nothing_left (void)
{
  const float logits[] = { -INFINITY, NAN, -INFINITY, NAN };
  for (int t = 0; t < 2; t++)
    {
      MillSamplerParams params = { .temperature = t, .top_k = 2, .top_p = 0.5f, .min_p = 0.1f, .seed = 1 };
      g_assert_cmpuint (sample_once (&params, logits, 4), ==, 0);
    }
}

static void
test_odd_logits (void)
{
  /* Infinite, NaN and far apart: always one that can be. */
  const float logits[] = { NAN, INFINITY, 3e38f, -3e38f, INFINITY, -INFINITY };
  guint counts[6];
  MillSamplerParams params = { .temperature = 1, .seed = 3 };
  count_draws (&params, logits, 6, 1000, counts);
  g_assert_cmpuint (counts[1] + counts[4], ==, 1000);
  g_assert_cmpuint (counts[1], >, 400);
  params.temperature = 1e-30f;
  params.min_p = 5;
  count_draws (&params, logits, 6, 100, counts);
  g_assert_cmpuint (counts[1] + counts[4], ==, 100);
}

static void
test_distribution (gconstpointer data)
{
  const MillSamplerParams *params = data;
  float logits[N];
  double right[N], chi = 0;
  guint counts[N], kinds = 0;
  const guint n_draws = 20000;
  make_logits (logits, N, 42);
  right_probabilities (params, logits, N, right);
  count_draws (params, logits, N, n_draws, counts);
  for (guint i = 0; i < N; i++)
    {
      /* Nothing that was cut is ever drawn. */
      if (right[i] == 0)
        g_assert_cmpuint (counts[i], ==, 0);
      else if (right[i] * n_draws >= 5)
        {
          chi += pow (counts[i] - right[i] * n_draws, 2) / (right[i] * n_draws);
          kinds++;
        }
    }
  /* Pearson's test: mean `kinds`, deviation sqrt (2 kinds); the seed is fixed, so this holds or not for good. */
  g_test_message ("%u tokens, chi square %.1f", kinds, chi);
  g_assert_cmpuint (kinds, >, 0);
  g_assert_cmpfloat (chi, <, kinds + 4 * sqrt (2.0 * kinds));
}

static const MillSamplerParams cases[] = {
  { .temperature = 1, .seed = 1 },
  { .temperature = 0.7f, .seed = 2 },
  { .temperature = 1.5f, .top_k = 40, .seed = 3 },
  { .temperature = 1, .top_k = 1, .seed = 4 },
  { .temperature = 1, .top_k = 100000, .seed = 5 },
  { .temperature = 1, .top_p = 0.9f, .seed = 6 },
  { .temperature = 2, .top_p = 0.5f, .seed = 7 },
  { .temperature = 1, .top_p = 1e-9f, .seed = 8 },
  { .temperature = 1, .top_k = 30, .top_p = 0.8f, .seed = 9 },
  { .temperature = 1, .min_p = 0.05f, .seed = 10 },
  { .temperature = 0.8f, .top_k = 50, .top_p = 0.95f, .min_p = 0.1f, .seed = 11 },
  { .temperature = 1, .top_p = 1, .repetition_penalty = 1, .seed = 12 },
};

static void
test_seeds (void)
{
  float logits[N];
  make_logits (logits, N, 7);
  for (guint64 seed = 1; seed < 50; seed++)
    {
      MillSamplerParams params = { .temperature = 1.2f, .top_k = 60, .top_p = 0.95f, .seed = seed };
      g_autoptr (MillSampler) one = mill_sampler_new (&params, N), two = mill_sampler_new (&params, N);
      for (int i = 0; i < 20; i++)
        {
          float a[N], b[N];
          memcpy (a, logits, sizeof a);
          memcpy (b, logits, sizeof b);
          guint32 token = mill_sampler_sample (one, a);
          g_assert_cmpuint (token, ==, mill_sampler_sample (two, b));
          mill_sampler_accept (one, token);
          mill_sampler_accept (two, token);
        }
    }
  /* Seed 0 is a new one each time: equal runs of 40 draws of hundreds do not happen. */
  MillSamplerParams params = { .temperature = 3 };
  g_autoptr (MillSampler) one = mill_sampler_new (&params, N), two = mill_sampler_new (&params, N);
  gboolean differs = FALSE;
  for (int i = 0; i < 40; i++)
    differs |= mill_sampler_sample (one, logits) != mill_sampler_sample (two, logits);
  g_assert_true (differs);
}

static void
test_penalty (void)
{
  MillSamplerParams params = { .repetition_penalty = 2 };
  g_autoptr (MillSampler) sampler = mill_sampler_new (&params, 4);
  mill_sampler_accept (sampler, 0);
  mill_sampler_accept (sampler, 0);
  mill_sampler_accept (sampler, 2);
  mill_sampler_accept (sampler, G_MAXUINT32);
  float logits[] = { 4, 1, -2, -3 };
  g_assert_cmpuint (mill_sampler_sample (sampler, logits), ==, 0);
  /* Once however often it stood there, and toward less likely on either side of 0. */
  g_assert_cmpfloat (logits[0], ==, 2);
  g_assert_cmpfloat (logits[1], ==, 1);
  g_assert_cmpfloat (logits[2], ==, -4);
  g_assert_cmpfloat (logits[3], ==, -3);

  /* What stood there more than 64 tokens ago counts no more. */
  for (int i = 0; i < 64; i++)
    mill_sampler_accept (sampler, 3);
  float later[] = { 4, 1, -2, 3 };
  mill_sampler_sample (sampler, later);
  g_assert_cmpfloat (later[0], ==, 4);
  g_assert_cmpfloat (later[3], ==, 1.5f);
}

/* A vocabulary of a real model's size, with every cut. */
static void
test_large (void)
{
  const guint n = 152000;
  g_autofree float *logits = g_new (float, n);
  g_autofree double *right = g_new (double, n);
  make_logits (logits, n, 9);
  for (gsize i = 2; i < G_N_ELEMENTS (cases); i += 3)
    {
      right_probabilities (&cases[i], logits, n, right);
      for (guint64 seed = 1; seed < 4; seed++)
        {
          MillSamplerParams params = cases[i];
          params.seed = seed;
          g_assert_cmpfloat (right[sample_once (&params, logits, n)], >, 0);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sampler/greedy", test_greedy);
  g_test_add_func ("/sampler/nothing-left", test_nothing_left);
  g_test_add_func ("/sampler/odd-logits", test_odd_logits);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sampler/distribution/%" G_GSIZE_FORMAT, i);
      g_test_add_data_func (path, &cases[i], test_distribution);
    }
  g_test_add_func ("/sampler/seeds", test_seeds);
  g_test_add_func ("/sampler/penalty", test_penalty);
  g_test_add_func ("/sampler/large", test_large);
  return g_test_run ();
}
