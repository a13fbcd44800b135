/* Any bytes as a model file: opening gives an error or a file all of whose data can be read, and so does
 * making its tokenizer. */
#include "mill-tokenizer.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Makes what was read matter, so that no read is left out. */
static volatile guint sink;

static void
read_tensors (const MillGguf *gguf)
{
  for (gsize i = 0; i < mill_gguf_get_n_tensors (gguf); i++)
    {
      const MillGgufTensor *tensor = mill_gguf_get_tensor (gguf, i);
      const MillQuantInfo *info = mill_quant_get_info (tensor->type);
      float values[256];
      g_assert_true (mill_gguf_find_tensor (gguf, tensor->name) == tensor);
      for (guint64 at = 0; at < tensor->n_bytes; at++)
        sink += tensor->data[at];
      for (guint64 at = 0; at + info->block_bytes <= tensor->n_bytes; at += info->block_bytes)
        if (mill_quant_dequantize (tensor->type, tensor->data + at, values, info->block_size))
          sink += values[0] > 0;
    }
}

static void
read_keys (const MillGguf *gguf)
{
  static const char *const keys[] = {
    "a", "general.alignment", "general.architecture", "tokenizer.ggml.tokens", "tokenizer.ggml.scores",
    "tokenizer.ggml.token_type", "tokenizer.ggml.merges",
  };
  for (gsize k = 0; k < G_N_ELEMENTS (keys); k++)
    {
      guint64 u;
      gint64 i;
      double d;
      gboolean b;
      MillGgufType type;
      gsize n, length;
      const char *text = mill_gguf_get_string (gguf, keys[k], NULL);
      g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
      sink += mill_gguf_get_uint (gguf, keys[k], &u, NULL) + mill_gguf_get_int (gguf, keys[k], &i, NULL)
              + mill_gguf_get_float (gguf, keys[k], &d, NULL) + mill_gguf_get_bool (gguf, keys[k], &b, NULL);
      if (!mill_gguf_get_array (gguf, keys[k], &type, &n, NULL))
        continue;
      for (gsize at = 0; at < n; at++)
        if (type != MILL_GGUF_STRING)
          sink += mill_gguf_get_array_int (gguf, keys[k], at) + (mill_gguf_get_array_float (gguf, keys[k], at) > 0);
        else
          {
            const char *bytes = mill_gguf_get_array_string (gguf, keys[k], at, &length);
            for (gsize j = 0; j < length; j++)
              sink += bytes[j];
          }
    }
}

static void
use_tokenizer (const MillGguf *gguf)
{
  static const char text[] = "ab ba<s>abab 1234 <u>\xff\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (MillTokenizer) tokenizer = mill_tokenizer_new (gguf, &error);
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true ((tokenizer == NULL) == (error != NULL));
  if (tokenizer == NULL)
    return;
  guint n = mill_tokenizer_get_n_vocab (tokenizer);
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, sizeof text, MILL_TOKENIZE_ADD_BOS);
  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpuint (g_array_index (ids, guint32, i), <, n);
  for (guint32 id = 0; id < n; id++)
    {
      g_assert_nonnull (mill_tokenizer_get_token_text (tokenizer, id));
      g_assert_true (mill_tokenizer_append_bytes (tokenizer, id, TRUE, out));
      sink += mill_tokenizer_is_end (tokenizer, id);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (MillGguf) gguf = mill_gguf_new_from_bytes (bytes, "fuzz.gguf", &error);
  g_assert_true ((gguf == NULL) == (error != NULL));
  if (gguf != NULL)
    {
      read_tensors (gguf);
      read_keys (gguf);
      use_tokenizer (gguf);
    }
  return 0;
}
