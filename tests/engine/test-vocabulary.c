/* Vocabularies of the test's own: what the file says is done, and what cannot be is refused by name. */
#include "mill-gguf-writer.h"
#include "mill-tokenizer.h"
#include "mill-vocabulary.h"

#include <string.h>

#include "mill-error.h"

#define N_BYTES 256

/* A vocabulary: all bytes, then these. A test changes what it is about. */
typedef struct {
  const char  *model, *pre;
  const char  *tokens[8];
  gint32       kinds[8];
  const char  *merges[8];
  guint        n_kinds;       /* 0: as many as tokens */
  gint64       bos, eos, eot; /* -1: no key */
  int          add_bos;       /* -1: no key */
  guint64      n_rows;        /* of token_embd.weight; 0: no such tensor */
  gboolean     no_tokens, no_merges;
} Spec;

static const Spec plain = {
  .model = "gpt2",
  .pre = "gpt-2",
  .tokens = { "ab", "abc", "bc", "<|end|>", "<|end|>x", "<u>", "<?>" },
  .kinds = { 1, 1, 1, 3, 3, 4, 2 },
  .merges = { "a b", "b c", "ab c" },
  .bos = N_BYTES + 3,
  .eos = -1,
  .eot = -1,
  .add_bos = -1,
};
enum { AB = N_BYTES, ABC, BC, END, END_X, USER, UNKNOWN, N_TOKENS };

static MillGguf *
write_file (const Spec *spec)
{
  MillGgufWriter writer;
  const char *tokens[N_BYTES + 8];
  gint32 kinds[N_BYTES + 8];
  char spelled[N_BYTES][8] = { 0 };
  guint n = 0, n_merges = 0;
  for (; n < N_BYTES; n++)
    {
      mill_vocabulary_spell_byte (n, spelled[n]);
      tokens[n] = spelled[n];
      kinds[n] = 1;
    }
  for (guint i = 0; i < 8 && spec->tokens[i] != NULL; i++, n++)
    {
      tokens[n] = spec->tokens[i];
      kinds[n] = spec->kinds[i];
    }
  while (n_merges < 8 && spec->merges[n_merges] != NULL)
    n_merges++;
  mill_gguf_writer_init (&writer, 3);
  if (spec->model != NULL)
    mill_gguf_writer_add_string (&writer, "tokenizer.ggml.model", spec->model);
  if (spec->pre != NULL)
    mill_gguf_writer_add_string (&writer, "tokenizer.ggml.pre", spec->pre);
  if (!spec->no_tokens)
    mill_gguf_writer_add_strings (&writer, "tokenizer.ggml.tokens", tokens, n);
  mill_gguf_writer_add_ints (&writer, "tokenizer.ggml.token_type", kinds, spec->n_kinds > 0 ? spec->n_kinds : n);
  if (!spec->no_merges)
    mill_gguf_writer_add_strings (&writer, "tokenizer.ggml.merges", spec->merges, n_merges);
  if (spec->bos >= 0)
    mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.bos_token_id", spec->bos, MILL_GGUF_UINT32);
  if (spec->eos >= 0)
    mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.eos_token_id", spec->eos, MILL_GGUF_UINT64);
  if (spec->eot >= 0)
    mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.eot_token_id", spec->eot, MILL_GGUF_UINT32);
  if (spec->add_bos >= 0)
    mill_gguf_writer_add_uint (&writer, "tokenizer.ggml.add_bos_token", spec->add_bos, MILL_GGUF_BOOL);
  if (spec->n_rows > 0)
    {
      const guint64 dims[] = { 1, spec->n_rows };
      mill_gguf_writer_add_tensor (&writer, "token_embd.weight", MILL_QUANT_I8, 2, dims, 0);
    }
  g_autoptr (GBytes) bytes = mill_gguf_writer_finish (&writer, 32, spec->n_rows);
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

static void
check_refused (const Spec *spec, int code, const char *part)
{
  g_autoptr (MillGguf) gguf = write_file (spec);
  g_autoptr (GError) error = NULL;
  g_assert_null (mill_tokenizer_new (gguf, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, MILL_ENGINE_ERROR, code);
  g_assert_true (g_str_has_prefix (error->message, "Could not open own.gguf: "));
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, error->message);
}

static void
check_ids (const MillTokenizer *tokenizer, const char *text, MillTokenizeFlags flags, const guint32 *right, guint n)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, -1, flags);
  g_assert_cmpmem (ids->data, ids->len * sizeof *right, right, n * sizeof *right);
}

#define CHECK_IDS(tokenizer, text, flags, ...) \
  check_ids (tokenizer, text, flags, (const guint32[]) { __VA_ARGS__ }, sizeof ((const guint32[]) { __VA_ARGS__ }) / 4)

static void
test_encode (void)
{
  g_autoptr (MillTokenizer) tokenizer = make (&plain);
  g_assert_cmpuint (mill_tokenizer_get_n_vocab (tokenizer), ==, N_TOKENS);
  check_ids (tokenizer, "", MILL_TOKENIZE_DEFAULT, NULL, 0);
  CHECK_IDS (tokenizer, "abc", MILL_TOKENIZE_DEFAULT, ABC);
  CHECK_IDS (tokenizer, "bcab", MILL_TOKENIZE_DEFAULT, BC, AB);
  /* Special tokens: the longest at the first place, in the text as it stands. */
  CHECK_IDS (tokenizer, "a<|end|>b", MILL_TOKENIZE_DEFAULT, 'a', END, 'b');
  CHECK_IDS (tokenizer, "<|end|>x<|end|>", MILL_TOKENIZE_DEFAULT, END_X, END);
  CHECK_IDS (tokenizer, "<|e<|end|>", MILL_TOKENIZE_DEFAULT, '<', '|', 'e', END);
  CHECK_IDS (tokenizer, "<|en", MILL_TOKENIZE_DEFAULT, '<', '|', 'e', 'n');
  CHECK_IDS (tokenizer, "<?><u>", MILL_TOKENIZE_DEFAULT, UNKNOWN, USER);
  /* As plain text, all but what the user defined. */
  CHECK_IDS (tokenizer, "<|end|>", MILL_TOKENIZE_NO_SPECIAL, '<', '|', 'e', 'n', 'd', '|', '>');
  CHECK_IDS (tokenizer, "<?><u>", MILL_TOKENIZE_NO_SPECIAL, '<', '?', '>', USER);
  g_autoptr (GArray) part = mill_tokenizer_encode (tokenizer, "abcabc", 5, MILL_TOKENIZE_DEFAULT);
  g_assert_cmpuint (part->len, ==, 2);
}

static void
test_begin (void)
{
  Spec spec = plain;
  g_autoptr (MillTokenizer) without = make (&spec);
  g_assert_false (mill_tokenizer_get_add_bos (without));
  CHECK_IDS (without, "a", MILL_TOKENIZE_ADD_BOS, 'a');
  spec.add_bos = 1;
  g_autoptr (MillTokenizer) with = make (&spec);
  g_assert_true (mill_tokenizer_get_add_bos (with));
  g_assert_cmpuint (mill_tokenizer_get_bos (with), ==, END);
  CHECK_IDS (with, "a", MILL_TOKENIZE_ADD_BOS, END, 'a');
  CHECK_IDS (with, "a", MILL_TOKENIZE_DEFAULT, 'a');
  /* Where the file does not say, the kind decides. */
  spec.add_bos = -1;
  spec.pre = "llama-bpe";
  g_autoptr (MillTokenizer) llama = make (&spec);
  g_assert_true (mill_tokenizer_get_add_bos (llama));
  spec.bos = -1;
  g_autoptr (MillTokenizer) none = make (&spec);
  g_assert_cmpuint (mill_tokenizer_get_bos (none), ==, MILL_TOKEN_NONE);
  CHECK_IDS (none, "a", MILL_TOKENIZE_ADD_BOS, 'a');
}

static void
test_ends (void)
{
  Spec spec = plain;
  spec.eos = 65;
  spec.eot = 66;
  g_autoptr (MillTokenizer) tokenizer = make (&spec);
  g_assert_cmpuint (mill_tokenizer_get_eos (tokenizer), ==, 65);
  for (guint32 token = 0; token < N_TOKENS; token++)
    g_assert_cmpint (mill_tokenizer_is_end (tokenizer, token), ==, token == 65 || token == 66 || token == END);
  g_assert_false (mill_tokenizer_is_end (tokenizer, MILL_TOKEN_NONE));
  g_autoptr (MillTokenizer) fewer = make (&plain);
  g_assert_cmpuint (mill_tokenizer_get_eos (fewer), ==, MILL_TOKEN_NONE);
  g_assert_false (mill_tokenizer_is_end (fewer, MILL_TOKEN_NONE));
  /* The largest number stands for none. */
  spec.eos = G_MAXUINT32;
  g_autoptr (MillTokenizer) none = make (&spec);
  g_assert_cmpuint (mill_tokenizer_get_eos (none), ==, MILL_TOKEN_NONE);
}

static void
test_whole_pieces (void)
{
  /* “abcd” is a token that no merge makes: only where merges are ignored for whole pieces is it found. */
  Spec spec = plain;
  spec.tokens[4] = "abcd";
  spec.kinds[4] = 1;
  g_autoptr (MillTokenizer) merged = make (&spec);
  CHECK_IDS (merged, "abcd", MILL_TOKENIZE_DEFAULT, ABC, 'd');
  spec.pre = "llama-bpe";
  g_autoptr (MillTokenizer) whole = make (&spec);
  CHECK_IDS (whole, "abcd", MILL_TOKENIZE_DEFAULT, N_BYTES + 4);
  CHECK_IDS (whole, "abcde", MILL_TOKENIZE_DEFAULT, ABC, 'd', 'e');
}

static void
test_bytes (void)
{
  g_autoptr (MillTokenizer) tokenizer = make (&plain);
  g_autoptr (GString) out = g_string_new (NULL);
  for (guint32 byte = 0; byte < N_BYTES; byte++)
    {
      g_string_truncate (out, 0);
      g_assert_true (mill_tokenizer_append_bytes (tokenizer, byte, FALSE, out));
      g_assert_cmpuint (out->len, ==, 1);
      g_assert_cmpuint ((guint8) out->str[0], ==, byte);
    }
  g_string_truncate (out, 0);
  g_assert_true (mill_tokenizer_append_bytes (tokenizer, END, FALSE, out));
  g_assert_true (mill_tokenizer_append_bytes (tokenizer, UNKNOWN, FALSE, out));
  g_assert_cmpstr (out->str, ==, "");
  g_assert_true (mill_tokenizer_append_bytes (tokenizer, END, TRUE, out));
  g_assert_true (mill_tokenizer_append_bytes (tokenizer, USER, FALSE, out));
  g_assert_cmpstr (out->str, ==, "<|end|><u>");
  g_assert_false (mill_tokenizer_append_bytes (tokenizer, N_TOKENS, TRUE, out));
  g_assert_false (mill_tokenizer_append_bytes (tokenizer, MILL_TOKEN_NONE, TRUE, out));
  g_assert_cmpstr (mill_tokenizer_get_token_text (tokenizer, ABC), ==, "abc");
  g_assert_cmpstr (mill_tokenizer_get_token_text (tokenizer, ' '), ==, "Ġ");
  g_assert_null (mill_tokenizer_get_token_text (tokenizer, N_TOKENS));
}

static void
test_refused (void)
{
  const int file = MILL_ENGINE_ERROR_FILE, unsupported = MILL_ENGINE_ERROR_UNSUPPORTED;
  Spec spec = plain;
  spec.model = NULL;
  check_refused (&spec, file, "tokenizer.ggml.model");
  spec.model = "bert";
  check_refused (&spec, unsupported, "of the kind “bert”");
  spec = plain;
  spec.pre = "gpt-5";
  check_refused (&spec, unsupported, "its tokenizer “gpt-5” (metadata key tokenizer.ggml.pre)");
  spec = plain;
  spec.no_tokens = TRUE;
  check_refused (&spec, file, "it has no vocabulary");
  spec = plain;
  spec.no_merges = TRUE;
  check_refused (&spec, file, "no merges (metadata key tokenizer.ggml.merges)");
  spec = plain;
  spec.n_kinds = 5;
  check_refused (&spec, file, "tokenizer.ggml.token_type has 5 elements, but the vocabulary has 263 tokens");
  spec = plain;
  spec.kinds[2] = 7;
  check_refused (&spec, file, "tokenizer.ggml.token_type[258] is not a known type");
  spec.kinds[2] = -1;
  check_refused (&spec, file, "tokenizer.ggml.token_type[258] is not a known type");
  spec = plain;
  spec.bos = N_TOKENS;
  check_refused (&spec, file, "tokenizer.ggml.bos_token_id is 263, but the vocabulary has 263 tokens");
  spec = plain;
  spec.eos = G_MAXINT64;
  check_refused (&spec, file, "tokenizer.ggml.eos_token_id is 9223372036854775807");
  spec = plain;
  spec.eot = 100000;
  check_refused (&spec, file, "tokenizer.ggml.eot_token_id is 100000");
  spec = plain;
  spec.n_rows = 200;
  check_refused (&spec, file, "the vocabulary has 263 tokens, but tensor token_embd.weight has 200 rows");
  spec = plain;
  spec.tokens[1] = "a\xff";
  check_refused (&spec, file, "tokenizer.ggml.tokens[257] is not valid UTF-8");
  g_autofree char *long_text = g_strnfill (600, 'x');
  spec = plain;
  spec.tokens[3] = long_text;
  check_refused (&spec, file, "the special token 259 is 600 bytes long");
}

static void
test_refused_merges (void)
{
  static const char *const bad[] = { "", " ", "a", "ab", "a ", " b", "a q", "zz b", "a  b", "b a" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      Spec spec = plain;
      spec.merges[1] = bad[i];
      check_refused (&spec, MILL_ENGINE_ERROR_FILE, "tokenizer.ggml.merges[1] does not join");
    }
}

/* Every row count but the right one is refused; the right one opens. */
static void
test_embedding (void)
{
  Spec spec = plain;
  spec.n_rows = N_TOKENS;
  g_autoptr (MillTokenizer) tokenizer = make (&spec);
  g_assert_nonnull (tokenizer);
  MillTokenizer *again = mill_tokenizer_ref (tokenizer);
  g_assert_true (again == tokenizer);
  mill_tokenizer_unref (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vocabulary/encode", test_encode);
  g_test_add_func ("/vocabulary/begin", test_begin);
  g_test_add_func ("/vocabulary/ends", test_ends);
  g_test_add_func ("/vocabulary/whole-pieces", test_whole_pieces);
  g_test_add_func ("/vocabulary/bytes", test_bytes);
  g_test_add_func ("/vocabulary/refused", test_refused);
  g_test_add_func ("/vocabulary/refused-merges", test_refused_merges);
  g_test_add_func ("/vocabulary/embedding", test_embedding);
  return g_test_run ();
}
