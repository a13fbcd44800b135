/* Damaged GGUF files: each is refused with an error that names what is wrong, and none crashes. */
#include "mill-gguf-writer.h"

#include <string.h>

#include "mill-error.h"

static const guint64 row[] = { 32 }, matrix[] = { 32, 2 };

/* Opens bytes that must be refused, and checks the error's text and code. */
static void
check_refused (GBytes *taken, int code, const char *part)
{
  g_autoptr (GBytes) bytes = taken;
  g_autoptr (GError) error = NULL;
  g_assert_null (mill_gguf_new_from_bytes (bytes, "bad.gguf", &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "Could not open bad.gguf: "));
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, error->message);
  g_assert_error (error, MILL_ENGINE_ERROR, code);
}

/* A small file with every kind of entry. */
static GBytes *
small_file (void)
{
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_string (&writer, "general.architecture", "llama");
  mill_gguf_writer_add_uint (&writer, "general.alignment", 32, MILL_GGUF_UINT32);
  mill_gguf_writer_add_uint (&writer, "b", 1, MILL_GGUF_BOOL);
  mill_gguf_writer_add_uint (&writer, "d", 0, MILL_GGUF_FLOAT64);
  mill_gguf_writer_add_strings (&writer, "tokenizer.ggml.tokens", (const char *[]) { "a", "bc", "def" }, 3);
  mill_gguf_writer_add_ints (&writer, "tokenizer.ggml.token_type", (gint32[]) { 1, 1, 3 }, 3);
  mill_gguf_writer_add_tensor (&writer, "token_embd.weight", MILL_QUANT_Q4_0, 2, matrix, 0);
  mill_gguf_writer_add_tensor (&writer, "output_norm.weight", MILL_QUANT_F32, 1, row, 64);
  return mill_gguf_writer_finish (&writer, 32, 64 + 128);
}

/* Touches all that an opened file gives. */
static guint
read_all (const MillGguf *gguf)
{
  guint sum = 0;
  for (gsize i = 0; i < mill_gguf_get_n_tensors (gguf); i++)
    {
      const MillGgufTensor *tensor = mill_gguf_get_tensor (gguf, i);
      for (guint64 j = 0; j < tensor->n_bytes; j++)
        sum += tensor->data[j];
    }
  MillGgufType type;
  gsize n, length;
  if (mill_gguf_get_array (gguf, "tokenizer.ggml.tokens", &type, &n, NULL) && type == MILL_GGUF_STRING)
    for (gsize i = 0; i < n; i++)
      {
        const char *text = mill_gguf_get_array_string (gguf, "tokenizer.ggml.tokens", i, &length);
        for (gsize j = 0; j < length; j++)
          sum += text[j];
      }
  return sum;
}

static void
test_every_prefix (void)
{
  g_autoptr (GBytes) whole = small_file ();
  gsize size = g_bytes_get_size (whole);
  for (gsize length = 0; length <= size; length++)
    {
      /* A copy of its own, so that reading past its end is seen by the address sanitiser. */
      g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (whole, NULL), length);
      g_autoptr (GError) error = NULL;
      g_autoptr (MillGguf) gguf = mill_gguf_new_from_bytes (cut, "cut.gguf", &error);
      g_assert_true ((gguf == NULL) == (error != NULL));
      if (length == size)
        g_assert_no_error (error);
      else
        {
          g_assert_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE);
          g_assert_true (length == 0 || strstr (error->message, "The download may be incomplete.") != NULL);
        }
    }
}

static void
test_bit_flips (void)
{
  g_autoptr (GBytes) whole = small_file ();
  gsize size;
  const guint8 *data = g_bytes_get_data (whole, &size);
  guint sum = 0, n_opened = 0;
  for (gsize bit = 0; bit < size * 8; bit++)
    {
      guint8 *copy = g_memdup2 (data, size);
      copy[bit / 8] ^= 1 << bit % 8;
      g_autoptr (GBytes) flipped = g_bytes_new_take (copy, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (MillGguf) gguf = mill_gguf_new_from_bytes (flipped, "flipped.gguf", &error);
      g_assert_true ((gguf == NULL) == (error != NULL));
      if (gguf != NULL)
        {
          sum += read_all (gguf);
          n_opened++;
        }
    }
  /* Flips in tensor data, names and values are not seen by the reader; those in counts are. */
  g_assert_cmpuint (n_opened, >, 0);
  g_assert_cmpuint (n_opened, <, size * 8);
  g_assert_cmpuint (sum, >, 0);
}

static void
test_random_bytes (void)
{
  g_autoptr (GBytes) whole = small_file ();
  gsize size;
  const guint8 *data = g_bytes_get_data (whole, &size);
  guint sum = 0;
  for (guint i = 0; i < 20000; i++)
    {
      guint8 *copy = g_memdup2 (data, size);
      for (int n = g_test_rand_int_range (1, 9); n > 0; n--)
        copy[g_test_rand_int_range (4, size)] = g_test_rand_int_range (0, 4) == 0 ? 255 : g_test_rand_int ();
      g_autoptr (GBytes) bytes = g_bytes_new_take (copy, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (MillGguf) gguf = mill_gguf_new_from_bytes (bytes, "random.gguf", &error);
      g_assert_true ((gguf == NULL) == (error != NULL));
      if (gguf != NULL)
        sum += read_all (gguf);
    }
  g_test_message ("%u", sum);
}

static void
test_counts (void)
{
  /* More tensors or keys than can be there, up to the largest number. */
  static const guint64 counts[] = { 1000, G_MAXUINT32, G_MAXINT64, G_MAXUINT64 };
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      MillGgufWriter writer;
      mill_gguf_writer_init (&writer, 3);
      writer.n_tensors = counts[i];
      check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "its header claims");
      mill_gguf_writer_init (&writer, 3);
      writer.n_values = counts[i];
      check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "its header claims");

      mill_gguf_writer_init (&writer, 3);
      mill_gguf_writer_add_key (&writer, "list", MILL_GGUF_ARRAY);
      mill_gguf_writer_number (&writer, MILL_GGUF_UINT64, 4);
      mill_gguf_writer_number (&writer, counts[i], 8);
      check_refused (mill_gguf_writer_finish (&writer, 0, 64), MILL_ENGINE_ERROR_FILE, "metadata key list claims");
      mill_gguf_writer_init (&writer, 3);
      mill_gguf_writer_add_key (&writer, "names", MILL_GGUF_ARRAY);
      mill_gguf_writer_number (&writer, MILL_GGUF_STRING, 4);
      mill_gguf_writer_number (&writer, counts[i], 8);
      check_refused (mill_gguf_writer_finish (&writer, 0, 64), MILL_ENGINE_ERROR_FILE, "metadata key names claims");

      mill_gguf_writer_init (&writer, 3);
      mill_gguf_writer_add_key (&writer, "text", MILL_GGUF_STRING);
      mill_gguf_writer_number (&writer, counts[i], 8);
      check_refused (mill_gguf_writer_finish (&writer, 0, 64), MILL_ENGINE_ERROR_FILE, "metadata key text ends");
    }
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_strings (&writer, "names", (const char *[]) { "one" }, 1);
  memset (writer.bytes->data + writer.bytes->len - 11, 255, 8);
  check_refused (mill_gguf_writer_finish (&writer, 0, 9), MILL_ENGINE_ERROR_FILE, "metadata key names[0] ends");
}

static void
test_metadata (void)
{
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_string (&writer, "a", "1");
  mill_gguf_writer_add_string (&writer, "a", "2");
  check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "metadata key a is there twice");

  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_key (&writer, "a", 13);
  check_refused (mill_gguf_writer_finish (&writer, 0, 8), MILL_ENGINE_ERROR_FILE, "metadata key a has the unknown type 13");

  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_key (&writer, "a", MILL_GGUF_ARRAY);
  mill_gguf_writer_number (&writer, MILL_GGUF_ARRAY, 4);
  mill_gguf_writer_number (&writer, 1, 8);
  check_refused (mill_gguf_writer_finish (&writer, 0, 32), MILL_ENGINE_ERROR_UNSUPPORTED, "metadata key a is an array of arrays");

  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_uint (&writer, "a", 2, MILL_GGUF_BOOL);
  check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "metadata key a is a boolean with the value 2");

  static const char *const bad_text[] = { "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad_text); i++)
    {
      mill_gguf_writer_init (&writer, 3);
      mill_gguf_writer_add_string (&writer, "a", bad_text[i]);
      check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "metadata key a is not valid UTF-8");
      mill_gguf_writer_init (&writer, 3);
      mill_gguf_writer_add_string (&writer, bad_text[i], "");
      check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "the name of metadata key 1 is not valid UTF-8");
    }
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_key (&writer, "a", MILL_GGUF_STRING);
  mill_gguf_writer_string (&writer, "b\0c", 3);
  check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "metadata key a is not valid UTF-8");
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_string (&writer, "", "");
  check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "the name of metadata key 1 is 0 bytes");
}

static void
test_alignment (void)
{
  static const guint32 bad[] = { 0, 1, 4, 24, 33, 8192, G_MAXUINT32 };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      MillGgufWriter writer;
      mill_gguf_writer_init (&writer, 3);
      mill_gguf_writer_add_uint (&writer, "general.alignment", bad[i], MILL_GGUF_UINT32);
      check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "general.alignment is");
    }
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_string (&writer, "general.alignment", "32");
  check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_FILE, "general.alignment is not");
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_uint (&writer, "split.count", 4, MILL_GGUF_UINT16);
  check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_UNSUPPORTED, "one of 4 parts");
}

static void
check_tensor (guint32 type, guint n_dims, const guint64 *dims, guint64 offset, int code, const char *part)
{
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_tensor (&writer, "t", type, n_dims, dims, offset);
  check_refused (mill_gguf_writer_finish (&writer, 32, 256), code, part);
}

static void
test_tensors (void)
{
  const guint64 huge = G_GUINT64_CONSTANT (1) << 62;
  check_tensor (999, 1, row, 0, MILL_ENGINE_ERROR_UNSUPPORTED, "tensor t has the unknown type 999");
  check_tensor (4, 1, row, 0, MILL_ENGINE_ERROR_UNSUPPORTED, "tensor t has the unknown type 4");
  check_tensor (0, 0, NULL, 0, MILL_ENGINE_ERROR_FILE, "tensor t has 0 dimensions");
  check_tensor (0, 5, (guint64[]) { 1, 1, 1, 1, 1 }, 0, MILL_ENGINE_ERROR_FILE, "tensor t has 5 dimensions");
  check_tensor (0, 2, (guint64[]) { 4, 0 }, 0, MILL_ENGINE_ERROR_FILE, "dimension 1 of tensor t is 0");
  check_tensor (0, 2, (guint64[]) { huge, 2 }, 0, MILL_ENGINE_ERROR_FILE, "dimensions of tensor t are too large");
  check_tensor (0, 2, (guint64[]) { huge, 4 }, 0, MILL_ENGINE_ERROR_FILE, "dimensions of tensor t are too large");
  check_tensor (0, 1, (guint64[]) { huge }, 0, MILL_ENGINE_ERROR_FILE, "dimensions of tensor t are too large");
  check_tensor (0, 2, (guint64[]) { 1 << 30, 1 << 30 }, 0, MILL_ENGINE_ERROR_FILE, "tensor t ends");
  check_tensor (MILL_QUANT_Q4_0, 1, (guint64[]) { 48 }, 0, MILL_ENGINE_ERROR_FILE, "the rows of tensor t have 48 values, not a multiple of 32");
  check_tensor (MILL_QUANT_Q4_K, 1, row, 0, MILL_ENGINE_ERROR_FILE, "not a multiple of 256 as Q4_K");
  check_tensor (0, 1, row, 16, MILL_ENGINE_ERROR_FILE, "tensor t begins at byte 16");
  check_tensor (0, 1, (guint64[]) { 320 }, 0, MILL_ENGINE_ERROR_FILE, "tensor t ends 1,024 bytes after the end of the file");
  check_tensor (0, 1, row, 160, MILL_ENGINE_ERROR_FILE, "tensor t ends 32 bytes after the end of the file");
  check_tensor (0, 1, row, G_MAXUINT64 - 31, MILL_ENGINE_ERROR_FILE, "tensor t begins after the end");
  check_tensor (0, 1, row, G_MAXINT64 - 31, MILL_ENGINE_ERROR_FILE, "tensor t ends");

  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_tensor (&writer, "t", 0, 1, row, 0);
  mill_gguf_writer_add_tensor (&writer, "t", 0, 1, row, 128);
  check_refused (mill_gguf_writer_finish (&writer, 32, 256), MILL_ENGINE_ERROR_FILE, "tensor t is there twice");
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_tensor (&writer, "second", 0, 1, row, 96);
  mill_gguf_writer_add_tensor (&writer, "first", 0, 1, row, 0);
  check_refused (mill_gguf_writer_finish (&writer, 32, 256), MILL_ENGINE_ERROR_FILE, "tensors first and second overlap");
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_tensor (&writer, "one", 0, 1, row, 0);
  mill_gguf_writer_add_tensor (&writer, "two", 0, 1, row, 0);
  check_refused (mill_gguf_writer_finish (&writer, 32, 256), MILL_ENGINE_ERROR_FILE, "tensors one and two overlap");
}

static void
test_versions (void)
{
  static const struct {
    guint32 version;
    const char *part;
  } bad[] = {
    { 0, "GGUF version 0" }, { 1, "GGUF version 1" }, { 4, "GGUF version 4" }, { 0x03000000, "big-endian" },
    { 0x02000000, "big-endian" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      MillGgufWriter writer;
      mill_gguf_writer_init (&writer, bad[i].version);
      check_refused (mill_gguf_writer_finish (&writer, 0, 0), MILL_ENGINE_ERROR_UNSUPPORTED, bad[i].part);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gguf/damage/every-prefix", test_every_prefix);
  g_test_add_func ("/gguf/damage/bit-flips", test_bit_flips);
  g_test_add_func ("/gguf/damage/random-bytes", test_random_bytes);
  g_test_add_func ("/gguf/damage/counts", test_counts);
  g_test_add_func ("/gguf/damage/metadata", test_metadata);
  g_test_add_func ("/gguf/damage/alignment", test_alignment);
  g_test_add_func ("/gguf/damage/tensors", test_tensors);
  g_test_add_func ("/gguf/damage/versions", test_versions);
  return g_test_run ();
}
