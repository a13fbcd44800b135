/* mill-gguf-writer.h: writes small GGUF files for tests, wrong ones included: nothing is checked.
 *
 * Counts stand in the header at fixed places, so a test can claim others than are there. */
#pragma once

#include "mill-gguf.h"

G_BEGIN_DECLS

typedef struct {
  GByteArray *bytes;
  guint64     n_tensors, n_values; /* written into the header at the end */
} MillGgufWriter;

void    mill_gguf_writer_init (MillGgufWriter *self, guint32 version);
void    mill_gguf_writer_number (MillGgufWriter *self, guint64 value, guint width);
void    mill_gguf_writer_string (MillGgufWriter *self, const char *text, gsize length);

/* Metadata; a call is one key. */
void    mill_gguf_writer_add_key (MillGgufWriter *self, const char *key, guint32 type);
void    mill_gguf_writer_add_uint (MillGgufWriter *self, const char *key, guint64 value, MillGgufType type);
void    mill_gguf_writer_add_string (MillGgufWriter *self, const char *key, const char *value);
void    mill_gguf_writer_add_strings (MillGgufWriter *self, const char *key, const char *const *values, gsize n);
void    mill_gguf_writer_add_ints (MillGgufWriter *self, const char *key, const gint32 *values, gsize n);
void    mill_gguf_writer_add_floats (MillGgufWriter *self, const char *key, const float *values, gsize n);

/* A row of the tensor table; `offset` is from the start of the data. */
void    mill_gguf_writer_add_tensor (MillGgufWriter *self, const char *name, guint32 type, guint n_dims,
                                     const guint64 *dims, guint64 offset);

/* Pads with zeros to a multiple of `alignment` (0: not at all), adds `n_data` bytes that count up. */
GBytes *mill_gguf_writer_finish (MillGgufWriter *self, gsize alignment, gsize n_data);

G_END_DECLS
