/* mill-model-manager.h: the model that answers: which one is chosen, opening it, what went wrong.
 *
 * No GTK here. The choice is kept in the settings ("model"), and how it is opened follows them
 * ("device", "context-length"): a change opens it anew. Answers that are under way end with the model
 * that they began with.
 *
 * Thread-safety: main thread; files are opened in another one.
 */
#pragma once

#include "models/mill-local-model.h"
#include "models/mill-model-library.h"

G_BEGIN_DECLS

#define MILL_TYPE_MODEL_MANAGER (mill_model_manager_get_type ())
G_DECLARE_FINAL_TYPE (MillModelManager, mill_model_manager, MILL, MODEL_MANAGER, GObject)

/* Signals: "changed" (any of the facts below did), "model-changed" (get_model gives another one).
 * `folder`: see mill_model_library_new. */
MillModelManager *mill_model_manager_new (GSettings *settings, const char *folder);

/* Looks which files there are, then opens the chosen one. "changed" follows. */
void     mill_model_manager_start (MillModelManager *self);
gboolean mill_model_manager_get_started (MillModelManager *self);

/* Opens the file at `path` and makes it the choice, from now on and at the next start. */
void mill_model_manager_choose (MillModelManager *self, const char *path);

/* Tries again to open the choice. */
void mill_model_manager_reopen (MillModelManager *self);

MillModelLibrary *mill_model_manager_get_library (MillModelManager *self);

/* The chosen model, opening or open or failed; NULL where nothing is chosen. */
MillChatModel      *mill_model_manager_get_model (MillModelManager *self);
MillLocalModelState mill_model_manager_get_state (MillModelManager *self);
const GError       *mill_model_manager_get_error (MillModelManager *self); /* NULL unless FAILED */
const char         *mill_model_manager_get_path (MillModelManager *self);  /* "" for none */
const char         *mill_model_manager_get_name (MillModelManager *self);  /* for people; "" for none */
const char         *mill_model_manager_get_device_name (MillModelManager *self); /* NULL until open */

G_END_DECLS
