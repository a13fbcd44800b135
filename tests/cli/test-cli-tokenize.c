/* The commands tokenize and detokenize, as a person runs them. */
#include "mill-cli-run.h"

#include <glib/gstdio.h>
#include <string.h>

/* A model of the reference, or NULL (and the test is skipped). */
static char *
find_model (const char *name)
{
  const char *reference = g_getenv ("MILLRACE_REFERENCE");
  g_autofree char *path = g_build_filename (reference != NULL ? reference : "/", "tokenizers", name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the reference vocabularies are not here (MILLRACE_REFERENCE)");
      return NULL;
    }
  return g_steal_pointer (&path);
}

static void
test_tokenize (void)
{
  g_autofree char *model = find_model ("ggml-vocab-qwen2.gguf");
  if (model == NULL)
    return;
  static const struct {
    const char *text, *out;
  } cases[] = {
    { "", "[]\n" },
    { "Hello world", "[9707, 1879]\n" },
    { "Hello world\n", "[9707, 1879, 198]\n" },
    { "3333", "[18, 18, 18, 18]\n" },
    { "<|im_start|>", "[151644]\n" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MillCliRun) run = mill_cli_run (cases[i].text, strlen (cases[i].text), "tokenize", "-m", model, NULL);
      g_assert_cmpstr (run->err, ==, "");
      g_assert_cmpstr (run->out, ==, cases[i].out);
      g_assert_cmpint (run->status, ==, 0);
    }
  g_autoptr (MillCliRun) plain = mill_cli_run ("<|im_start|>", 12, "tokenize", "--no-special", "-m", model, NULL);
  g_assert_cmpstr (plain->out, ==, "[27, 91, 318, 4906, 91, 29]\n");
}

static void
test_round_trip (void)
{
  g_autofree char *model = find_model ("deepseek-v3.gguf");
  if (model == NULL)
    return;
  static const char text[] = "é 模型<｜begin▁of▁sentence｜>\0\xff\r\n  12345\xf0\x9f";
  const gsize length = sizeof text - 1;
  g_autoptr (MillCliRun) ids = mill_cli_run (text, length, "tokenize", "-m", model, NULL);
  g_assert_cmpint (ids->status, ==, 0);
  g_autoptr (MillCliRun) back = mill_cli_run (ids->out, ids->n_out, "detokenize", "-m", model, NULL);
  g_assert_cmpint (back->status, ==, 0);
  g_assert_cmpmem (back->out, back->n_out, text, length);
}

static void
test_bad_ids (void)
{
  g_autofree char *model = find_model ("ggml-vocab-gpt-2.gguf");
  if (model == NULL)
    return;
  static const struct {
    const char *ids, *part;
  } cases[] = {
    { "", "not a JSON array" },
    { "{}", "not a JSON array" },
    { "[1, 2", "the ids could not be read" },
    { "[1, -2]", "element 1 of the array is not a token id" },
    { "[1.5]", "element 0 of the array" },
    { "[true]", "element 0 of the array" },
    { "[[1]]", "element 0 of the array" },
    { "[4294967295]", "element 0 of the array" },
    { "[99999999999999999999]", "element 0 of the array" },
    { "[1, 50257]", "token 50257 is not in the vocabulary of 50257 tokens" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MillCliRun) run = mill_cli_run (cases[i].ids, strlen (cases[i].ids), "detokenize", "-m", model, NULL);
      mill_cli_run_assert_failed (run, 1, cases[i].part);
    }
  g_autoptr (MillCliRun) none = mill_cli_run ("[]", 2, "detokenize", "-m", model, NULL);
  g_assert_cmpint (none->status, ==, 0);
  g_assert_cmpuint (none->n_out, ==, 0);
}

static void
test_bad_use (void)
{
  static const char *const commands[] = { "tokenize", "detokenize" };
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (MillCliRun) none = mill_cli_run ("", 0, commands[i], NULL);
      mill_cli_run_assert_failed (none, 2, "a model is needed");
      g_autoptr (MillCliRun) more = mill_cli_run ("", 0, commands[i], "-m", "x", "y", NULL);
      mill_cli_run_assert_failed (more, 2, "unexpected argument");
      g_autoptr (MillCliRun) missing = mill_cli_run ("", 0, commands[i], "-m", "/none/there.gguf", NULL);
      mill_cli_run_assert_failed (missing, 1, "Could not open there.gguf");
      g_autoptr (MillCliRun) help = mill_cli_run ("", 0, commands[i], "--help", NULL);
      g_assert_cmpint (help->status, ==, 0);
      g_assert_nonnull (strstr (help->out, "-m MODEL.gguf"));
    }
}

/* A cut file is told in one line. */
static void
test_cut_file (void)
{
  g_autofree char *model = find_model ("ggml-vocab-gpt-2.gguf");
  g_autofree char *folder = g_dir_make_tmp ("mill-cli-XXXXXX", NULL), *cut = g_build_filename (folder, "cut.gguf", NULL);
  g_autofree char *data = NULL;
  if (model != NULL)
    {
      g_assert_true (g_file_get_contents (model, &data, NULL, NULL));
      g_assert_true (g_file_set_contents (cut, data, 500000, NULL));
      g_autoptr (MillCliRun) run = mill_cli_run ("a", 1, "tokenize", "-m", cut, NULL);
      mill_cli_run_assert_failed (run, 1, "The download may be incomplete.");
      g_unlink (cut);
    }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/tokenize/ids", test_tokenize);
  g_test_add_func ("/cli/tokenize/round-trip", test_round_trip);
  g_test_add_func ("/cli/detokenize/bad-ids", test_bad_ids);
  g_test_add_func ("/cli/tokenize/bad-use", test_bad_use);
  g_test_add_func ("/cli/tokenize/cut-file", test_cut_file);
  return g_test_run ();
}
