/* Reading GGUF files: what is there comes out as it was written. */
#include "mill-gguf-writer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mill-error.h"

static MillGguf *
open_bytes (GBytes *taken)
{
  g_autoptr (GBytes) bytes = taken;
  g_autoptr (GError) error = NULL;
  MillGguf *gguf = mill_gguf_new_from_bytes (bytes, "test.gguf", &error);
  g_assert_no_error (error);
  return gguf;
}

static void
test_metadata (void)
{
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_uint (&writer, "u8", 200, MILL_GGUF_UINT8);
  mill_gguf_writer_add_uint (&writer, "i8", (guint8) -100, MILL_GGUF_INT8);
  mill_gguf_writer_add_uint (&writer, "i64", G_MAXINT64, MILL_GGUF_INT64);
  mill_gguf_writer_add_uint (&writer, "u64", G_MAXUINT64, MILL_GGUF_UINT64);
  mill_gguf_writer_add_uint (&writer, "f32", 0x3fc00000, MILL_GGUF_FLOAT32);
  mill_gguf_writer_add_uint (&writer, "f64", 0x4004000000000000, MILL_GGUF_FLOAT64);
  mill_gguf_writer_add_uint (&writer, "true", 1, MILL_GGUF_BOOL);
  mill_gguf_writer_add_string (&writer, "text", "Grüße");
  mill_gguf_writer_add_ints (&writer, "ints", (gint32[]) { 1, -2, 3 }, 3);
  mill_gguf_writer_add_floats (&writer, "floats", (float[]) { 0.5f, -1.5f }, 2);
  mill_gguf_writer_add_strings (&writer, "strings", (const char *[]) { "a", "", "ccc" }, 3);
  g_autoptr (MillGguf) gguf = open_bytes (mill_gguf_writer_finish (&writer, 0, 0));

  guint64 u;
  gint64 i;
  double d;
  gboolean b;
  MillGgufType type;
  gsize n;
  g_assert_true (mill_gguf_get_uint (gguf, "u8", &u, NULL) && u == 200);
  g_assert_true (mill_gguf_get_int (gguf, "u8", &i, NULL) && i == 200);
  g_assert_true (mill_gguf_get_int (gguf, "i8", &i, NULL) && i == -100);
  g_assert_true (mill_gguf_get_uint (gguf, "i64", &u, NULL) && u == G_MAXINT64);
  g_assert_true (mill_gguf_get_uint (gguf, "u64", &u, NULL) && u == G_MAXUINT64);
  g_assert_true (mill_gguf_get_float (gguf, "f32", &d, NULL) && d == 1.5);
  g_assert_true (mill_gguf_get_float (gguf, "f64", &d, NULL) && d == 2.5);
  g_assert_true (mill_gguf_get_float (gguf, "i8", &d, NULL) && d == -100);
  g_assert_true (mill_gguf_get_bool (gguf, "true", &b, NULL) && b);
  g_assert_cmpstr (mill_gguf_get_string (gguf, "text", NULL), ==, "Grüße");
  g_assert_true (mill_gguf_get_array (gguf, "ints", &type, &n, NULL) && type == MILL_GGUF_INT32 && n == 3);
  g_assert_cmpint (mill_gguf_get_array_int (gguf, "ints", 1), ==, -2);
  g_assert_cmpfloat (mill_gguf_get_array_float (gguf, "ints", 2), ==, 3);
  g_assert_cmpfloat (mill_gguf_get_array_float (gguf, "floats", 1), ==, -1.5);
  g_assert_true (mill_gguf_get_array (gguf, "strings", &type, &n, NULL) && type == MILL_GGUF_STRING && n == 3);
  g_assert_true (memcmp (mill_gguf_get_array_string (gguf, "strings", 2, &n), "ccc", 3) == 0 && n == 3);
  g_assert_nonnull (mill_gguf_get_array_string (gguf, "strings", 1, &n));
  g_assert_cmpuint (n, ==, 0);

  /* Missing: no value and no error. Of another kind: an error that names the key. */
  g_autoptr (GError) error = NULL;
  g_assert_false (mill_gguf_has_key (gguf, "none"));
  g_assert_false (mill_gguf_get_uint (gguf, "none", &u, &error));
  g_assert_no_error (error);
  g_assert_false (mill_gguf_get_uint (gguf, "i8", &u, &error));
  g_assert_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE);
  g_assert_cmpstr (error->message, ==, "Could not open test.gguf: metadata key i8 is not 0 or more.");
  g_assert_false (mill_gguf_get_int (gguf, "u64", &i, NULL));
  g_assert_false (mill_gguf_get_uint (gguf, "f32", &u, NULL));
  g_assert_false (mill_gguf_get_uint (gguf, "true", &u, NULL));
  g_assert_false (mill_gguf_get_float (gguf, "text", &d, NULL));
  g_assert_false (mill_gguf_get_float (gguf, "ints", &d, NULL));
  g_assert_false (mill_gguf_get_bool (gguf, "u8", &b, NULL));
  g_assert_null (mill_gguf_get_string (gguf, "u8", NULL));
  g_assert_false (mill_gguf_get_array (gguf, "u8", &type, &n, NULL));
}

static void
test_tensors (void)
{
  static const guint64 dims[] = { 64, 3 }, one[] = { 5 };
  for (gsize alignment = 8; alignment <= 4096; alignment *= 2)
    {
      MillGgufWriter writer;
      mill_gguf_writer_init (&writer, 2);
      mill_gguf_writer_add_uint (&writer, "general.alignment", alignment, MILL_GGUF_UINT32);
      /* The second in the table is the first in the data. */
      mill_gguf_writer_add_tensor (&writer, "b", MILL_QUANT_Q4_0, 2, dims, alignment);
      mill_gguf_writer_add_tensor (&writer, "a", MILL_QUANT_I8, 1, one, 0);
      g_autoptr (MillGguf) gguf = open_bytes (mill_gguf_writer_finish (&writer, alignment, alignment + 6 * 18));
      g_assert_cmpuint (mill_gguf_get_n_tensors (gguf), ==, 2);
      g_assert_null (mill_gguf_find_tensor (gguf, "c"));
      const MillGgufTensor *a = mill_gguf_find_tensor (gguf, "a"), *b = mill_gguf_find_tensor (gguf, "b");
      g_assert_true (b == mill_gguf_get_tensor (gguf, 0));
      g_assert_cmpuint (b->n_bytes, ==, 6 * 18);
      g_assert_cmpuint (b->dims[0], ==, 64);
      g_assert_cmpuint (b->dims[1], ==, 3);
      g_assert_cmpuint (b->dims[2] * b->dims[3], ==, 1);
      g_assert_cmpuint (a->data[0], ==, 0);
      g_assert_cmpuint (a->data[4], ==, 4);
      g_assert_true (b->data == a->data + alignment);
      g_assert_cmpuint ((guintptr) a->data % MIN (alignment, 64), ==, 0);
    }
}

static void
check_open_error (const char *path, GQuark domain, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (mill_gguf_open (path, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("mill-gguf-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "m.gguf", NULL);
  check_open_error (path, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Could not open m.gguf: ");
  check_open_error (folder, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "Could not open ");
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  check_open_error (path, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "not a file");
  g_assert_cmpint (g_unlink (path), ==, 0);

  static const struct {
    const char *content, *part;
    int code;
  } wrong[] = {
    { "", "is empty", MILL_ENGINE_ERROR_FILE },
    { "GG", "incomplete", MILL_ENGINE_ERROR_FILE },
    { "PK\003\004 a zip file", "not a GGUF model", MILL_ENGINE_ERROR_FILE },
    { "<!DOCTYPE html><html></html>", "text file", MILL_ENGINE_ERROR_FILE },
    { "version https://git-lfs.github.com/spec/v1\n", "Git LFS", MILL_ENGINE_ERROR_FILE },
    { "tjgg\003\001\001\001", "before GGUF", MILL_ENGINE_ERROR_UNSUPPORTED },
    { "FUGG\003\001\001\001", "big-endian", MILL_ENGINE_ERROR_UNSUPPORTED },
    { "GGUF\001\001\001\001", "version", MILL_ENGINE_ERROR_UNSUPPORTED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_true (g_file_set_contents (path, wrong[i].content, -1, NULL));
      check_open_error (path, MILL_ENGINE_ERROR, wrong[i].code, wrong[i].part);
    }
  g_unlink (path);
  g_rmdir (folder);
}

/* Pages given back are there again when they are read, and nothing outside a mapping is touched. */
static void
test_release_pages (void)
{
  static const guint64 dims[] = { 40000 };
  MillGgufWriter writer;
  mill_gguf_writer_init (&writer, 3);
  mill_gguf_writer_add_tensor (&writer, "t", MILL_QUANT_I8, 1, dims, 0);
  g_autoptr (GBytes) bytes = mill_gguf_writer_finish (&writer, 32, 40000);
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("mill-gguf-XXXXXX", &path, NULL);
  close (fd);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  g_autoptr (MillGguf) mapped = mill_gguf_open (path, NULL), held = mill_gguf_new_from_bytes (bytes, "t", NULL);
  for (int i = 0; i < 2; i++)
    {
      const MillGgufTensor *tensor = mill_gguf_get_tensor (i == 0 ? mapped : held, 0);
      mill_gguf_release_pages (i == 0 ? mapped : held, tensor->data, tensor->n_bytes);
      for (gsize j = 0; j < tensor->n_bytes; j++)
        g_assert_cmpuint (tensor->data[j], ==, j & 255);
    }
  g_assert_cmpstr (mill_gguf_get_path (mapped), ==, path);
  g_unlink (path);
}

/* Every reference file opens, and its facts are those that its maker wrote. */
static void
test_reference (void)
{
  const char *reference = g_getenv ("MILLRACE_REFERENCE");
  g_autofree char *folder = g_build_filename (reference != NULL ? reference : "/", "models", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  if (dir == NULL)
    {
      g_test_skip ("the reference models are not here (MILLRACE_REFERENCE)");
      return;
    }
  const char *name;
  int n_files = 0;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (!g_str_has_suffix (name, ".gguf"))
        continue;
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (MillGguf) gguf = mill_gguf_open (path, &error);
      g_assert_no_error (error);
      gsize n;
      MillGgufType type;
      g_assert_true (mill_gguf_get_array (gguf, "tokenizer.ggml.tokens", &type, &n, NULL));
      const MillGgufTensor *embedding = mill_gguf_find_tensor (gguf, "token_embd.weight");
      g_assert_nonnull (embedding);
      g_assert_cmpuint (embedding->dims[1], ==, n);
      n_files++;
    }
  g_assert_cmpint (n_files, >=, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gguf/metadata", test_metadata);
  g_test_add_func ("/gguf/tensors", test_tensors);
  g_test_add_func ("/gguf/files", test_files);
  g_test_add_func ("/gguf/release-pages", test_release_pages);
  g_test_add_func ("/gguf/reference", test_reference);
  return g_test_run ();
}
