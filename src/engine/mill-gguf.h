/* mill-gguf.h: a GGUF v2/v3 file, memory-mapped and checked.
 *
 * Every count, offset, length and type is checked against the file's size before it is used, so that
 * what the accessors give can be read without further checks. Errors name the field.
 *
 * Thread-safety: read-only after opening, so any thread may use it.
 */
#pragma once

#include <gio/gio.h>

#include "mill-quant.h"

G_BEGIN_DECLS

typedef struct _MillGguf MillGguf;

/* A tensor: dimension 0 is the contiguous one (GGUF's own order). */
typedef struct {
  const char   *name;
  MillQuantType type;
  guint         n_dims;
  guint64       dims[4]; /* unused ones are 1 */
  guint64       n_bytes;
  const guint8 *data;    /* in the mapping; aligned to general.alignment */
} MillGgufTensor;

typedef enum {
  MILL_GGUF_UINT8, MILL_GGUF_INT8, MILL_GGUF_UINT16, MILL_GGUF_INT16, MILL_GGUF_UINT32, MILL_GGUF_INT32,
  MILL_GGUF_FLOAT32, MILL_GGUF_BOOL, MILL_GGUF_STRING, MILL_GGUF_ARRAY, MILL_GGUF_UINT64, MILL_GGUF_INT64,
  MILL_GGUF_FLOAT64,
} MillGgufType;

MillGguf *mill_gguf_open (const char *path, GError **error);
MillGguf *mill_gguf_new_from_bytes (GBytes *bytes, const char *name, GError **error); /* for tests and embedded models */
MillGguf *mill_gguf_ref (MillGguf *self);
void      mill_gguf_unref (MillGguf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillGguf, mill_gguf_unref)

const char *mill_gguf_get_path (const MillGguf *self);

gsize                 mill_gguf_get_n_tensors (const MillGguf *self);
const MillGgufTensor *mill_gguf_get_tensor (const MillGguf *self, gsize index);
const MillGgufTensor *mill_gguf_find_tensor (const MillGguf *self, const char *name); /* NULL if missing */

/* Metadata. The lookups give FALSE (or NULL) where the key is missing, or, with an error where `error`
 * is wanted, of another type; integers of any width and sign convert where the value fits. */
gboolean    mill_gguf_has_key (const MillGguf *self, const char *key);
gboolean    mill_gguf_get_uint (const MillGguf *self, const char *key, guint64 *value, GError **error);
gboolean    mill_gguf_get_int (const MillGguf *self, const char *key, gint64 *value, GError **error);
gboolean    mill_gguf_get_float (const MillGguf *self, const char *key, double *value, GError **error);
gboolean    mill_gguf_get_bool (const MillGguf *self, const char *key, gboolean *value, GError **error);
const char *mill_gguf_get_string (const MillGguf *self, const char *key, GError **error); /* valid UTF-8, NUL-terminated, kept by self */

/* Arrays: the element type and count, then the elements. */
gboolean mill_gguf_get_array (const MillGguf *self, const char *key, MillGgufType *type, gsize *n, GError **error);
/* A pointer to the bytes of string `index` of a string array and their number (not terminated). */
const char *mill_gguf_get_array_string (const MillGguf *self, const char *key, gsize index, gsize *length);
gint64      mill_gguf_get_array_int (const MillGguf *self, const char *key, gsize index);
double      mill_gguf_get_array_float (const MillGguf *self, const char *key, gsize index);

/* Tells the kernel that these bytes of the mapping are not needed for now, so that their pages can go. */
void mill_gguf_release_pages (const MillGguf *self, const guint8 *data, gsize n_bytes);

G_END_DECLS
