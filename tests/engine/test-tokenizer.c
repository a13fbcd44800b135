/* Tokenizers against the ids that llama.cpp and Hugging Face tokenizers give. */
#include "mill-tokenizer.h"

#include <string.h>

#include <json-glib/json-glib.h>

static char *
reference_path (const char *folder, const char *name)
{
  const char *reference = g_getenv ("MILLRACE_REFERENCE");
  return g_build_filename (reference != NULL ? reference : "/", folder, name, NULL);
}

static MillTokenizer *
open_tokenizer (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MillGguf) gguf = mill_gguf_open (path, &error);
  g_assert_no_error (error);
  MillTokenizer *tokenizer = mill_tokenizer_new (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static char *
format_ids (GArray *ids)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? " " : "", g_array_index (ids, guint32, i));
  return g_string_free (text, FALSE);
}

/* Checks the ids of a text, and that they give the text again. */
static void
check (const MillTokenizer *tokenizer, const char *text, gsize length, const char *right)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, length, MILL_TOKENIZE_NO_SPECIAL);
  g_autofree char *got = format_ids (ids);
  g_autoptr (GString) back = g_string_new (NULL);
  g_assert_cmpstr (got, ==, right);
  for (guint i = 0; i < ids->len; i++)
    g_assert_true (mill_tokenizer_append_bytes (tokenizer, g_array_index (ids, guint32, i), FALSE, back));
  g_assert_cmpmem (back->str, back->len, text, length);
}

static void
test_llama_cpp (gconstpointer data)
{
  g_autofree char *path = reference_path ("tokenizers", data);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the reference vocabularies are not here (MILLRACE_REFERENCE)");
      return;
    }
  g_autofree char *inp_path = g_strconcat (path, ".inp", NULL), *out_path = g_strconcat (path, ".out", NULL);
  g_autofree char *inp = NULL, *out = NULL;
  g_assert_true (g_file_get_contents (inp_path, &inp, NULL, NULL));
  g_assert_true (g_file_get_contents (out_path, &out, NULL, NULL));
  g_auto (GStrv) texts = g_strsplit (inp, "\n__ggml_vocab_test__\n", -1), lines = g_strsplit (out, "\n", -1);
  g_autoptr (MillTokenizer) tokenizer = open_tokenizer (path);
  g_assert_cmpuint (g_strv_length (texts), >=, 40);
  g_assert_cmpuint (g_strv_length (lines), >=, g_strv_length (texts) - 1);
  for (guint i = 0; lines[i] != NULL && texts[i] != NULL && !(lines[i][0] == 0 && lines[i + 1] == NULL); i++)
    check (tokenizer, texts[i], strlen (texts[i]), g_strstrip (lines[i]));
}

static void
test_deepseek_v3 (void)
{
  g_autofree char *path = reference_path ("tokenizers", "deepseek-v3.gguf");
  g_autofree char *vectors = reference_path ("tokenizers", "deepseek-v3.jsonl");
  g_autofree char *json = NULL;
  if (!g_file_get_contents (vectors, &json, NULL, NULL))
    {
      g_test_skip ("the reference vocabularies are not here (MILLRACE_REFERENCE)");
      return;
    }
  g_autoptr (MillTokenizer) tokenizer = open_tokenizer (path);
  g_auto (GStrv) lines = g_strsplit (json, "\n", -1);
  int n = 0;
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (JsonParser) parser = json_parser_new ();
      if (lines[i][0] == 0)
        continue;
      g_assert_true (json_parser_load_from_data (parser, lines[i], -1, NULL));
      JsonObject *object = json_node_get_object (json_parser_get_root (parser));
      JsonArray *ids = json_object_get_array_member (object, "ids");
      g_autoptr (GString) right = g_string_new (NULL);
      for (guint j = 0; j < json_array_get_length (ids); j++)
        g_string_append_printf (right, "%s%d", j > 0 ? " " : "", (int) json_array_get_int_element (ids, j));
      /* A NUL in a text ends what json-glib gives; those go by the length in the file's own spelling. */
      const char *text = json_object_get_string_member (object, "text");
      if (strstr (lines[i], "\\u0000") != NULL)
        continue;
      check (tokenizer, text, strlen (text), right->str);
      n++;
    }
  static const char with_nul[] = "a\0b\1c\x7f" "d\xc2\x80" "e\xc2\xa0" "f\xe2\x80\x8bg\xef\xbb\xbfh";
  check (tokenizer, with_nul, sizeof with_nul - 1, "67 191 68 192 69 224 70 129 225 71 2162 72 35020 73 15251 74");
  g_assert_cmpint (n, >=, 40);
}

static const char *const vocabularies[] = {
  "tokenizers/ggml-vocab-qwen2.gguf", "tokenizers/ggml-vocab-gpt-2.gguf", "tokenizers/deepseek-v3.gguf",
  "models/llama-f32.gguf", "models/llama3-rope-f16.gguf",
};

static gboolean
round_trips (const MillTokenizer *tokenizer, const char *text, gsize length, MillTokenizeFlags flags)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, length, flags);
  g_autoptr (GString) back = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    mill_tokenizer_append_bytes (tokenizer, g_array_index (ids, guint32, i), TRUE, back);
  return back->len == length && memcmp (back->str, text, length) == 0;
}

/* Any bytes come back as they were, special tokens among them or not; the same each time. */
static void
test_round_trip (gconstpointer data)
{
  g_autofree char *path = reference_path (".", data);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the reference vocabularies are not here (MILLRACE_REFERENCE)");
      return;
    }
  g_autoptr (MillTokenizer) tokenizer = open_tokenizer (path);
  const char *special = mill_tokenizer_get_token_text (tokenizer, mill_tokenizer_get_eos (tokenizer));
  for (int round = 0; round < 600; round++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      while (text->len < (gsize) g_test_rand_int_range (0, 200))
        switch (g_test_rand_int_range (0, 5))
          {
          case 0: g_string_append_c (text, g_test_rand_int ()); break;
          case 1: g_string_append_unichar (text, g_test_rand_int_range (1, 0xd800)); break;
          case 2: g_string_append_len (text, special, g_test_rand_int_range (0, strlen (special) + 1)); break;
          default: g_string_append_c (text, " \n\r\t'aeT15.,!"[g_test_rand_int_range (0, 14)]); break;
          }
      g_assert_true (round_trips (tokenizer, text->str, text->len, MILL_TOKENIZE_DEFAULT));
      g_assert_true (round_trips (tokenizer, text->str, text->len, MILL_TOKENIZE_NO_SPECIAL));
      g_autoptr (GArray) one = mill_tokenizer_encode (tokenizer, text->str, text->len, MILL_TOKENIZE_DEFAULT);
      g_autoptr (GArray) two = mill_tokenizer_encode (tokenizer, text->str, text->len, MILL_TOKENIZE_DEFAULT);
      g_assert_cmpmem (one->data, one->len * 4, two->data, two->len * 4);
    }
  /* A word of 100,000 letters, and a line of as many spaces. */
  g_autofree char *word = g_strnfill (100000, 'e'), *spaces = g_strnfill (100000, ' ');
  g_assert_true (round_trips (tokenizer, word, 100000, MILL_TOKENIZE_DEFAULT));
  g_assert_true (round_trips (tokenizer, spaces, 100000, MILL_TOKENIZE_DEFAULT));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/tokenizer/qwen2", "ggml-vocab-qwen2.gguf", test_llama_cpp);
  g_test_add_data_func ("/tokenizer/deepseek-llm", "ggml-vocab-deepseek-llm.gguf", test_llama_cpp);
  g_test_add_data_func ("/tokenizer/gpt-2", "ggml-vocab-gpt-2.gguf", test_llama_cpp);
  g_test_add_func ("/tokenizer/deepseek-v3", test_deepseek_v3);
  for (gsize i = 0; i < G_N_ELEMENTS (vocabularies); i++)
    {
      g_autofree char *name = g_path_get_basename (vocabularies[i]);
      g_autofree char *path = g_strconcat ("/tokenizer/round-trip/", name, NULL);
      g_test_add_data_func (path, vocabularies[i], test_round_trip);
    }
  return g_test_run ();
}
