/* The model files that the program knows of. */
#include "mill-model-library.h"

#include <string.h>

/* A URI a line, the last opened first. */
#define RECENT_FILE "recent-models"
#define MAX_RECENT 50

struct _MillModelLibrary {
  GObject        parent_instance;

  char          *folder;
  MillModelInfo *starter; /* NULL where it is not on disk */
  GPtrArray     *recent;  /* MillModelInfo, never the starter */
  gboolean       loaded;  /* before that, saving would forget what is on disk */
  gboolean       saving;
  gboolean       changed; /* since the saving under way began */
};

static void mill_model_library_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MillModelLibrary, mill_model_library, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, mill_model_library_iface_init))

static char *
starter_path (MillModelLibrary *self)
{
  return g_build_filename (self->folder, "models", MILL_STARTER_FILE, NULL);
}

/* The list -----------------------------------------------------------------------------------------*/

static guint
n_before (MillModelLibrary *self)
{
  return self->starter != NULL ? 1 : 0;
}

static GType
get_item_type (GListModel *list)
{
  return MILL_TYPE_MODEL_INFO;
}

static guint
get_n_items (GListModel *list)
{
  MillModelLibrary *self = MILL_MODEL_LIBRARY (list);
  return n_before (self) + self->recent->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MillModelLibrary *self = MILL_MODEL_LIBRARY (list);
  if (position < n_before (self))
    return g_object_ref (self->starter);
  position -= n_before (self);
  return position < self->recent->len ? g_object_ref (g_ptr_array_index (self->recent, position)) : NULL;
}

static void
mill_model_library_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static gboolean
find_recent (MillModelLibrary *self, const char *path, guint *index)
{
  for (guint i = 0; i < self->recent->len; i++)
    if (g_str_equal (mill_model_info_get_path (g_ptr_array_index (self->recent, i)), path))
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

static void
set_starter (MillModelLibrary *self, const char *path)
{
  if ((path != NULL) == (self->starter != NULL))
    return;
  gboolean gone = self->starter != NULL;
  g_clear_object (&self->starter);
  if (path != NULL)
    self->starter = mill_model_info_new (path);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, gone, !gone);
}

/* Saving ------------------------------------------------------------------------------------------ */

typedef struct {
  char *path;
  char *text;
} Saving;

static void
saving_free (Saving *saving)
{
  g_free (saving->path);
  g_free (saving->text);
  g_free (saving);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Saving *saving = data;
  GError *error = NULL;
  g_autofree char *folder = g_path_get_dirname (saving->path);
  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents_full (saving->path, saving->text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void save (MillModelLibrary *self);

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillModelLibrary *self = MILL_MODEL_LIBRARY (source);
  g_autoptr (GError) error = NULL;
  self->saving = FALSE;
  /* No one's work: the files are all there, and the list is written again with the next one. */
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_message ("The list of models could not be saved: %s", error->message);
  if (self->changed)
    save (self);
}

static void
save (MillModelLibrary *self)
{
  self->changed = TRUE;
  if (self->saving || !self->loaded)
    return;
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < self->recent->len && i < MAX_RECENT; i++)
    {
      g_autofree char *uri = g_filename_to_uri (mill_model_info_get_path (g_ptr_array_index (self->recent, i)), NULL, NULL);
      if (uri != NULL)
        g_string_append_printf (text, "%s\n", uri);
    }
  Saving *saving = g_new0 (Saving, 1);
  saving->path = g_build_filename (self->folder, RECENT_FILE, NULL);
  saving->text = g_string_free (text, FALSE);
  self->saving = TRUE;
  self->changed = FALSE;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_saved, NULL);
  g_task_set_task_data (task, saving, (GDestroyNotify) saving_free);
  g_task_run_in_thread (task, save_in_thread);
}

/* Loading ----------------------------------------------------------------------------------------- */

typedef struct {
  char      *recent_path, *starter;
  gboolean   has_starter;
  GPtrArray *paths; /* char *, the last opened first */
} Loading;

static void
loading_free (Loading *loading)
{
  g_free (loading->recent_path);
  g_free (loading->starter);
  g_ptr_array_unref (loading->paths);
  g_free (loading);
}

static void
load_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Loading *loading = data;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  loading->has_starter = g_file_test (loading->starter, G_FILE_TEST_EXISTS);
  if (!g_file_get_contents (loading->recent_path, &text, NULL, &error)
      && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", MAX_RECENT + 1);
  for (guint i = 0; lines[i] != NULL && i < MAX_RECENT; i++)
    {
      char *path = g_filename_from_uri (lines[i], NULL, NULL);
      if (path != NULL)
        g_ptr_array_add (loading->paths, path);
    }
  g_task_return_boolean (task, TRUE);
}

static void
take_paths (MillModelLibrary *self, const Loading *loading)
{
  guint first = self->recent->len, at;
  for (guint i = 0; i < loading->paths->len; i++)
    {
      const char *path = g_ptr_array_index (loading->paths, i);
      if (!find_recent (self, path, &at) && !g_str_equal (path, loading->starter))
        g_ptr_array_add (self->recent, mill_model_info_new (path));
    }
  if (self->recent->len > first)
    g_list_model_items_changed (G_LIST_MODEL (self), n_before (self) + first, 0, self->recent->len - first);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillModelLibrary *self = MILL_MODEL_LIBRARY (source);
  Loading *loading = g_task_get_task_data (G_TASK (result));
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      set_starter (self, loading->has_starter ? loading->starter : NULL);
      take_paths (self, loading);
      self->loaded = ok;
      if (self->changed)
        save (self);
      for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
        {
          g_autoptr (MillModelInfo) info = get_item (G_LIST_MODEL (self), i);
          mill_model_info_read_async (info, NULL, NULL, NULL);
        }
    }
  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
mill_model_library_load_async (MillModelLibrary *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (MILL_IS_MODEL_LIBRARY (self));
  Loading *loading = g_new0 (Loading, 1);
  loading->recent_path = g_build_filename (self->folder, RECENT_FILE, NULL);
  loading->starter = starter_path (self);
  loading->paths = g_ptr_array_new_with_free_func (g_free);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, mill_model_library_load_async);
  g_autoptr (GTask) reading = g_task_new (self, cancellable, on_loaded, task);
  g_task_set_task_data (reading, loading, (GDestroyNotify) loading_free);
  g_task_run_in_thread (reading, load_in_thread);
}

gboolean
mill_model_library_load_finish (MillModelLibrary *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What the window asks for ------------------------------------------------------------------------ */

MillModelInfo *
mill_model_library_get_starter (MillModelLibrary *self)
{
  return self->starter;
}

MillModelInfo *
mill_model_library_find (MillModelLibrary *self, const char *path)
{
  guint index;
  if (self->starter != NULL && g_str_equal (mill_model_info_get_path (self->starter), path))
    return self->starter;
  return find_recent (self, path, &index) ? g_ptr_array_index (self->recent, index) : NULL;
}

MillModelInfo *
mill_model_library_add (MillModelLibrary *self, const char *path)
{
  g_return_val_if_fail (MILL_IS_MODEL_LIBRARY (self) && path != NULL, NULL);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL), *starter = starter_path (self);
  MillModelInfo *info;
  guint index;
  if (g_str_equal (absolute, starter))
    {
      set_starter (self, absolute);
      info = self->starter;
    }
  else
    {
      gboolean known = find_recent (self, absolute, &index);
      info = known ? g_ptr_array_steal_index (self->recent, index) : mill_model_info_new (absolute);
      if (known)
        g_list_model_items_changed (G_LIST_MODEL (self), n_before (self) + index, 1, 0);
      g_ptr_array_insert (self->recent, 0, info);
      g_list_model_items_changed (G_LIST_MODEL (self), n_before (self), 0, 1);
      save (self);
    }
  if (mill_model_info_get_state (info) != MILL_MODEL_INFO_READY)
    mill_model_info_read_async (info, NULL, NULL, NULL);
  return info;
}

void
mill_model_library_forget (MillModelLibrary *self, MillModelInfo *info)
{
  guint index;
  g_return_if_fail (MILL_IS_MODEL_LIBRARY (self));
  if (!g_ptr_array_find (self->recent, info, &index))
    return;
  g_ptr_array_remove_index (self->recent, index);
  g_list_model_items_changed (G_LIST_MODEL (self), n_before (self) + index, 1, 0);
  save (self);
}

/* Object ------------------------------------------------------------------------------------------ */

static void
mill_model_library_finalize (GObject *object)
{
  MillModelLibrary *self = MILL_MODEL_LIBRARY (object);
  g_clear_object (&self->starter);
  g_ptr_array_unref (self->recent);
  g_free (self->folder);
  G_OBJECT_CLASS (mill_model_library_parent_class)->finalize (object);
}

static void
mill_model_library_class_init (MillModelLibraryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mill_model_library_finalize;
}

static void
mill_model_library_init (MillModelLibrary *self)
{
  self->recent = g_ptr_array_new_with_free_func (g_object_unref);
}

MillModelLibrary *
mill_model_library_new (const char *folder)
{
  MillModelLibrary *self = g_object_new (MILL_TYPE_MODEL_LIBRARY, NULL);
  self->folder = folder != NULL ? g_strdup (folder) : g_build_filename (g_get_user_data_dir (), "millrace", NULL);
  return self;
}
