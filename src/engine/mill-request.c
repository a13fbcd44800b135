#include "mill-request.h"

MillRequest *
mill_request_new (const MillEngineRequest *what, guint n_vocab, guint context, MillEngineSink sink, gpointer sink_data,
                  GTask *task)
{
  MillRequest *self = g_new0 (MillRequest, 1);
  self->task = g_object_ref (task);
  self->sink = sink;
  self->sink_data = sink_data;
  self->tokens = g_array_sized_new (FALSE, FALSE, sizeof (guint32), what->n_tokens);
  g_array_append_vals (self->tokens, what->tokens, what->n_tokens);
  self->n_prompt = what->n_tokens;
  guint room = context - what->n_tokens;
  self->max_tokens = what->max_tokens > 0 ? MIN (what->max_tokens, room) : room;
  self->ignore_eos = what->ignore_eos;
  self->priority = what->priority;
  self->sampler = mill_sampler_new (&what->sampling, n_vocab);
  self->usage.prompt_tokens = what->n_tokens;
  self->pending = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_mutex_init (&self->mutex);
  return self;
}

void
mill_request_free (MillRequest *self)
{
  g_clear_object (&self->task);
  g_array_unref (self->tokens);
  g_array_unref (self->pending);
  mill_sampler_free (self->sampler);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* In the caller's main context. */
static gboolean
deliver (gpointer user_data)
{
  MillRequest *self = user_data;
  g_mutex_lock (&self->mutex);
  g_autoptr (GArray) tokens = g_steal_pointer (&self->pending);
  self->pending = g_array_new (FALSE, FALSE, sizeof (guint32));
  const MillEngineUsage usage = self->pending_usage;
  const guint prompt_done = self->prompt_done;
  self->scheduled = FALSE;
  g_mutex_unlock (&self->mutex);
  if (g_atomic_int_get (&self->stopped) || g_cancellable_is_cancelled (g_task_get_cancellable (self->task)))
    return G_SOURCE_REMOVE;
  if (!self->sink ((guint32 *) (void *) tokens->data, tokens->len, prompt_done, &usage, self->sink_data))
    g_atomic_int_set (&self->stopped, TRUE);
  return G_SOURCE_REMOVE;
}

static void
invoke (MillRequest *self, GSourceFunc function)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, function, self, NULL);
  g_source_set_static_name (source, "MillRequest");
  g_source_attach (source, g_task_get_context (self->task));
}

void
mill_request_deliver (MillRequest *self, guint32 token)
{
  if (self->sink == NULL)
    return;
  g_mutex_lock (&self->mutex);
  if (token != MILL_TOKEN_NONE)
    g_array_append_val (self->pending, token);
  self->pending_usage = self->usage;
  self->prompt_done = self->sequence != NULL ? MIN (self->sequence->tokens->len, self->n_prompt) : 0;
  gboolean schedule = !self->scheduled;
  self->scheduled = TRUE;
  g_mutex_unlock (&self->mutex);
  if (schedule)
    invoke (self, deliver);
}

/* Runs after the deliveries that were queued before it, so that nothing touches the request any more. */
static gboolean
release (gpointer user_data)
{
  MillRequest *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  GError *error = g_task_get_task_data (task);
  MillEngineUsage *usage = g_memdup2 (&self->usage, sizeof self->usage);
  mill_request_free (self);
  g_object_set_data_full (G_OBJECT (task), "usage", usage, g_free);
  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

void
mill_request_finish (MillRequest *self, GError *error)
{
  if (error != NULL)
    g_task_set_task_data (self->task, error, (GDestroyNotify) g_error_free);
  invoke (self, release);
}
