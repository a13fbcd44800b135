/* SentencePiece tokenizers, against the plain way of joining: of all neighbours that make a token the one with
 * the best score, leftmost first. */
#include "mill-gguf-writer.h"
#include "mill-tokenizer.h"

#include <math.h>
#include <string.h>

#include "mill-error.h"

/* Unknown, begin, end; all bytes; then pieces. */
enum { UNKNOWN, BEGIN, END, BYTES, PIECES = BYTES + 256 };

static const struct {
  const char *text;
  float score;
} pieces[] = {
  { "▁", -20 }, { "a", -21 }, { "b", -22 }, { "c", -23 }, { "é", -24 }, { "▁a", -1 }, { "ab", -2 },
  { "▁ab", -3 }, { "bc", 0 },
  { "▁▁", -5 }, { "abc", -6 }, { "cc", -2 }, { "ca", -2 }, { "éa", -2.5f }, { "▁é", -9 }, { "aa", -0.0f }, { "aaaa", 2 },
};
#define N_PIECES G_N_ELEMENTS (pieces)

typedef struct {
  gsize    n_scores;  /* 0: as many as tokens */
  float    odd_score; /* for the last token where it is not 0 */
  gboolean no_scores, no_bytes, no_space;
} Spec;

static MillGguf *
write_file (const Spec *spec)
{
  const char *tokens[PIECES + N_PIECES] = { "<unk>", "<s>", "</s>" };
  gint32 kinds[G_N_ELEMENTS (tokens)] = { 2, 3, 3 };
  float scores[G_N_ELEMENTS (tokens)] = { 0 };
  char spelled[256][8];
  for (guint i = 0; i < 256; i++)
    {
      g_snprintf (spelled[i], sizeof spelled[i], "<0x%02X>", i);
      tokens[BYTES + i] = spelled[i];
      kinds[BYTES + i] = spec->no_bytes ? 5 : 6;
    }
  for (guint i = 0; i < N_PIECES; i++)
    {
      tokens[PIECES + i] = pieces[i].text;
      kinds[PIECES + i] = 1;
      scores[PIECES + i] = pieces[i].score;
    }
  if (spec->odd_score != 0)
    scores[G_N_ELEMENTS (scores) - 1] = spec->odd_score;
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_string (&writer, "tokenizer.ggml.model", "llama");
  mill_gguf_writer_add_strings (&writer, "tokenizer.ggml.tokens", tokens, G_N_ELEMENTS (tokens));
  mill_gguf_writer_add_ints (&writer, "tokenizer.ggml.token_type", kinds, G_N_ELEMENTS (kinds));
  if (!spec->no_scores)
    mill_gguf_writer_add_floats (&writer, "tokenizer.ggml.scores", scores,
                                 spec->n_scores > 0 ? spec->n_scores : G_N_ELEMENTS (scores));
  if (spec->no_space)
    mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.add_space_prefix", 0, MILL_GGUF_BOOL);
  mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.bos_token_id", BEGIN, MILL_GGUF_UINT32);
  mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.eos_token_id", END, MILL_GGUF_UINT32);
  mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.unknown_token_id", UNKNOWN, MILL_GGUF_UINT32);
  g_autoptr (GBytes) bytes = mill_gguf_writer_finish (&writer, 0, 0);
  g_autoptr (GError) error = NULL;
  MillGguf *gguf = mill_gguf_new_from_bytes (bytes, "own.gguf", &error);
  g_assert_no_error (error);
  return gguf;
}

static MillTokenizer *
make (const Spec *spec)
{
  g_autoptr (MillGguf) gguf = write_file (spec);
  g_autoptr (GError) error = NULL;
  MillTokenizer *tokenizer = mill_tokenizer_new (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}

/* The tokens of a text as the vocabulary spells them, parted by a bar. */
static char *
spell (const MillTokenizer *tokenizer, const char *text, gsize length, MillTokenizeFlags flags)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, length, flags);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    {
      const char *token = mill_tokenizer_get_token_text (tokenizer, g_array_index (ids, guint32, i));
      g_string_append_printf (out, "%s%s", i > 0 ? "|" : "", token);
    }
  return g_string_free (out, FALSE);
}

static void
check (const MillTokenizer *tokenizer, const char *text, MillTokenizeFlags flags, const char *right)
{
  g_autofree char *got = spell (tokenizer, text, strlen (text), flags);
  g_assert_cmpstr (got, ==, right);
}

static void
test_encode (void)
{
  g_autoptr (MillTokenizer) tokenizer = make (&(Spec) { 0 });
  g_assert_true (mill_tokenizer_get_add_bos (tokenizer));
  check (tokenizer, "", 0, "");
  check (tokenizer, "", MILL_TOKENIZE_ADD_BOS, "<s>");
  check (tokenizer, "a", MILL_TOKENIZE_ADD_BOS, "<s>|▁a");
  /* “bc” has the best score, so “▁a” is what is left for a. */
  check (tokenizer, "abc", 0, "▁a|bc");
  check (tokenizer, "ab", 0, "▁ab");
  check (tokenizer, "  a", 0, "▁▁|▁a");
  check (tokenizer, "a a", 0, "▁a|▁a");
  check (tokenizer, "cca", 0, "▁|cc|a");
  check (tokenizer, "é", 0, "▁é");
  check (tokenizer, "aaaaa", 0, "▁|aaaa|a");
  /* What has no token is spelled in bytes. */
  check (tokenizer, "ñ\n", 0, "▁|<0xC3>|<0xB1>|<0x0A>");
  check (tokenizer, "\xff", 0, "▁|<0xFF>");
  /* Text never becomes a byte's or a control token unless special ones are asked for. */
  check (tokenizer, "<0x41>", 0, "▁|<0x3C>|<0x30>|<0x78>|<0x34>|<0x31>|<0x3E>");
  check (tokenizer, "a</s>b", 0, "▁a|</s>|▁|b");
  check (tokenizer, "</s>", MILL_TOKENIZE_NO_SPECIAL, "▁|<0x3C>|<0x2F>|<0x73>|<0x3E>");

  g_autoptr (MillTokenizer) bare = make (&(Spec) { .no_space = TRUE });
  check (bare, "abc", 0, "abc");
  g_autoptr (MillTokenizer) without = make (&(Spec) { .no_bytes = TRUE });
  check (without, "añb", 0, "▁a|<unk>|b");
}

static GPtrArray *
join_plainly (const char *text)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);
  for (const char *at = text; *at != 0; at = g_utf8_next_char (at))
    g_ptr_array_add (parts, g_strndup (at, g_utf8_next_char (at) - at));
  for (;;)
    {
      gsize best = N_PIECES;
      guint where = 0;
      for (guint i = 0; i + 1 < parts->len; i++)
        {
          g_autofree char *joined = g_strconcat (g_ptr_array_index (parts, i), g_ptr_array_index (parts, i + 1), NULL);
          for (gsize p = 0; p < N_PIECES; p++)
            if (strcmp (joined, pieces[p].text) == 0 && (best == N_PIECES || pieces[p].score > pieces[best].score))
              {
                best = p;
                where = i;
              }
        }
      if (best == N_PIECES)
        return parts;
      g_free (parts->pdata[where]);
      parts->pdata[where] = g_strdup (pieces[best].text);
      g_ptr_array_remove_index (parts, where + 1);
    }
}

static void
test_random (void)
{
  static const char *const letters[] = { "a", "b", "c", "é", " ", "a" };
  g_autoptr (MillTokenizer) tokenizer = make (&(Spec) { 0 });
  for (int round = 0; round < 5000; round++)
    {
      g_autoptr (GString) text = g_string_new (NULL), right = g_string_new (NULL), back = g_string_new (NULL);
      g_autoptr (GString) escaped = g_string_new ("▁");
      for (int n = g_test_rand_int_range (1, 30); n > 0; n--)
        g_string_append (text, letters[g_test_rand_int_range (0, G_N_ELEMENTS (letters))]);
      for (const char *at = text->str; *at != 0; at++)
        g_string_append_len (escaped, *at == ' ' ? "▁" : at, *at == ' ' ? 3 : 1);
      g_autoptr (GPtrArray) parts = join_plainly (escaped->str);
      for (guint i = 0; i < parts->len; i++)
        g_string_append_printf (right, "%s%s", i > 0 ? "|" : "", (char *) g_ptr_array_index (parts, i));
      check (tokenizer, text->str, 0, right->str);
    }
}

/* Any bytes come back, the space before the text and after special tokens taken off again. */
static void
test_round_trip (void)
{
  static const char *const units[] = { "a", " ", "b", "</s>", "<s>", "\n", "é", "\xff", "\xe2\x96", "🙂", "<", "\0" };
  for (int no_space = 0; no_space < 2; no_space++)
    {
      g_autoptr (MillTokenizer) tokenizer = make (&(Spec) { .no_space = no_space });
      for (int round = 0; round < 5000; round++)
        {
          g_autoptr (GString) text = g_string_new (NULL), back = g_string_new (NULL);
          for (int n = g_test_rand_int_range (0, 20); n > 0; n--)
            {
              const char *unit = units[g_test_rand_int_range (0, G_N_ELEMENTS (units))];
              g_string_append_len (text, unit, MAX (strlen (unit), 1));
            }
          MillTokenizeFlags flags = g_test_rand_bit () ? MILL_TOKENIZE_NO_SPECIAL : 0;
          g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text->str, text->len, flags);
          g_assert_true (mill_tokenizer_decode (tokenizer, (const guint32 *) ids->data, ids->len, TRUE, back));
          g_assert_cmpmem (back->str, back->len, text->str, text->len);
        }
    }
}

static void
check_refused (const Spec *spec, const char *part)
{
  g_autoptr (MillGguf) gguf = write_file (spec);
  g_autoptr (GError) error = NULL;
  g_assert_null (mill_tokenizer_new (gguf, &error));
  g_assert_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_refused (void)
{
  check_refused (&(Spec) { .no_scores = TRUE }, "no scores (metadata key tokenizer.ggml.scores)");
  check_refused (&(Spec) { .n_scores = 17 }, "tokenizer.ggml.scores has 17 elements, but the vocabulary has");
  check_refused (&(Spec) { .odd_score = NAN }, "tokenizer.ggml.scores[275] is not a number");
  g_autoptr (MillTokenizer) infinite = make (&(Spec) { .odd_score = INFINITY });
  check (infinite, "aaaa", 0, "▁|aaaa");
}

static void
test_long (void)
{
  /* A line of 200,000 letters without a space is one piece here: n log n (the suite's time limit is the
   * measure). */
  g_autoptr (MillTokenizer) tokenizer = make (&(Spec) { 0 });
  g_autofree char *text = g_strnfill (200000, 'a');
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, 200000, 0);
  g_autoptr (GString) back = g_string_new (NULL);
  g_assert_cmpuint (ids->len, ==, 50001);
  mill_tokenizer_decode (tokenizer, (const guint32 *) ids->data, ids->len, FALSE, back);
  g_assert_cmpstr (back->str, ==, text);
  const guint32 outside[] = { PIECES, 100000 };
  g_assert_false (mill_tokenizer_decode (tokenizer, outside, 2, FALSE, back));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spm/encode", test_encode);
  g_test_add_func ("/spm/random", test_random);
  g_test_add_func ("/spm/round-trip", test_round_trip);
  g_test_add_func ("/spm/refused", test_refused);
  g_test_add_func ("/spm/long", test_long);
  return g_test_run ();
}
