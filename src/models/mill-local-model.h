/* mill-local-model.h: a chat model that runs on this computer, from a GGUF file.
 *
 * Makes a prompt of the messages with the file's own chat template, has the engine answer it, and
 * gives reasoning and text apart. The file is opened when it is first needed, or by open_async.
 *
 * Thread-safety: belongs to the thread that made it; reading, uploading and making prompts are done
 * in others.
 */
#pragma once

#include "engine/mill-engine.h"
#include "mill-chat-model.h"

G_BEGIN_DECLS

typedef enum {
  MILL_LOCAL_MODEL_CLOSED,
  MILL_LOCAL_MODEL_OPENING,
  MILL_LOCAL_MODEL_OPEN,
  MILL_LOCAL_MODEL_FAILED, /* to open: mill_local_model_get_error; opening may be tried again */
} MillLocalModelState;

#define MILL_TYPE_LOCAL_MODEL_STATE (mill_local_model_state_get_type ())
GType mill_local_model_state_get_type (void);

#define MILL_TYPE_LOCAL_MODEL (mill_local_model_get_type ())
G_DECLARE_FINAL_TYPE (MillLocalModel, mill_local_model, MILL, LOCAL_MODEL, GObject)

/* Property with notify: "state". */

/* A model of the file `path`; nothing is read yet. `options` are copied; NULL: the defaults. */
MillLocalModel *mill_local_model_new (const char *path, const MillEngineOptions *options);

/* Opens the file on a device, which takes up to seconds. Ends at once where it is open; several calls
 * share one opening, which goes on as long as one of them is not cancelled.
 * Errors: MILL_ENGINE_ERROR, MILL_CHAT_ERROR_TEMPLATE, G_IO_ERROR (a file that cannot be read). */
void     mill_local_model_open_async (MillLocalModel *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean mill_local_model_open_finish (MillLocalModel *self, GAsyncResult *result, GError **error);

/* Gives the device's memory back. Answers under way end with their own engine; the next one opens anew. */
void mill_local_model_close (MillLocalModel *self);

MillLocalModelState mill_local_model_get_state (MillLocalModel *self);
const GError       *mill_local_model_get_error (MillLocalModel *self); /* NULL unless FAILED */
const char         *mill_local_model_get_path (MillLocalModel *self);
/* NULL while it is not open. */
const char         *mill_local_model_get_device_name (MillLocalModel *self);
const char         *mill_local_model_get_architecture (MillLocalModel *self);

G_END_DECLS
