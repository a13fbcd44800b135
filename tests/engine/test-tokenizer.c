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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/tokenizer/qwen2", "ggml-vocab-qwen2.gguf", test_llama_cpp);
  g_test_add_data_func ("/tokenizer/deepseek-llm", "ggml-vocab-deepseek-llm.gguf", test_llama_cpp);
  g_test_add_data_func ("/tokenizer/gpt-2", "ggml-vocab-gpt-2.gguf", test_llama_cpp);
  g_test_add_func ("/tokenizer/deepseek-v3", test_deepseek_v3);
  return g_test_run ();
}
