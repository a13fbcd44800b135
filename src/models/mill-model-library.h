/* mill-model-library.h: the model files that the program knows of: the starter and those opened before.
 *
 * A GListModel of MillModelInfo: the starter first where it is on disk, then the files most recently
 * opened. Files stay where they are and nothing is copied. A file that is gone stays in the list, as
 * MILL_MODEL_INFO_MISSING, until it is forgotten.
 *
 * Thread-safety: main thread; files are looked at in another one.
 */
#pragma once

#include "mill-model-info.h"

G_BEGIN_DECLS

#define MILL_STARTER_FILE "SmolLM2-135M-Instruct.Q4_1.gguf"

#define MILL_TYPE_MODEL_LIBRARY (mill_model_library_get_type ())
G_DECLARE_FINAL_TYPE (MillModelLibrary, mill_model_library, MILL, MODEL_LIBRARY, GObject)

/* `folder` holds the starter (models/MILL_STARTER_FILE) and the list of files opened before; NULL:
 * millrace in the user's data folder. */
MillModelLibrary *mill_model_library_new (const char *folder);

/* Finds the files and begins to read their facts (each MillModelInfo notifies). Call it again to look anew. */
void     mill_model_library_load_async (MillModelLibrary *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean mill_model_library_load_finish (MillModelLibrary *self, GAsyncResult *result, GError **error);

/* The starter where it is on disk, else NULL (not a new reference). */
MillModelInfo *mill_model_library_get_starter (MillModelLibrary *self);

/* The entry of this file, or NULL (not a new reference). */
MillModelInfo *mill_model_library_find (MillModelLibrary *self, const char *path);

/* A file was opened: it goes to the front of those opened before, and the list is kept on disk. Gives
 * its entry (not a new reference), whose facts are read if they are not there. */
MillModelInfo *mill_model_library_add (MillModelLibrary *self, const char *path);

/* Takes a file out of the list; the file itself stays. The starter stays in the list. */
void mill_model_library_forget (MillModelLibrary *self, MillModelInfo *info);

G_END_DECLS
