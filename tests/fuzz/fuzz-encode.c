/* Any bytes as text, with every kind of pre-tokenizer: its tokens give the bytes again, and streaming the
 * bytes in parts gives what they give as a whole. The first two bytes choose the kind and the parts. */
#include "mill-gguf-writer.h"
#include "mill-tokenizer.h"
#include "mill-vocabulary.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char *const kinds[] = {
  "default", "gpt-2", "smollm", "qwen2", "llama-bpe", "deepseek-llm", "deepseek-coder", "deepseek-v3",
};

/* All bytes, some merges, and special tokens that are the beginning of others. */
static MillTokenizer *
make_tokenizer (const char *kind)
{
  static const char *const more[] = { "aa", "aaaa", "Ġa", "ĠĠ", "ĠĠĠĠ", "ab", "Ġab", "ĊĊ", "11", "é", "<s>", "<s>a", "<u>" };
  static const char *const merges[] = { "a a", "aa aa", "Ġ a", "Ġ Ġ", "ĠĠ ĠĠ", "a b", "Ġa b", "Ġ ab", "Ċ Ċ", "1 1" };
  char spelled[256][8] = { 0 };
  const char *tokens[256 + G_N_ELEMENTS (more)];
  gint32 types[G_N_ELEMENTS (tokens)];
  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      types[i] = i >= G_N_ELEMENTS (tokens) - 3 ? i == G_N_ELEMENTS (tokens) - 1 ? 4 : 3 : 1;
      if (i < 256)
        mill_vocabulary_spell_byte (i, spelled[i]);
      tokens[i] = i < 256 ? spelled[i] : more[i - 256];
    }
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_string (&writer, "tokenizer.ggml.model", "gpt2");
  mill_gguf_writer_add_string (&writer, "tokenizer.ggml.pre", kind);
  mill_gguf_writer_add_strings (&writer, "tokenizer.ggml.tokens", tokens, G_N_ELEMENTS (tokens));
  mill_gguf_writer_add_ints (&writer, "tokenizer.ggml.token_type", types, G_N_ELEMENTS (types));
  mill_gguf_writer_add_strings (&writer, "tokenizer.ggml.merges", merges, G_N_ELEMENTS (merges));
  g_autoptr (GBytes) bytes = mill_gguf_writer_finish (&writer, 0, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (MillGguf) gguf = mill_gguf_new_from_bytes (bytes, "fuzz.gguf", &error);
  g_assert_no_error (error);
  MillTokenizer *tokenizer = mill_tokenizer_new (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static void
check_round_trip (const MillTokenizer *tokenizer, const char *text, gsize length, MillTokenizeFlags flags)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, length, flags);
  g_autoptr (GString) back = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_assert_true (mill_tokenizer_append_bytes (tokenizer, g_array_index (ids, guint32, i), TRUE, back));
  g_assert_cmpmem (back->str, back->len, text, length);
}

static void
check_stream (const char *text, gsize length, gsize part)
{
  g_autoptr (GString) pending = g_string_new (NULL), whole = g_string_new (NULL), parts = g_string_new (NULL);
  mill_utf8_stream (pending, text, length, TRUE, whole);
  for (gsize at = 0; at < length; at += part)
    mill_utf8_stream (pending, text + at, MIN (part, length - at), FALSE, parts);
  mill_utf8_stream (pending, "", 0, TRUE, parts);
  g_assert_cmpmem (whole->str, whole->len, parts->str, parts->len);
  g_assert_true (memchr (whole->str, 0, whole->len) != NULL || g_utf8_validate_len (whole->str, whole->len, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static MillTokenizer *tokenizers[G_N_ELEMENTS (kinds)];
  if (size < 2)
    return 0;
  gsize kind = data[0] % G_N_ELEMENTS (kinds);
  if (tokenizers[kind] == NULL)
    tokenizers[kind] = make_tokenizer (kinds[kind]);
  const char *text = (const char *) data + 2;
  check_round_trip (tokenizers[kind], text, size - 2, MILL_TOKENIZE_DEFAULT);
  check_round_trip (tokenizers[kind], text, size - 2, MILL_TOKENIZE_NO_SPECIAL);
  check_stream (text, size - 2, data[1] % 7 + 1);
  return 0;
}
