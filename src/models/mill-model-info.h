/* mill-model-info.h: what is known of a model file before it is opened, for a person to choose by.
 *
 * Thread-safety: main thread; the file's header is read in another one.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  MILL_MODEL_INFO_READING, /* the facts are not there yet */
  MILL_MODEL_INFO_READY,
  MILL_MODEL_INFO_MISSING, /* no file at this path (any more) */
  MILL_MODEL_INFO_BAD,     /* it cannot be read, or not by this program: mill_model_info_get_problem */
} MillModelInfoState;

#define MILL_TYPE_MODEL_INFO_STATE (mill_model_info_state_get_type ())
GType mill_model_info_state_get_type (void);

#define MILL_TYPE_MODEL_INFO (mill_model_info_get_type ())
G_DECLARE_FINAL_TYPE (MillModelInfo, mill_model_info, MILL, MODEL_INFO, GObject)

/* Property with notify: "state"; the facts below are there from MILL_MODEL_INFO_READY on. */

/* `path` is absolute. Nothing is read before mill_model_info_read_async. */
MillModelInfo *mill_model_info_new (const char *path);

/* Reads the facts (again). Ends with the state MILL_MODEL_INFO_BAD or _MISSING where it gives an error. */
void     mill_model_info_read_async (MillModelInfo *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean mill_model_info_read_finish (MillModelInfo *self, GAsyncResult *result, GError **error);

MillModelInfoState mill_model_info_get_state (MillModelInfo *self);
const char        *mill_model_info_get_path (MillModelInfo *self);
const char        *mill_model_info_get_problem (MillModelInfo *self); /* a sentence, or NULL */

const char *mill_model_info_get_name (MillModelInfo *self);         /* general.name; until read, from the file's name */
const char *mill_model_info_get_architecture (MillModelInfo *self); /* "llama"; "" until known */
const char *mill_model_info_get_quantisation (MillModelInfo *self); /* of most of its weights: "Q4_1"; "" until known */
guint64     mill_model_info_get_size (MillModelInfo *self);         /* bytes of the file */
guint64     mill_model_info_get_n_parameters (MillModelInfo *self);
guint       mill_model_info_get_context_length (MillModelInfo *self); /* what it was trained for */
/* Bytes that the device needs: weights, the KV cache of `context_length` tokens (0: as the engine
 * chooses by default) and working memory. An estimate; 0 until known. */
guint64     mill_model_info_get_memory (MillModelInfo *self, guint context_length);
/* Whether it is the starter model. */
gboolean    mill_model_info_get_starter (MillModelInfo *self);

G_END_DECLS
