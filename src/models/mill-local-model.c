/* A chat model that runs on this computer. */
#include "mill-local-model.h"

#include "mill-local-request.h"
#include "mill-model-name.h"

struct _MillLocalModel {
  GObject             parent_instance;

  char               *path;
  char               *name;
  char               *device; /* owns options.device */
  MillEngineOptions   options;
  MillLocalModelState state;
  MillLocalEngine    *engine;
  GError             *error;

  GPtrArray          *openers; /* GTask: who waits for the opening */
  GCancellable       *opening; /* of the opening under way, or NULL */
};

enum { PROP_0, PROP_STATE, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void mill_local_model_iface_init (MillChatModelInterface *iface);

G_DEFINE_ENUM_TYPE (MillLocalModelState, mill_local_model_state,
                    G_DEFINE_ENUM_VALUE (MILL_LOCAL_MODEL_CLOSED, "closed"),
                    G_DEFINE_ENUM_VALUE (MILL_LOCAL_MODEL_OPENING, "opening"),
                    G_DEFINE_ENUM_VALUE (MILL_LOCAL_MODEL_OPEN, "open"),
                    G_DEFINE_ENUM_VALUE (MILL_LOCAL_MODEL_FAILED, "failed"))

G_DEFINE_FINAL_TYPE_WITH_CODE (MillLocalModel, mill_local_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MILL_TYPE_CHAT_MODEL, mill_local_model_iface_init))

static void
set_state (MillLocalModel *self, MillLocalModelState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/* Opening ----------------------------------------------------------------------------------------- */

/* What the opening thread works with: no part of the object. */
typedef struct {
  char             *path, *device;
  MillEngineOptions options;
  MillEngine       *engine;
  MillChatPrompt   *prompt;
} Opening;

static void
opening_free (Opening *opening)
{
  g_clear_pointer (&opening->engine, mill_engine_unref);
  g_clear_pointer (&opening->prompt, mill_chat_prompt_unref);
  g_free (opening->path);
  g_free (opening->device);
  g_free (opening);
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  GError *error = NULL;
  opening->engine = mill_engine_open (opening->path, &opening->options, cancellable, &error);
  if (opening->engine != NULL)
    opening->prompt = mill_chat_prompt_new (mill_engine_get_chat_template (opening->engine),
                                            mill_engine_get_tokenizer (opening->engine), &error);
  if (opening->prompt == NULL)
    {
      /* Here, not where the result arrives: it takes its time. */
      g_clear_pointer (&opening->engine, mill_engine_unref);
      g_task_return_error (task, error);
    }
  else
    g_task_return_boolean (task, TRUE);
}

/* Tells all who wait. They may begin the next opening from their callbacks. */
static void
settle_openers (MillLocalModel *self, const GError *error)
{
  g_autoptr (GPtrArray) openers = g_steal_pointer (&self->openers);
  self->openers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < openers->len; i++)
    {
      GTask *task = g_ptr_array_index (openers, i);
      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
    }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillLocalModel *self = MILL_LOCAL_MODEL (source);
  Opening *opening = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);
  /* Given up meanwhile: another opening may be under way. */
  if (self->opening != g_task_get_cancellable (G_TASK (result)))
    {
      if (ok)
        {
          MillLocalEngine *late = mill_local_engine_new (g_steal_pointer (&opening->engine), g_steal_pointer (&opening->prompt));
          late->closed = TRUE;
          mill_local_engine_unref (late);
        }
      return;
    }
  g_clear_object (&self->opening);
  if (ok)
    self->engine = mill_local_engine_new (g_steal_pointer (&opening->engine), g_steal_pointer (&opening->prompt));
  else
    self->error = g_error_copy (error);
  set_state (self, ok ? MILL_LOCAL_MODEL_OPEN : MILL_LOCAL_MODEL_FAILED);
  settle_openers (self, error);
}

static void
begin_opening (MillLocalModel *self)
{
  Opening *opening = g_new0 (Opening, 1);
  opening->path = g_strdup (self->path);
  opening->device = g_strdup (self->device);
  opening->options = self->options;
  opening->options.device = opening->device;
  self->opening = g_cancellable_new ();
  g_clear_error (&self->error);
  g_autoptr (GTask) task = g_task_new (self, self->opening, on_opened, NULL);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, open_in_thread);
  set_state (self, MILL_LOCAL_MODEL_OPENING);
}

static void
give_up_opening (MillLocalModel *self)
{
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  set_state (self, MILL_LOCAL_MODEL_CLOSED);
}

/* One of those who wait has lost interest. */
static gboolean
on_opener_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  MillLocalModel *self = g_task_get_source_object (task);
  g_autoptr (GTask) held = g_object_ref (task);
  if (g_ptr_array_remove (self->openers, task))
    {
      if (self->openers->len == 0)
        give_up_opening (self);
      g_task_return_error_if_cancelled (task);
    }
  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
watch_cancellable (GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  if (cancellable == NULL)
    return;
  g_autoptr (GSource) source = g_cancellable_source_new (cancellable);
  g_source_set_callback (source, G_SOURCE_FUNC (on_opener_cancelled), task, NULL);
  g_source_attach (source, g_task_get_context (task));
  g_object_set_data_full (G_OBJECT (task), "watch", g_steal_pointer (&source), destroy_source);
}

void
mill_local_model_open_async (MillLocalModel *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (MILL_IS_LOCAL_MODEL (self));
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, mill_local_model_open_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->engine != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  watch_cancellable (task);
  g_ptr_array_add (self->openers, g_steal_pointer (&task));
  if (self->opening == NULL)
    begin_opening (self);
}

gboolean
mill_local_model_open_finish (MillLocalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
mill_local_model_close (MillLocalModel *self)
{
  g_return_if_fail (MILL_IS_LOCAL_MODEL (self));
  g_autoptr (GError) closed = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The model was closed.");
  if (self->engine != NULL)
    self->engine->closed = TRUE;
  g_clear_pointer (&self->engine, mill_local_engine_unref);
  g_clear_error (&self->error);
  if (self->opening != NULL)
    give_up_opening (self);
  set_state (self, MILL_LOCAL_MODEL_CLOSED);
  settle_openers (self, closed);
}

/* The interface ----------------------------------------------------------------------------------- */

static void
on_opened_for_request (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillLocalModel *self = MILL_LOCAL_MODEL (source);
  GError *error = NULL;
  if (!mill_local_model_open_finish (self, result, &error))
    mill_local_request_fail (user_data, error);
  else if (self->engine == NULL)
    mill_local_request_fail (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The model was closed."));
  else
    mill_local_request_start (user_data, self->engine);
}

static void
mill_local_model_generate_async (MillChatModel *model, GPtrArray *messages, const MillChatOptions *options,
                                 MillChatDeltaFunc delta, gpointer delta_data, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  MillLocalModel *self = MILL_LOCAL_MODEL (model);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, mill_local_model_generate_async);
  /* How it ended is for the engine to say: it may have finished before it was cancelled. */
  g_task_set_check_cancellable (task, FALSE);
  MillLocalRequest *request = mill_local_request_new (task, messages, options, delta, delta_data);
  if (self->engine != NULL)
    mill_local_request_start (request, self->engine);
  else
    mill_local_model_open_async (self, cancellable, on_opened_for_request, request);
}

static gboolean
mill_local_model_generate_finish (MillChatModel *model, GAsyncResult *result, MillChatUsage *usage, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, model), FALSE);
  if (usage != NULL)
    mill_local_request_get_usage (G_TASK (result), usage);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static const char *
mill_local_model_get_name (MillChatModel *model)
{
  return MILL_LOCAL_MODEL (model)->name;
}

static guint
mill_local_model_get_context_length (MillChatModel *model)
{
  MillLocalModel *self = MILL_LOCAL_MODEL (model);
  return self->engine != NULL ? mill_engine_get_context_length (self->engine->engine) : self->options.context_length;
}

static void
mill_local_model_iface_init (MillChatModelInterface *iface)
{
  iface->get_name = mill_local_model_get_name;
  iface->get_context_length = mill_local_model_get_context_length;
  iface->generate_async = mill_local_model_generate_async;
  iface->generate_finish = mill_local_model_generate_finish;
}

/* Facts ------------------------------------------------------------------------------------------- */

MillLocalModelState
mill_local_model_get_state (MillLocalModel *self)
{
  return self->state;
}

const GError *
mill_local_model_get_error (MillLocalModel *self)
{
  return self->error;
}

const char *
mill_local_model_get_path (MillLocalModel *self)
{
  return self->path;
}

const char *
mill_local_model_get_device_name (MillLocalModel *self)
{
  return self->engine != NULL ? mill_engine_get_device_name (self->engine->engine) : NULL;
}

const char *
mill_local_model_get_architecture (MillLocalModel *self)
{
  return self->engine != NULL ? mill_engine_get_architecture (self->engine->engine) : NULL;
}

/* Object ------------------------------------------------------------------------------------------ */

static void
mill_local_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STATE)
    g_value_set_enum (value, MILL_LOCAL_MODEL (object)->state);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
mill_local_model_finalize (GObject *object)
{
  MillLocalModel *self = MILL_LOCAL_MODEL (object);
  g_clear_pointer (&self->engine, mill_local_engine_unref);
  g_clear_error (&self->error);
  g_clear_object (&self->opening);
  g_ptr_array_unref (self->openers);
  g_free (self->path);
  g_free (self->name);
  g_free (self->device);
  G_OBJECT_CLASS (mill_local_model_parent_class)->finalize (object);
}

static void
mill_local_model_class_init (MillLocalModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = mill_local_model_get_property;
  object_class->finalize = mill_local_model_finalize;
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MILL_TYPE_LOCAL_MODEL_STATE, MILL_LOCAL_MODEL_CLOSED,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mill_local_model_init (MillLocalModel *self)
{
  self->openers = g_ptr_array_new_with_free_func (g_object_unref);
}

MillLocalModel *
mill_local_model_new (const char *path, const MillEngineOptions *options)
{
  g_return_val_if_fail (path != NULL, NULL);
  MillLocalModel *self = g_object_new (MILL_TYPE_LOCAL_MODEL, NULL);
  self->path = g_strdup (path);
  self->name = mill_model_name (path, NULL);
  self->options = options != NULL ? *options : MILL_ENGINE_OPTIONS_DEFAULT;
  self->device = g_strdup (self->options.device);
  self->options.device = self->device;
  return self;
}
