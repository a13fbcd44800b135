/* Pre-tokenizers against the pieces that Hugging Face tokenizers cuts (data/make-pieces.py), and what holds
 * of them whatever the text. */
#include "mill-pretokenizer.h"

#include <string.h>

#include <json-glib/json-glib.h>

static const char *const kinds[] = {
  "default", "gpt-2", "smollm", "qwen2", "llama-bpe", "deepseek-llm", "deepseek-coder", "deepseek-v3",
};

static void
collect_length (const char *bytes, gsize n_bytes, gpointer user_data)
{
  g_array_append_val ((GArray *) user_data, n_bytes);
}

static GArray *
split (const char *kind, const char *text, gsize length)
{
  GArray *lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  mill_pretokenizer_split (mill_pretokenizer_find (kind), text, length, collect_length, lengths);
  return lengths;
}

static void
check_line (const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_assert_true (json_parser_load_from_data (parser, line, -1, NULL));
  JsonObject *object = json_node_get_object (json_parser_get_root (parser));
  const char *text = json_object_get_string_member (object, "text");
  JsonObject *pieces = json_object_get_object_member (object, "pieces");
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      JsonArray *right = json_object_get_array_member (pieces, kinds[k]);
      g_autoptr (GArray) lengths = split (kinds[k], text, strlen (text));
      gboolean same = lengths->len == json_array_get_length (right);
      for (guint i = 0; same && i < lengths->len; i++)
        same = g_array_index (lengths, gsize, i) == (gsize) json_array_get_int_element (right, i);
      if (!same)
        {
          g_autofree char *escaped = g_strescape (text, NULL);
          g_error ("%s cuts “%s” into other pieces", kinds[k], escaped);
        }
    }
}

static void
test_pieces (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "engine", "data", "pieces.jsonl", NULL);
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;
  int n = 0;
  g_file_get_contents (path, &json, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (json, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != 0)
      {
        check_line (lines[i]);
        n++;
      }
  g_assert_cmpint (n, >=, 200);
}

typedef struct {
  const char *at, *end;
} Walk;

static void
check_contiguous (const char *bytes, gsize n_bytes, gpointer user_data)
{
  Walk *walk = user_data;
  g_assert_true (bytes == walk->at);
  g_assert_cmpuint (n_bytes, >, 0);
  walk->at += n_bytes;
  g_assert_true (walk->at <= walk->end);
}

/* Pieces make up the text, whatever its bytes. */
static void
test_random_bytes (void)
{
  for (int round = 0; round < 4000; round++)
    {
      gsize length = g_test_rand_int_range (0, 60);
      g_autofree char *text = g_malloc (length + 1);
      for (gsize i = 0; i < length; i++)
        text[i] = g_test_rand_bit () ? g_test_rand_int () : " \n'a1.\xc3\xa9\xe4\xb8\x80\xf0"[g_test_rand_int_range (0, 12)];
      for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
        {
          Walk walk = { text, text + length };
          mill_pretokenizer_split (mill_pretokenizer_find (kinds[k]), text, length, check_contiguous, &walk);
          g_assert_true (walk.at == walk.end);
        }
    }
}

/* A long run of what makes a backtracking expression slow: each kind takes time in proportion (the
 * suite's time limit is the measure). */
static void
test_long_runs (void)
{
  static const char *const units[] = { " ", "\n", " \n", "a", "1", "'", "!", "\xe4\xb8\x80", "\xff", " x", "\xcc\x81", "\x01" };
  for (gsize u = 0; u < G_N_ELEMENTS (units); u++)
    for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
      {
        g_autoptr (GString) text = g_string_new (NULL);
        while (text->len < 200000)
          g_string_append (text, units[u]);
        g_string_append (text, "x");
        Walk walk = { text->str, text->str + text->len };
        mill_pretokenizer_split (mill_pretokenizer_find (kinds[k]), text->str, text->len, check_contiguous, &walk);
        g_assert_true (walk.at == walk.end);
      }
}

static void
test_names (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    g_assert_nonnull (mill_pretokenizer_find (kinds[k]));
  g_assert_nonnull (mill_pretokenizer_find ("deepseek-r1-qwen"));
  g_assert_null (mill_pretokenizer_find ("gpt-5"));
  g_assert_null (mill_pretokenizer_find (""));
  g_assert_true (mill_pretokenizer_ignores_merges (mill_pretokenizer_find ("llama-bpe")));
  g_assert_false (mill_pretokenizer_ignores_merges (mill_pretokenizer_find ("qwen2")));
  g_autoptr (GArray) none = split ("gpt-2", "", 0);
  g_assert_cmpuint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pretokenizer/names", test_names);
  g_test_add_func ("/pretokenizer/pieces", test_pieces);
  g_test_add_func ("/pretokenizer/random-bytes", test_random_bytes);
  g_test_add_func ("/pretokenizer/long-runs", test_long_runs);
  return g_test_run ();
}
