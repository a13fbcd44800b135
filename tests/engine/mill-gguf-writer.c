#include "mill-gguf-writer.h"

#include <string.h>

void
mill_gguf_writer_init (MillGgufWriter *self, guint32 version)
{
  *self = (MillGgufWriter) { .bytes = g_byte_array_new () };
  g_byte_array_append (self->bytes, (const guint8 *) "GGUF", 4);
  mill_gguf_writer_number (self, version, 4);
  mill_gguf_writer_number (self, 0, 8);
  mill_gguf_writer_number (self, 0, 8);
}

static void
put_number (guint8 *at, guint64 value, guint width)
{
  for (guint i = 0; i < width; i++)
    at[i] = value >> (i * 8);
}

void
mill_gguf_writer_number (MillGgufWriter *self, guint64 value, guint width)
{
  guint8 bytes[8];
  put_number (bytes, value, width);
  g_byte_array_append (self->bytes, bytes, width);
}

void
mill_gguf_writer_string (MillGgufWriter *self, const char *text, gsize length)
{
  mill_gguf_writer_number (self, length, 8);
  g_byte_array_append (self->bytes, (const guint8 *) text, length);
}

void
mill_gguf_writer_add_key (MillGgufWriter *self, const char *key, guint32 type)
{
  mill_gguf_writer_string (self, key, strlen (key));
  mill_gguf_writer_number (self, type, 4);
  self->n_values++;
}

void
mill_gguf_writer_add_uint (MillGgufWriter *self, const char *key, guint64 value, MillGgufType type)
{
  static const guint8 widths[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
  mill_gguf_writer_add_key (self, key, type);
  mill_gguf_writer_number (self, value, widths[type]);
}

void
mill_gguf_writer_add_string (MillGgufWriter *self, const char *key, const char *value)
{
  mill_gguf_writer_add_key (self, key, MILL_GGUF_STRING);
  mill_gguf_writer_string (self, value, strlen (value));
}

static void
add_array (MillGgufWriter *self, const char *key, MillGgufType type, gsize n)
{
  mill_gguf_writer_add_key (self, key, MILL_GGUF_ARRAY);
  mill_gguf_writer_number (self, type, 4);
  mill_gguf_writer_number (self, n, 8);
}

void
mill_gguf_writer_add_strings (MillGgufWriter *self, const char *key, const char *const *values, gsize n)
{
  add_array (self, key, MILL_GGUF_STRING, n);
  for (gsize i = 0; i < n; i++)
    mill_gguf_writer_string (self, values[i], strlen (values[i]));
}

void
mill_gguf_writer_add_ints (MillGgufWriter *self, const char *key, const gint32 *values, gsize n)
{
  add_array (self, key, MILL_GGUF_INT32, n);
  for (gsize i = 0; i < n; i++)
    mill_gguf_writer_number (self, (guint32) values[i], 4);
}

void
mill_gguf_writer_add_floats (MillGgufWriter *self, const char *key, const float *values, gsize n)
{
  add_array (self, key, MILL_GGUF_FLOAT32, n);
  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;
      memcpy (&bits, &values[i], sizeof bits);
      mill_gguf_writer_number (self, bits, 4);
    }
}

void
mill_gguf_writer_add_tensor (MillGgufWriter *self, const char *name, guint32 type, guint n_dims, const guint64 *dims,
                             guint64 offset)
{
  mill_gguf_writer_string (self, name, strlen (name));
  mill_gguf_writer_number (self, n_dims, 4);
  for (guint i = 0; i < n_dims; i++)
    mill_gguf_writer_number (self, dims[i], 8);
  mill_gguf_writer_number (self, type, 4);
  mill_gguf_writer_number (self, offset, 8);
  self->n_tensors++;
}

GBytes *
mill_gguf_writer_finish (MillGgufWriter *self, gsize alignment, gsize n_data)
{
  while (alignment > 0 && self->bytes->len % alignment != 0)
    mill_gguf_writer_number (self, 0, 1);
  for (gsize i = 0; i < n_data; i++)
    mill_gguf_writer_number (self, i & 255, 1);
  put_number (self->bytes->data + 8, self->n_tensors, 8);
  put_number (self->bytes->data + 16, self->n_values, 8);
  return g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
}
