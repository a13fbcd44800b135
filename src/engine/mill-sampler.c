#include "mill-sampler.h"

#include <math.h>
#include <string.h>

#define PENALTY_WINDOW 64

typedef struct {
  float   logit;
  guint32 token;
} Candidate;

struct _MillSampler {
  MillSamplerParams params;
  guint             n_vocab;
  Candidate        *candidates;             /* [n_vocab] */
  guint32           recent[PENALTY_WINDOW]; /* a ring of the last tokens */
  guint64           n_accepted;
  guint64           state[4];
};

/* splitmix64 (Steele, Lea and Flood, 2014): makes a whole state of one number. */
static guint64
split_mix (guint64 *seed)
{
  guint64 z = (*seed += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));
  z = (z ^ z >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ z >> 31;
}

static guint64
rotate (guint64 x, int by)
{
  return x << by | x >> (64 - by);
}

/* xoshiro256++ (Blackman and Vigna, 2019). Our own, so that a seed gives the same text whatever the
 * library. From 0 up to 1, 1 left out. */
static double
draw_uniform (MillSampler *self)
{
  guint64 *s = self->state, result = rotate (s[0] + s[3], 23) + s[0], t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return (double) (result >> 11) * 0x1p-53;
}

MillSampler *
mill_sampler_new (const MillSamplerParams *params, guint n_vocab)
{
  g_return_val_if_fail (params != NULL && n_vocab > 0, NULL);
  MillSampler *self = g_new0 (MillSampler, 1);
  self->params = *params;
  self->n_vocab = n_vocab;
  self->candidates = g_new (Candidate, n_vocab);
  guint64 seed = params->seed;
  while (seed == 0)
    seed = (guint64) g_random_int () << 32 | g_random_int ();
  for (gsize i = 0; i < G_N_ELEMENTS (self->state); i++)
    self->state[i] = split_mix (&seed);
  return self;
}

void
mill_sampler_free (MillSampler *self)
{
  g_free (self->candidates);
  g_free (self);
}

void
mill_sampler_accept (MillSampler *self, guint32 token)
{
  self->recent[self->n_accepted++ % PENALTY_WINDOW] = token;
}

/* Keskar et al., “CTRL” (2019), 4.1: positive logits are divided, negative ones multiplied, once for each
 * token however often it stands there. */
static void
apply_penalty (const MillSampler *self, float *logits)
{
  float penalty = self->params.repetition_penalty;
  guint n = MIN (self->n_accepted, PENALTY_WINDOW);
  if (!(penalty > 0) || penalty == 1)
    return;
  for (guint i = 0; i < n; i++)
    {
      guint32 token = self->recent[i];
      gboolean done = token >= self->n_vocab;
      for (guint j = 0; j < i && !done; j++)
        done = self->recent[j] == token;
      if (!done)
        logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
}

static guint32
find_largest (const MillSampler *self, const float *logits)
{
  guint32 best = 0;
  float largest = -INFINITY;
  for (guint i = 0; i < self->n_vocab; i++)
    if (logits[i] > largest)
      {
        largest = logits[i];
        best = i;
      }
  return best;
}

/* The likelier first, the lower id among equals. */
static gboolean
goes_before (Candidate a, Candidate b)
{
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

static void
sift_down (Candidate *heap, gsize n, gsize at)
{
  Candidate moved = heap[at];
  for (gsize child = at * 2 + 1; child < n; child = at * 2 + 1)
    {
      if (child + 1 < n && goes_before (heap[child + 1], heap[child]))
        child++;
      if (!goes_before (heap[child], moved))
        break;
      heap[at] = heap[child];
      at = child;
    }
  heap[at] = moved;
}

static void
make_heap (Candidate *heap, gsize n)
{
  for (gsize i = n / 2; i > 0; i--)
    sift_down (heap, n, i - 1);
}

/* Moves the first of a heap of `n` behind the others, where those already taken stand. */
static void
take_first (Candidate *heap, gsize n)
{
  Candidate first = heap[0];
  heap[0] = heap[n - 1];
  heap[n - 1] = first;
  sift_down (heap, n - 1, 0);
}

/* What is left to draw from: `n` candidates from `first` on; `max` is the largest logit. */
typedef struct {
  Candidate *first;
  gsize      n;
  double     max;
} Choice;

/* exp (logit - max) at temperature 1. */
static double
weight (const Choice *choice, Candidate candidate)
{
  return exp ((double) candidate.logit - choice->max);
}

/* Takes candidates off the heap, the likeliest first, until `top_k` are taken. They then stand at the end
 * of the array, the likeliest last. */
static void
keep_top_k (Choice *choice, gsize top_k)
{
  gsize n = choice->n, k = MIN (top_k, n);
  make_heap (choice->first, n);
  for (gsize i = 0; i < k; i++)
    take_first (choice->first, n - i);
  choice->first += n - k;
  choice->n = k;
}

/* The smallest set of the likeliest whose share of the whole reaches `top_p` (Holtzman et al., 2020). Takes
 * only as many off the heap as it keeps, so that a large vocabulary is never sorted whole. */
static void
keep_top_p (Choice *choice, double top_p, gboolean sorted)
{
  double total = 0, sum = 0;
  gsize n = choice->n, kept = 0;
  for (gsize i = 0; i < n; i++)
    total += weight (choice, choice->first[i]);
  if (!sorted)
    make_heap (choice->first, n);
  while (kept < n && (kept == 0 || sum < top_p * total))
    {
      if (!sorted)
        take_first (choice->first, n - kept);
      kept++;
      sum += weight (choice, choice->first[n - kept]);
    }
  choice->first += n - kept;
  choice->n = kept;
}

/* Those at least `min_p` times as likely as the likeliest, in the order they stand in. */
static void
keep_min_p (Choice *choice, double min_p)
{
  gsize kept = 0;
  for (gsize i = 0; i < choice->n; i++)
    if (weight (choice, choice->first[i]) >= MIN (min_p, 1))
      choice->first[kept++] = choice->first[i];
  choice->n = kept;
}

/* Draws with weights exp ((logit - max) / temperature). */
static guint32
draw (MillSampler *self, const Choice *choice)
{
  double total = 0, sum = 0, temperature = self->params.temperature;
  for (gsize i = 0; i < choice->n; i++)
    total += exp (((double) choice->first[i].logit - choice->max) / temperature);
  double at = draw_uniform (self) * total;
  for (gsize i = 0; i < choice->n; i++)
    {
      sum += exp (((double) choice->first[i].logit - choice->max) / temperature);
      if (at < sum)
        return choice->first[i].token;
    }
  return choice->first[choice->n - 1].token;
}

guint32
mill_sampler_sample (MillSampler *self, float *logits)
{
  const MillSamplerParams *params = &self->params;
  apply_penalty (self, logits);
  if (!(params->temperature > 0))
    return find_largest (self, logits);

  Choice choice = { .first = self->candidates, .max = -INFINITY };
  for (guint i = 0; i < self->n_vocab; i++)
    if (logits[i] > -INFINITY)
      {
        /* A finite stand-in, so that differences are numbers. */
        Candidate candidate = { MIN (logits[i], G_MAXFLOAT), i };
        self->candidates[choice.n++] = candidate;
        choice.max = MAX (choice.max, candidate.logit);
      }
  if (choice.n == 0)
    return 0;
  gboolean cut = params->top_k > 0 && params->top_k < choice.n;
  if (cut)
    keep_top_k (&choice, params->top_k);
  if (params->top_p > 0 && params->top_p < 1)
    keep_top_p (&choice, params->top_p, cut);
  if (params->min_p > 0)
    keep_min_p (&choice, params->min_p);
  return draw (self, &choice);
}
