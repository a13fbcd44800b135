/* mill-gguf.c: opening a GGUF file and asking what it holds. Reading it is in mill-gguf-parse.c. */
#include "mill-gguf-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mill-error.h"

static void
free_value (gpointer data)
{
  MillGgufValue *value = data;
  g_free (value->string);
  g_free ((guint64 *) value->offsets);
  g_free (value);
}

static MillGguf *
new_empty (const char *path)
{
  MillGguf *self = g_new0 (MillGguf, 1);
  g_autofree char *base = g_path_get_basename (path);
  g_atomic_ref_count_init (&self->ref_count);
  self->path = g_strdup (path);
  self->display = g_filename_display_name (base);
  self->names = g_string_chunk_new (4096);
  self->values = g_ptr_array_new_with_free_func (free_value);
  self->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  self->tensors = g_array_new (FALSE, FALSE, sizeof (MillGgufTensor));
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

/* Maps the file. Only a regular file is mapped: a pipe would block, and a device has no size. */
static gboolean
map_file (MillGguf *self, GError **error)
{
  int fd = g_open (self->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  int number = errno;
  struct stat info = { 0 };
  if (fd >= 0 && fstat (fd, &info) != 0)
    number = errno;
  else if (fd >= 0)
    number = S_ISDIR (info.st_mode) ? EISDIR : S_ISREG (info.st_mode) ? 0 : ENODEV;
  if (number == 0)
    {
      g_autoptr (GError) inner = NULL;
      self->mapping = g_mapped_file_new_from_fd (fd, FALSE, &inner);
      if (self->mapping == NULL)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Could not open %s: %s", self->display, inner->message);
    }
  else
    g_set_error (error, G_IO_ERROR, number == ENODEV ? G_IO_ERROR_NOT_REGULAR_FILE : g_io_error_from_errno (number),
                 "Could not open %s: %s", self->display, number == ENODEV ? "it is not a file" : g_strerror (number));
  if (fd >= 0)
    close (fd);
  return self->mapping != NULL;
}

MillGguf *
mill_gguf_open (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);
  g_autoptr (MillGguf) self = new_empty (path);
  if (!map_file (self, error))
    return NULL;
  self->data = (const guint8 *) g_mapped_file_get_contents (self->mapping);
  self->size = g_mapped_file_get_length (self->mapping);
  return mill_gguf_parse (self, error) ? g_steal_pointer (&self) : NULL;
}

MillGguf *
mill_gguf_new_from_bytes (GBytes *bytes, const char *name, GError **error)
{
  g_return_val_if_fail (bytes != NULL && name != NULL, NULL);
  g_autoptr (MillGguf) self = new_empty (name);
  self->bytes = g_bytes_ref (bytes);
  self->data = g_bytes_get_data (bytes, &self->size);
  if ((guintptr) self->data % 64 != 0 && self->size > 0)
    {
      self->aligned = g_aligned_alloc (self->size, 1, 64);
      memcpy (self->aligned, self->data, self->size);
      self->data = self->aligned;
    }
  return mill_gguf_parse (self, error) ? g_steal_pointer (&self) : NULL;
}

MillGguf *
mill_gguf_ref (MillGguf *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
mill_gguf_unref (MillGguf *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->by_name);
  g_array_unref (self->tensors);
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->values);
  g_string_chunk_free (self->names);
  g_clear_pointer (&self->aligned, g_aligned_free);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->mapping, g_mapped_file_unref);
  g_free (self->display);
  g_free (self->path);
  g_free (self);
}

const char *
mill_gguf_get_path (const MillGguf *self)
{
  return self->path;
}

gsize
mill_gguf_get_n_tensors (const MillGguf *self)
{
  return self->tensors->len;
}

const MillGgufTensor *
mill_gguf_get_tensor (const MillGguf *self, gsize index)
{
  g_return_val_if_fail (index < self->tensors->len, NULL);
  return &g_array_index (self->tensors, MillGgufTensor, index);
}

const MillGgufTensor *
mill_gguf_find_tensor (const MillGguf *self, const char *name)
{
  gsize index = GPOINTER_TO_SIZE (g_hash_table_lookup (self->by_name, name));
  return index > 0 ? &g_array_index (self->tensors, MillGgufTensor, index - 1) : NULL;
}

gsize
mill_gguf_type_size (MillGgufType type)
{
  switch (type)
    {
    case MILL_GGUF_UINT8: case MILL_GGUF_INT8: case MILL_GGUF_BOOL: return 1;
    case MILL_GGUF_UINT16: case MILL_GGUF_INT16: return 2;
    case MILL_GGUF_UINT32: case MILL_GGUF_INT32: case MILL_GGUF_FLOAT32: return 4;
    case MILL_GGUF_UINT64: case MILL_GGUF_INT64: case MILL_GGUF_FLOAT64: return 8;
    case MILL_GGUF_STRING: case MILL_GGUF_ARRAY: return 0;
    }
  return 0;
}

const MillGgufValue *
mill_gguf_lookup (const MillGguf *self, const char *key)
{
  return g_hash_table_lookup (self->by_key, key);
}

/* A number of the file as what it is: whole (with its sign) or floating. */
typedef struct {
  gboolean whole, is_signed;
  guint64  bits; /* of a signed one: as gint64 */
  double   real;
} Number;

static gboolean
read_number (MillGgufType type, const guint8 *data, Number *number)
{
  gsize width = mill_gguf_type_size (type);
  guint64 bits = 0;
  for (gsize i = 0; i < width; i++)
    bits |= (guint64) data[i] << (i * 8);
  *number = (Number) { .whole = TRUE, .bits = bits };
  switch (type)
    {
    case MILL_GGUF_UINT8: case MILL_GGUF_UINT16: case MILL_GGUF_UINT32: case MILL_GGUF_UINT64:
      return TRUE;
    case MILL_GGUF_INT8: case MILL_GGUF_INT16: case MILL_GGUF_INT32: case MILL_GGUF_INT64:
      number->is_signed = TRUE;
      if (width < 8 && bits >> (width * 8 - 1) & 1)
        number->bits |= G_MAXUINT64 << (width * 8);
      return TRUE;
    case MILL_GGUF_FLOAT32:
      {
        union { guint32 bits; float value; } x = { bits };
        *number = (Number) { .real = x.value };
        return TRUE;
      }
    case MILL_GGUF_FLOAT64:
      {
        union { guint64 bits; double value; } x = { bits };
        *number = (Number) { .real = x.value };
        return TRUE;
      }
    case MILL_GGUF_BOOL: case MILL_GGUF_STRING: case MILL_GGUF_ARRAY:
      break;
    }
  return FALSE;
}

static double
number_to_double (const Number *number)
{
  if (!number->whole)
    return number->real;
  return number->is_signed ? (double) (gint64) number->bits : (double) number->bits;
}

static gboolean
wrong_type (const MillGguf *self, const char *key, const char *wanted, GError **error)
{
  g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "Could not open %s: metadata key %s is not %s.",
               self->display, key, wanted);
  return FALSE;
}

gboolean
mill_gguf_has_key (const MillGguf *self, const char *key)
{
  return mill_gguf_lookup (self, key) != NULL;
}

gboolean
mill_gguf_get_uint (const MillGguf *self, const char *key, guint64 *value, GError **error)
{
  const MillGgufValue *found = mill_gguf_lookup (self, key);
  Number number;
  if (found == NULL)
    return FALSE;
  if (!read_number (found->type, found->data, &number) || !number.whole)
    return wrong_type (self, key, "a whole number", error);
  if (number.is_signed && (gint64) number.bits < 0)
    return wrong_type (self, key, "0 or more", error);
  *value = number.bits;
  return TRUE;
}

gboolean
mill_gguf_get_int (const MillGguf *self, const char *key, gint64 *value, GError **error)
{
  const MillGgufValue *found = mill_gguf_lookup (self, key);
  Number number;
  if (found == NULL)
    return FALSE;
  if (!read_number (found->type, found->data, &number) || !number.whole)
    return wrong_type (self, key, "a whole number", error);
  if (!number.is_signed && number.bits > G_MAXINT64)
    return wrong_type (self, key, "a number of at most 63 bits", error);
  *value = (gint64) number.bits;
  return TRUE;
}

gboolean
mill_gguf_get_float (const MillGguf *self, const char *key, double *value, GError **error)
{
  const MillGgufValue *found = mill_gguf_lookup (self, key);
  Number number;
  if (found == NULL)
    return FALSE;
  if (!read_number (found->type, found->data, &number))
    return wrong_type (self, key, "a number", error);
  *value = number_to_double (&number);
  return TRUE;
}

gboolean
mill_gguf_get_bool (const MillGguf *self, const char *key, gboolean *value, GError **error)
{
  const MillGgufValue *found = mill_gguf_lookup (self, key);
  if (found == NULL)
    return FALSE;
  if (found->type != MILL_GGUF_BOOL)
    return wrong_type (self, key, "a boolean", error);
  *value = found->data[0] != 0;
  return TRUE;
}

const char *
mill_gguf_get_string (const MillGguf *self, const char *key, GError **error)
{
  const MillGgufValue *found = mill_gguf_lookup (self, key);
  if (found != NULL && found->type != MILL_GGUF_STRING)
    wrong_type (self, key, "a string", error);
  return found != NULL ? found->string : NULL;
}

gboolean
mill_gguf_get_array (const MillGguf *self, const char *key, MillGgufType *type, gsize *n, GError **error)
{
  const MillGgufValue *found = mill_gguf_lookup (self, key);
  if (found == NULL)
    return FALSE;
  if (found->type != MILL_GGUF_ARRAY)
    return wrong_type (self, key, "an array", error);
  *type = found->element;
  *n = found->n;
  return TRUE;
}

const char *
mill_gguf_value_string (const MillGguf *self, const MillGgufValue *value, gsize index, gsize *length)
{
  guint64 bytes;
  const guint8 *at = self->data + value->offsets[index];
  memcpy (&bytes, at, sizeof bytes);
  *length = GUINT64_FROM_LE (bytes);
  return (const char *) at + sizeof bytes;
}

gint64
mill_gguf_value_int (const MillGgufValue *value, gsize index)
{
  Number number = { 0 };
  gsize width = mill_gguf_type_size (value->element);
  read_number (value->element, value->data + index * width, &number);
  return (gint64) number.bits;
}

double
mill_gguf_value_float (const MillGgufValue *value, gsize index)
{
  Number number = { 0 };
  gsize width = mill_gguf_type_size (value->element);
  read_number (value->element, value->data + index * width, &number);
  return number_to_double (&number);
}

const char *
mill_gguf_get_array_string (const MillGguf *self, const char *key, gsize index, gsize *length)
{
  const MillGgufValue *value = mill_gguf_lookup (self, key);
  g_return_val_if_fail (value != NULL && value->type == MILL_GGUF_ARRAY && value->element == MILL_GGUF_STRING, NULL);
  g_return_val_if_fail (index < value->n, NULL);
  return mill_gguf_value_string (self, value, index, length);
}

gint64
mill_gguf_get_array_int (const MillGguf *self, const char *key, gsize index)
{
  const MillGgufValue *value = mill_gguf_lookup (self, key);
  g_return_val_if_fail (value != NULL && value->type == MILL_GGUF_ARRAY && index < value->n, 0);
  g_return_val_if_fail (value->element != MILL_GGUF_STRING, 0);
  return mill_gguf_value_int (value, index);
}

double
mill_gguf_get_array_float (const MillGguf *self, const char *key, gsize index)
{
  const MillGgufValue *value = mill_gguf_lookup (self, key);
  g_return_val_if_fail (value != NULL && value->type == MILL_GGUF_ARRAY && index < value->n, 0);
  g_return_val_if_fail (value->element != MILL_GGUF_STRING, 0);
  return mill_gguf_value_float (value, index);
}

void
mill_gguf_release_pages (const MillGguf *self, const guint8 *data, gsize n_bytes)
{
  /* Only a file's pages come back by themselves; those of memory would be lost. */
  if (self->mapping == NULL || n_bytes == 0)
    return;
  gsize page = sysconf (_SC_PAGESIZE);
  gsize from = data - self->data, to = from + n_bytes;
  g_return_if_fail (data >= self->data && to <= self->size);
  from -= from % page;
  to = (to + page - 1) / page * page;
  /* Advice: where it is not taken, the pages stay. */
  madvise ((guint8 *) self->data + from, to - from, MADV_DONTNEED);
}
