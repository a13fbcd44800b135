/* Merging against the plain way of doing it: of all neighbours the pair with the lowest rank, leftmost first. */
#include "mill-bpe.h"

#define FIRST_MERGED 256

typedef struct {
  guint32 left, right;
} Pair;

/* `pairs` in order of rank; pair i makes token FIRST_MERGED + i. */
static GArray *
merge_plainly (const char *text, const Pair *pairs, guint n_pairs)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (const char *at = text; *at != 0; at++)
    {
      guint32 token = (guint8) *at;
      g_array_append_val (tokens, token);
    }
  for (;;)
    {
      guint best = n_pairs, where = 0;
      for (guint i = 0; i + 1 < tokens->len; i++)
        for (guint p = 0; p < best; p++)
          if (g_array_index (tokens, guint32, i) == pairs[p].left && g_array_index (tokens, guint32, i + 1) == pairs[p].right)
            {
              best = p;
              where = i;
            }
      if (best == n_pairs)
        return tokens;
      g_array_index (tokens, guint32, where) = FIRST_MERGED + best;
      g_array_remove_index (tokens, where + 1);
    }
}

static MillBpe *
make_bpe (const Pair *pairs, guint n_pairs)
{
  MillBpe *bpe = mill_bpe_new (n_pairs);
  for (guint byte = 1; byte < 256; byte++)
    mill_bpe_set_byte (bpe, byte, byte);
  for (guint i = 0; i < n_pairs; i++)
    mill_bpe_add_merge (bpe, pairs[i].left, pairs[i].right, i, FIRST_MERGED + i);
  return bpe;
}

static void
test_random_merges (void)
{
  MillBpeScratch scratch;
  mill_bpe_scratch_init (&scratch);
  for (int round = 0; round < 3000; round++)
    {
      Pair pairs[24];
      guint n_pairs = g_test_rand_int_range (0, 25), n_letters = g_test_rand_int_range (1, 5);
      for (guint i = 0; i < n_pairs; i++)
        {
          /* A letter or what an earlier merge made; in any order of rank, and some twice. */
          guint32 *halves[2] = { &pairs[i].left, &pairs[i].right };
          for (int h = 0; h < 2; h++)
            *halves[h] = i > 0 && g_test_rand_bit () ? FIRST_MERGED + (guint) g_test_rand_int_range (0, n_pairs)
                                                     : 'a' + (guint) g_test_rand_int_range (0, n_letters);
        }
      g_autofree char *text = g_malloc (61);
      guint length = g_test_rand_int_range (0, 61);
      for (guint i = 0; i < length; i++)
        text[i] = 'a' + g_test_rand_int_range (0, n_letters);
      text[length] = 0;

      g_autoptr (MillBpe) bpe = make_bpe (pairs, n_pairs);
      g_autoptr (GArray) right = merge_plainly (text, pairs, n_pairs);
      g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (guint32));
      mill_bpe_encode (bpe, text, length, &scratch, tokens);
      g_assert_cmpmem (tokens->data, tokens->len * sizeof (guint32), right->data, right->len * sizeof (guint32));
    }
  mill_bpe_scratch_clear (&scratch);
}

static void
test_missing_bytes (void)
{
  /* A byte without a token is left out, and its neighbours meet. */
  const Pair pairs[] = { { 'a', 'b' } };
  g_autoptr (MillBpe) bpe = make_bpe (pairs, 1);
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (guint32));
  MillBpeScratch scratch;
  mill_bpe_scratch_init (&scratch);
  mill_bpe_encode (bpe, "\0\0", 2, &scratch, tokens);
  g_assert_cmpuint (tokens->len, ==, 0);
  mill_bpe_encode (bpe, "\0a\0b\0", 5, &scratch, tokens);
  g_assert_cmpuint (tokens->len, ==, 1);
  g_assert_cmpuint (g_array_index (tokens, guint32, 0), ==, FIRST_MERGED);
  mill_bpe_scratch_clear (&scratch);
}

/* One piece of half a million letters: n log n, where the plain way would take hours (the suite's time
 * limit is the measure). */
static void
test_long_piece (void)
{
  Pair pairs[] = { { 'a', 'a' }, { 256, 256 }, { 257, 257 }, { 'b', 'a' }, { 258, 258 } };
  g_autoptr (MillBpe) bpe = make_bpe (pairs, G_N_ELEMENTS (pairs));
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *text = g_strnfill (1 << 19, 'a');
  MillBpeScratch scratch;
  mill_bpe_scratch_init (&scratch);
  mill_bpe_encode (bpe, text, 1 << 19, &scratch, tokens);
  g_assert_cmpuint (tokens->len, ==, 1 << 15);
  for (guint i = 0; i < tokens->len; i++)
    g_assert_cmpuint (g_array_index (tokens, guint32, i), ==, 260);
  mill_bpe_scratch_clear (&scratch);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bpe/random-merges", test_random_merges);
  g_test_add_func ("/bpe/missing-bytes", test_missing_bytes);
  g_test_add_func ("/bpe/long-piece", test_long_piece);
  return g_test_run ();
}
