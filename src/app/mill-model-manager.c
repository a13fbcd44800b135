/* mill-model-manager.c: the model that answers: which one is chosen, opening it, what went wrong. */

#include "mill-model-manager.h"

struct _MillModelManager {
  GObject           parent_instance;

  GSettings        *settings;
  MillModelLibrary *library;
  GCancellable     *cancellable; /* of all that this object waits for */
  MillLocalModel   *model;
  char             *path;
  gboolean          started;
};

G_DEFINE_FINAL_TYPE (MillModelManager, mill_model_manager, G_TYPE_OBJECT)

enum { CHANGED, MODEL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
changed (MillModelManager *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MillModelManager) self = data;

  /* The model keeps the error, and its state tells. */
  mill_local_model_open_finish (MILL_LOCAL_MODEL (source), result, NULL);
  if (MILL_LOCAL_MODEL (source) == self->model && mill_local_model_get_state (self->model) == MILL_LOCAL_MODEL_OPEN)
    mill_model_library_add (self->library, self->path);
  changed (self);
}

static void
open_model (MillModelManager *self)
{
  mill_local_model_open_async (self->model, self->cancellable, opened, g_object_ref (self));
  changed (self);
}

/* A model object for the choice as the settings are now, in place of the one before. */
static void
make_model (MillModelManager *self)
{
  MillEngineOptions options = MILL_ENGINE_OPTIONS_DEFAULT;
  g_autofree char *device = g_settings_get_string (self->settings, "device");

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_func (self->model, changed, self);
  g_clear_object (&self->model);
  if (*self->path == '\0')
    return;
  options.context_length = g_settings_get_uint (self->settings, "context-length");
  options.device = *device != '\0' ? device : NULL;
  self->model = mill_local_model_new (self->path, &options);
  g_signal_connect_object (self->model, "notify::state", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
}

static void
use_choice (MillModelManager *self)
{
  make_model (self);
  g_signal_emit (self, signals[MODEL_CHANGED], 0);
  if (self->model != NULL)
    open_model (self);
  else
    changed (self);
}

void
mill_model_manager_choose (MillModelManager *self, const char *path)
{
  g_autofree char *absolute = NULL;

  g_return_if_fail (MILL_IS_MODEL_MANAGER (self));
  absolute = g_canonicalize_filename (path, NULL);
  if (self->model != NULL && g_str_equal (self->path, absolute)
      && mill_local_model_get_state (self->model) != MILL_LOCAL_MODEL_FAILED)
    return;
  g_set_str (&self->path, absolute);
  g_settings_set_string (self->settings, "model", absolute);
  use_choice (self);
}

void
mill_model_manager_reopen (MillModelManager *self)
{
  g_return_if_fail (MILL_IS_MODEL_MANAGER (self));
  if (self->model != NULL)
    open_model (self);
}

static void
library_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MillModelManager) self = data;
  g_autoptr (GError) error = NULL;

  /* Without the list of earlier files everything else still works. */
  if (!mill_model_library_load_finish (MILL_MODEL_LIBRARY (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_message ("The list of models could not be read: %s", error->message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->started = TRUE;
  if (self->model == NULL)
    use_choice (self);
  else
    changed (self);
}

void
mill_model_manager_start (MillModelManager *self)
{
  g_return_if_fail (MILL_IS_MODEL_MANAGER (self));
  mill_model_library_load_async (self->library, self->cancellable, library_loaded, g_object_ref (self));
}

gboolean
mill_model_manager_get_started (MillModelManager *self)
{
  return self->started;
}

MillModelLibrary *
mill_model_manager_get_library (MillModelManager *self)
{
  return self->library;
}

MillChatModel *
mill_model_manager_get_model (MillModelManager *self)
{
  return (MillChatModel *) self->model;
}

MillLocalModelState
mill_model_manager_get_state (MillModelManager *self)
{
  return self->model != NULL ? mill_local_model_get_state (self->model) : MILL_LOCAL_MODEL_CLOSED;
}

const GError *
mill_model_manager_get_error (MillModelManager *self)
{
  return self->model != NULL ? mill_local_model_get_error (self->model) : NULL;
}

const char *
mill_model_manager_get_path (MillModelManager *self)
{
  return self->path;
}

const char *
mill_model_manager_get_name (MillModelManager *self)
{
  return self->model != NULL ? mill_chat_model_get_name (MILL_CHAT_MODEL (self->model)) : "";
}

const char *
mill_model_manager_get_device_name (MillModelManager *self)
{
  return self->model != NULL ? mill_local_model_get_device_name (self->model) : NULL;
}

static void
how_to_open_changed (MillModelManager *self)
{
  if (self->model != NULL)
    use_choice (self);
}

static void
mill_model_manager_dispose (GObject *object)
{
  MillModelManager *self = MILL_MODEL_MANAGER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->model);
  g_clear_object (&self->library);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (mill_model_manager_parent_class)->dispose (object);
}

static void
mill_model_manager_finalize (GObject *object)
{
  g_free (MILL_MODEL_MANAGER (object)->path);
  G_OBJECT_CLASS (mill_model_manager_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, MILL_TYPE_MODEL_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mill_model_manager_class_init (MillModelManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mill_model_manager_dispose;
  object_class->finalize = mill_model_manager_finalize;
  signals[CHANGED] = add_signal ("changed");
  signals[MODEL_CHANGED] = add_signal ("model-changed");
}

static void
mill_model_manager_init (MillModelManager *self)
{
  self->cancellable = g_cancellable_new ();
}

MillModelManager *
mill_model_manager_new (GSettings *settings, const char *folder)
{
  MillModelManager *self = g_object_new (MILL_TYPE_MODEL_MANAGER, NULL);

  self->settings = g_object_ref (settings);
  self->library = mill_model_library_new (folder);
  self->path = g_settings_get_string (settings, "model");
  g_signal_connect_object (settings, "changed::device", G_CALLBACK (how_to_open_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::context-length", G_CALLBACK (how_to_open_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}
