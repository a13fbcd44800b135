/* mill-gguf-private.h: how an opened GGUF file is kept. For the reader and the tokenizer, which walks
 * arrays of hundreds of thousands of strings and so does not look the key up for each. */
#pragma once

#include "mill-gguf.h"

G_BEGIN_DECLS

typedef struct {
  const char    *key;
  MillGgufType   type;
  MillGgufType   element;  /* of an array */
  gsize          n;        /* elements of an array */
  const guint8  *data;     /* the value, or an array's first element, in the mapping */
  char          *string;   /* a string's value, NUL-terminated */
  const guint64 *offsets;  /* of a string array: where in the file each string's length stands */
} MillGgufValue;

struct _MillGguf {
  gatomicrefcount ref_count;
  char           *path;
  char           *display;     /* the last part of the path, for messages */
  GMappedFile    *mapping;     /* NULL when made from bytes */
  GBytes         *bytes;       /* NULL when mapped */
  guint8         *aligned;     /* a copy of bytes that were not aligned, or NULL */
  const guint8   *data;
  gsize           size;
  GStringChunk   *names;       /* keys and tensor names */
  GPtrArray      *values;      /* MillGgufValue, owned */
  GHashTable     *by_key;      /* key → MillGgufValue */
  GArray         *tensors;     /* MillGgufTensor */
  GHashTable     *by_name;     /* name → index + 1 */
};

/* Bytes that one value of a fixed-width type takes; 0 for strings and arrays. */
gsize mill_gguf_type_size (MillGgufType type);

const MillGgufValue *mill_gguf_lookup (const MillGguf *self, const char *key);
const char          *mill_gguf_value_string (const MillGguf *self, const MillGgufValue *value, gsize index,
                                             gsize *length);
gint64               mill_gguf_value_int (const MillGgufValue *value, gsize index);
double               mill_gguf_value_float (const MillGgufValue *value, gsize index);

/* Fills a MillGguf whose data and size are set. */
gboolean mill_gguf_parse (MillGguf *self, GError **error);

G_END_DECLS
