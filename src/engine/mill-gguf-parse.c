/* mill-gguf-parse.c: reads a GGUF file's header, metadata and tensor table.
 *
 * Layout (the GGUF specification in the ggml project's docs): "GGUF", version, number of tensors,
 * number of metadata pairs; the pairs; the tensor table; padding to the alignment; tensor data. All
 * numbers are little-endian, counts and lengths 64 bits wide. Nothing is allocated by a count that the
 * file claims: tables grow as entries are read and found to be there. */
#include "mill-gguf-private.h"

#include <stdarg.h>
#include <string.h>

#include "mill-error.h"

#define DEFAULT_ALIGNMENT 32
/* The data pointers are as aligned as the mapping is, so this stays within what a page gives. */
#define MAX_ALIGNMENT 4096
#define MAX_NAME 1024
#define MAX_STRING (64 * 1024 * 1024)

typedef struct {
  MillGguf *gguf;
  gsize     at;
  guint64   alignment;
  GError  **error;
} Reader;

static gboolean fail (Reader *reader, int code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (Reader *reader, int code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (reader->error, MILL_ENGINE_ERROR, code, "Could not open %s: %s", reader->gguf->display, why);
  return FALSE;
}

static gboolean
fail_cut (Reader *reader, const char *what)
{
  return fail (reader, MILL_ENGINE_ERROR_FILE, "the file ends within %s. The download may be incomplete.", what);
}

/* A count for people: 1234567 is "1,234,567" in every locale. */
static char *
format_count (guint64 n)
{
  GString *text = g_string_new (NULL);
  g_string_printf (text, "%" G_GUINT64_FORMAT, n);
  for (gssize i = (gssize) text->len - 3; i > 0; i -= 3)
    g_string_insert_c (text, i, ',');
  return g_string_free (text, FALSE);
}

static gsize
remaining (const Reader *reader)
{
  return reader->gguf->size - reader->at;
}

/* Reads a little-endian number of `width` bytes. */
static gboolean
read_number (Reader *reader, guint width, guint64 *number, const char *what)
{
  if (remaining (reader) < width)
    return fail_cut (reader, what);
  const guint8 *data = reader->gguf->data + reader->at;
  *number = 0;
  for (guint i = 0; i < width; i++)
    *number |= (guint64) data[i] << (i * 8);
  reader->at += width;
  return TRUE;
}

/* Reads a length and that many bytes, which are left where they are. */
static gboolean
read_bytes (Reader *reader, const char **bytes, gsize *length, const char *what)
{
  guint64 claimed;
  if (!read_number (reader, 8, &claimed, what))
    return FALSE;
  if (claimed > remaining (reader))
    {
      g_autofree char *count = format_count (claimed - remaining (reader));
      return fail (reader, MILL_ENGINE_ERROR_FILE,
                   "%s ends %s bytes after the end of the file. The download may be incomplete.", what, count);
    }
  *bytes = (const char *) reader->gguf->data + reader->at;
  *length = claimed;
  reader->at += claimed;
  return TRUE;
}

/* A key or a tensor's name. */
static const char *
read_name (Reader *reader, const char *what)
{
  const char *bytes;
  gsize length;
  if (!read_bytes (reader, &bytes, &length, what))
    return NULL;
  if (length == 0 || length > MAX_NAME)
    {
      g_autofree char *count = format_count (length);
      fail (reader, MILL_ENGINE_ERROR_FILE, "%s is %s bytes long, which is not possible.", what, count);
      return NULL;
    }
  if (!g_utf8_validate_len (bytes, length, NULL))
    {
      fail (reader, MILL_ENGINE_ERROR_FILE, "%s is not valid UTF-8.", what);
      return NULL;
    }
  return g_string_chunk_insert_len (reader->gguf->names, bytes, length);
}

/* What every file begins with. Says what else it may be, since such mix-ups are common. */
static gboolean
read_magic (Reader *reader)
{
  const guint8 *data = reader->gguf->data;
  gsize size = reader->gguf->size;
  if (size == 0)
    return fail (reader, MILL_ENGINE_ERROR_FILE, "the file is empty.");
  if (memcmp (data, "GGUF", MIN (size, 4)) == 0)
    {
      if (size < 4)
        return fail_cut (reader, "its first 4 bytes");
      reader->at = 4;
      return TRUE;
    }
  if (size >= 4 && (memcmp (data, "lmgg", 4) == 0 || memcmp (data, "fmgg", 4) == 0 || memcmp (data, "tjgg", 4) == 0))
    return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED,
                 "it is a GGML file from before GGUF. A GGUF file of the same model is needed.");
  if (size >= 4 && memcmp (data, "FUGG", 4) == 0)
    return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED, "it is a big-endian GGUF file, which is not supported.");
  if (size >= 22 && memcmp (data, "version https://git-lf", 22) == 0)
    return fail (reader, MILL_ENGINE_ERROR_FILE,
                 "it is a Git LFS pointer, not the model itself. Download the file that it stands for.");
  if (data[0] == '<' || data[0] == '{')
    return fail (reader, MILL_ENGINE_ERROR_FILE,
                 "it is a text file, not a GGUF model. The download may have given an error page.");
  return fail (reader, MILL_ENGINE_ERROR_FILE, "it is not a GGUF model file.");
}

static gboolean
read_version (Reader *reader)
{
  guint64 version;
  if (!read_number (reader, 4, &version, "the version"))
    return FALSE;
  if (version == 2 || version == 3)
    return TRUE;
  if (version != 0 && (version & 0xffff) == 0)
    return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED, "it is a big-endian GGUF file, which is not supported.");
  return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED,
               "it is GGUF version %u, and only versions 2 and 3 are supported. A newer file of the same model is needed.",
               (guint) version);
}

static gboolean
read_type (Reader *reader, MillGgufType *type, const char *what)
{
  guint64 number;
  if (!read_number (reader, 4, &number, what))
    return FALSE;
  if (number > MILL_GGUF_FLOAT64)
    return fail (reader, MILL_ENGINE_ERROR_FILE, "%s has the unknown type %u.", what, (guint) number);
  *type = number;
  return TRUE;
}

/* A string array is walked once, to check each length and to note where each string stands. */
static gboolean
read_string_array (Reader *reader, MillGgufValue *value, const char *what)
{
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (gsize i = 0; i < value->n; i++)
    {
      guint64 offset = reader->at;
      const char *bytes;
      gsize length;
      /* The message is made only where it is needed: this runs for each of 150,000 tokens. */
      guint64 claimed = 0;
      if (remaining (reader) >= 8)
        {
          memcpy (&claimed, reader->gguf->data + reader->at, 8);
          claimed = GUINT64_FROM_LE (claimed);
        }
      if (remaining (reader) < 8 || claimed > remaining (reader) - 8)
        {
          g_autofree char *item = g_strdup_printf ("%s[%" G_GSIZE_FORMAT "]", what, i);
          return read_bytes (reader, &bytes, &length, item);
        }
      reader->at += 8 + claimed;
      g_array_append_val (offsets, offset);
    }
  value->offsets = (const guint64 *) g_array_free (g_steal_pointer (&offsets), FALSE);
  return TRUE;
}

static gboolean
read_array (Reader *reader, MillGgufValue *value, const char *what)
{
  guint64 n;
  if (!read_type (reader, &value->element, what) || !read_number (reader, 8, &n, what))
    return FALSE;
  if (value->element == MILL_GGUF_ARRAY)
    return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED, "%s is an array of arrays, which is not supported.", what);
  gsize least = value->element == MILL_GGUF_STRING ? 8 : mill_gguf_type_size (value->element);
  if (n > remaining (reader) / least)
    {
      g_autofree char *count = format_count (n);
      return fail (reader, MILL_ENGINE_ERROR_FILE,
                   "%s claims %s elements, more than the rest of the file can hold. The download may be incomplete.",
                   what, count);
    }
  value->n = n;
  value->data = reader->gguf->data + reader->at;
  if (value->element == MILL_GGUF_STRING)
    return read_string_array (reader, value, what);
  reader->at += n * least;
  return TRUE;
}

static gboolean
read_string (Reader *reader, MillGgufValue *value, const char *what)
{
  const char *bytes;
  gsize length;
  if (!read_bytes (reader, &bytes, &length, what))
    return FALSE;
  if (length > MAX_STRING)
    {
      g_autofree char *count = format_count (length);
      return fail (reader, MILL_ENGINE_ERROR_FILE, "%s is %s bytes long, which is not possible.", what, count);
    }
  if (!g_utf8_validate_len (bytes, length, NULL))
    return fail (reader, MILL_ENGINE_ERROR_FILE, "%s is not valid UTF-8.", what);
  value->string = g_strndup (bytes, length);
  return TRUE;
}

static gboolean
read_value (Reader *reader, MillGgufValue *value)
{
  g_autofree char *what = g_strconcat ("metadata key ", value->key, NULL);
  if (!read_type (reader, &value->type, what))
    return FALSE;
  if (value->type == MILL_GGUF_ARRAY)
    return read_array (reader, value, what);
  if (value->type == MILL_GGUF_STRING)
    return read_string (reader, value, what);
  gsize width = mill_gguf_type_size (value->type);
  guint64 number;
  value->data = reader->gguf->data + reader->at;
  if (!read_number (reader, width, &number, what))
    return FALSE;
  if (value->type == MILL_GGUF_BOOL && number > 1)
    return fail (reader, MILL_ENGINE_ERROR_FILE, "%s is a boolean with the value %u.", what, (guint) number);
  return TRUE;
}

static gboolean
read_metadata (Reader *reader, guint64 n)
{
  MillGguf *gguf = reader->gguf;
  for (guint64 i = 0; i < n; i++)
    {
      g_autofree char *what = g_strdup_printf ("the name of metadata key %" G_GUINT64_FORMAT, i + 1);
      const char *key = read_name (reader, what);
      if (key == NULL)
        return FALSE;
      if (g_hash_table_contains (gguf->by_key, key))
        return fail (reader, MILL_ENGINE_ERROR_FILE, "metadata key %s is there twice.", key);
      MillGgufValue *value = g_new0 (MillGgufValue, 1);
      value->key = key;
      g_ptr_array_add (gguf->values, value);
      if (!read_value (reader, value))
        return FALSE;
      g_hash_table_insert (gguf->by_key, (char *) key, value);
    }
  return TRUE;
}

/* The bytes that a tensor's dimensions and type ask for, as far as 64 bits can say. */
static gboolean
check_shape (Reader *reader, MillGgufTensor *tensor, const MillQuantInfo *info)
{
  guint64 n = 1;
  for (guint i = 0; i < tensor->n_dims; i++)
    {
      if (tensor->dims[i] == 0)
        return fail (reader, MILL_ENGINE_ERROR_FILE, "dimension %u of tensor %s is 0.", i, tensor->name);
      if (!g_uint64_checked_mul (&n, n, tensor->dims[i]) || n > G_MAXINT64)
        return fail (reader, MILL_ENGINE_ERROR_FILE, "the dimensions of tensor %s are too large.", tensor->name);
    }
  if (tensor->dims[0] % info->block_size != 0)
    {
      g_autofree char *count = format_count (tensor->dims[0]);
      return fail (reader, MILL_ENGINE_ERROR_FILE,
                   "the rows of tensor %s have %s values, not a multiple of %u as %s asks for.", tensor->name, count,
                   info->block_size, info->name);
    }
  if (!g_uint64_checked_mul (&tensor->n_bytes, n / info->block_size, info->block_bytes)
      || tensor->n_bytes > G_MAXINT64)
    return fail (reader, MILL_ENGINE_ERROR_FILE, "the dimensions of tensor %s are too large.", tensor->name);
  return TRUE;
}

/* Reads one row of the tensor table; `offset` is from the start of the data. */
static gboolean
read_tensor (Reader *reader, guint64 index, MillGgufTensor *tensor, guint64 *offset)
{
  g_autofree char *number = g_strdup_printf ("the name of tensor %" G_GUINT64_FORMAT, index + 1);
  tensor->name = read_name (reader, number);
  if (tensor->name == NULL)
    return FALSE;
  if (g_hash_table_contains (reader->gguf->by_name, tensor->name))
    return fail (reader, MILL_ENGINE_ERROR_FILE, "tensor %s is there twice.", tensor->name);

  g_autofree char *what = g_strconcat ("the entry of tensor ", tensor->name, NULL);
  guint64 n_dims, type;
  if (!read_number (reader, 4, &n_dims, what))
    return FALSE;
  if (n_dims == 0 || n_dims > G_N_ELEMENTS (tensor->dims))
    return fail (reader, MILL_ENGINE_ERROR_FILE, "tensor %s has %u dimensions; 1 to 4 are possible.", tensor->name,
                 (guint) n_dims);
  tensor->n_dims = n_dims;
  for (guint i = 0; i < G_N_ELEMENTS (tensor->dims); i++)
    {
      tensor->dims[i] = 1;
      if (i < n_dims && !read_number (reader, 8, &tensor->dims[i], what))
        return FALSE;
    }
  if (!read_number (reader, 4, &type, what) || !read_number (reader, 8, offset, what))
    return FALSE;
  const MillQuantInfo *info = mill_quant_get_info (type);
  if (info == NULL)
    return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED, "tensor %s has the unknown type %u.", tensor->name,
                 (guint) type);
  tensor->type = type;
  if (*offset % reader->alignment != 0)
    {
      g_autofree char *count = format_count (*offset);
      return fail (reader, MILL_ENGINE_ERROR_FILE,
                   "tensor %s begins at byte %s of the data, not a multiple of the alignment %u.", tensor->name, count,
                   (guint) reader->alignment);
    }
  return check_shape (reader, tensor, info);
}

typedef struct {
  guint64 offset;
  guint   index;
} Place;

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *left = a, *right = b;
  if (left->offset != right->offset)
    return left->offset < right->offset ? -1 : 1;
  return left->index < right->index ? -1 : 1;
}

static gboolean
check_overlap (Reader *reader, GArray *places)
{
  GArray *tensors = reader->gguf->tensors;
  g_array_sort (places, compare_places);
  for (guint i = 1; i < places->len; i++)
    {
      const Place *before = &g_array_index (places, Place, i - 1), *place = &g_array_index (places, Place, i);
      const MillGgufTensor *left = &g_array_index (tensors, MillGgufTensor, before->index);
      const MillGgufTensor *right = &g_array_index (tensors, MillGgufTensor, place->index);
      if (place->offset - before->offset < left->n_bytes)
        return fail (reader, MILL_ENGINE_ERROR_FILE, "tensors %s and %s overlap.", left->name, right->name);
    }
  return TRUE;
}

/* Puts each tensor's data pointer where its offset says, once the whole table was read. */
static gboolean
place_tensors (Reader *reader, GArray *places)
{
  MillGguf *gguf = reader->gguf;
  guint64 start = (reader->at + reader->alignment - 1) / reader->alignment * reader->alignment;
  guint64 room = start < gguf->size ? gguf->size - start : 0;
  for (guint i = 0; i < places->len; i++)
    {
      MillGgufTensor *tensor = &g_array_index (gguf->tensors, MillGgufTensor, i);
      guint64 offset = g_array_index (places, Place, i).offset;
      if (offset > G_MAXINT64)
        return fail (reader, MILL_ENGINE_ERROR_FILE, "tensor %s begins after the end of the file.", tensor->name);
      if (offset + tensor->n_bytes > room)
        {
          g_autofree char *count = format_count (start + offset + tensor->n_bytes - gguf->size);
          return fail (reader, MILL_ENGINE_ERROR_FILE,
                       "tensor %s ends %s bytes after the end of the file. The download may be incomplete.",
                       tensor->name, count);
        }
      tensor->data = gguf->data + start + offset;
    }
  return check_overlap (reader, places);
}

static gboolean
read_tensors (Reader *reader, guint64 n)
{
  MillGguf *gguf = reader->gguf;
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  for (guint64 i = 0; i < n; i++)
    {
      MillGgufTensor tensor = { 0 };
      Place place = { .index = i };
      if (!read_tensor (reader, i, &tensor, &place.offset))
        return FALSE;
      g_array_append_val (gguf->tensors, tensor);
      g_array_append_val (places, place);
      g_hash_table_insert (gguf->by_name, (char *) tensor.name, GSIZE_TO_POINTER (i + 1));
    }
  return place_tensors (reader, places);
}

/* The two keys that say how the rest of the file is to be read. */
static gboolean
read_general (Reader *reader)
{
  guint64 n;
  g_autoptr (GError) error = NULL;
  reader->alignment = DEFAULT_ALIGNMENT;
  if (mill_gguf_get_uint (reader->gguf, "general.alignment", &n, &error))
    {
      if (n < 8 || n > MAX_ALIGNMENT || (n & (n - 1)) != 0)
        return fail (reader, MILL_ENGINE_ERROR_FILE,
                     "metadata key general.alignment is %" G_GUINT64_FORMAT ", not a power of two from 8 to %u.", n,
                     MAX_ALIGNMENT);
      reader->alignment = n;
    }
  else if (error != NULL)
    return fail (reader, MILL_ENGINE_ERROR_FILE, "metadata key general.alignment is not a whole number.");
  if (mill_gguf_get_uint (reader->gguf, "split.count", &n, NULL) && n > 1)
    return fail (reader, MILL_ENGINE_ERROR_UNSUPPORTED,
                 "it is one of %" G_GUINT64_FORMAT " parts of a split model. The parts must be joined into one file first.",
                 n);
  return TRUE;
}

gboolean
mill_gguf_parse (MillGguf *self, GError **error)
{
  Reader reader = { .gguf = self, .error = error };
  guint64 n_tensors, n_values;
  if (!read_magic (&reader) || !read_version (&reader)
      || !read_number (&reader, 8, &n_tensors, "the number of tensors")
      || !read_number (&reader, 8, &n_values, "the number of metadata keys"))
    return FALSE;
  /* The least that an entry takes: a length of 8, a type of 4 and a byte; a tensor 24 bytes and a dimension. */
  if (n_values > remaining (&reader) / 13 || n_tensors > remaining (&reader) / 32)
    {
      g_autofree char *tensors = format_count (n_tensors), *values = format_count (n_values);
      return fail (&reader, MILL_ENGINE_ERROR_FILE,
                   "its header claims %s tensors and %s metadata keys, more than the file can hold. "
                   "The download may be incomplete.",
                   tensors, values);
    }
  return read_metadata (&reader, n_values) && read_general (&reader) && read_tensors (&reader, n_tensors);
}
