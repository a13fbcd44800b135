/* One answer of a local model. */
#include "mill-local-request.h"

#include "mill-reasoning.h"

/* An answer needs room for at least so many tokens: an answer of three words is no answer. */
#define LEAST_ROOM 16

struct _MillLocalRequest {
  GTask            *task;
  GPtrArray        *messages; /* MillChatMessage */
  MillChatOptions   options;
  MillChatDeltaFunc delta;
  gpointer          delta_data;
  MillLocalEngine  *engine;
  GArray           *tokens;   /* guint32: the prompt */
  gboolean          thinks;   /* the prompt ends inside of <think> */

  GString          *pending;  /* bytes that are not whole characters yet */
  MillReasoning    *reasoning;
};

MillLocalEngine *
mill_local_engine_new (MillEngine *engine, MillChatPrompt *prompt)
{
  MillLocalEngine *self = g_new0 (MillLocalEngine, 1);
  self->ref_count = 1;
  self->engine = engine;
  self->prompt = prompt;
  return self;
}

MillLocalEngine *
mill_local_engine_ref (MillLocalEngine *self)
{
  self->ref_count++;
  return self;
}

static gpointer
unref_engine (gpointer data)
{
  mill_engine_unref (data);
  return NULL;
}

void
mill_local_engine_unref (MillLocalEngine *self)
{
  if (--self->ref_count > 0)
    return;
  /* At the end of the program it has to be gone before the program is. */
  if (self->closed)
    g_thread_unref (g_thread_new ("close-model", unref_engine, self->engine));
  else
    mill_engine_unref (self->engine);
  mill_chat_prompt_unref (self->prompt);
  g_free (self);
}

static gpointer
copy_message (gconstpointer message, gpointer user_data)
{
  return mill_chat_message_copy (message);
}

MillLocalRequest *
mill_local_request_new (GTask *task, GPtrArray *messages, const MillChatOptions *options, MillChatDeltaFunc delta,
                        gpointer delta_data)
{
  MillLocalRequest *self = g_new0 (MillLocalRequest, 1);
  self->task = task;
  self->messages = g_ptr_array_copy (messages, (GCopyFunc) copy_message, NULL);
  g_ptr_array_set_free_func (self->messages, (GDestroyNotify) mill_chat_message_free);
  self->options = *options;
  self->delta = delta;
  self->delta_data = delta_data;
  self->pending = g_string_new (NULL);
  return self;
}

static void
request_free (MillLocalRequest *self)
{
  g_ptr_array_unref (self->messages);
  g_clear_pointer (&self->engine, mill_local_engine_unref);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_clear_pointer (&self->reasoning, mill_reasoning_free);
  g_string_free (self->pending, TRUE);
  g_object_unref (self->task);
  g_free (self);
}

/* The interface's errors, whatever the engine calls them. */
static GError *
translate_error (GError *error)
{
  int code = MILL_CHAT_ERROR_FAILED;
  if (error->domain != MILL_ENGINE_ERROR)
    return error;
  if (error->code == MILL_ENGINE_ERROR_CONTEXT_FULL)
    code = MILL_CHAT_ERROR_CONTEXT_FULL;
  else if (error->code == MILL_ENGINE_ERROR_NO_DEVICE || error->code == MILL_ENGINE_ERROR_MEMORY
           || error->code == MILL_ENGINE_ERROR_DEVICE_LOST)
    code = MILL_CHAT_ERROR_DEVICE;
  GError *translated = g_error_new_literal (MILL_CHAT_ERROR, code, error->message);
  g_error_free (error);
  return translated;
}

static void
keep_usage (MillLocalRequest *self, const MillChatUsage *usage)
{
  g_object_set_data_full (G_OBJECT (self->task), "usage", g_memdup2 (usage, sizeof *usage), g_free);
}

void
mill_local_request_get_usage (GTask *task, MillChatUsage *usage)
{
  const MillChatUsage *known = g_object_get_data (G_OBJECT (task), "usage");
  *usage = known != NULL ? *known : (MillChatUsage) { 0 };
}

void
mill_local_request_fail (MillLocalRequest *self, GError *error)
{
  g_task_return_error (self->task, translate_error (error));
  request_free (self);
}

static MillChatUsage
translate_usage (MillLocalRequest *self, const MillEngineUsage *usage)
{
  return (MillChatUsage) {
    .prompt_tokens = usage->prompt_tokens,
    .cached_tokens = usage->cached_tokens,
    .completion_tokens = usage->completion_tokens,
    .context_length = mill_engine_get_context_length (self->engine->engine),
    .prompt_seconds = usage->prompt_seconds,
    .generation_seconds = usage->generation_seconds,
    .finish = usage->finish == MILL_ENGINE_FINISH_LENGTH ? MILL_CHAT_FINISH_LENGTH : MILL_CHAT_FINISH_STOP,
  };
}

static void
give (MillLocalRequest *self, MillChatDeltaKind kind, const GString *text, const MillChatUsage *usage)
{
  MillChatDelta delta = { .kind = kind, .text = text != NULL ? text->str : NULL, .usage = *usage };
  if (self->delta != NULL && (text == NULL || text->len > 0))
    self->delta (&delta, self->delta_data);
}

/* Bytes of the answer to what can be shown; `end`: there will be no more. */
static void
give_bytes (MillLocalRequest *self, const GString *bytes, gboolean end, const MillChatUsage *usage)
{
  g_autoptr (GString) whole = g_string_new (NULL), reasoning = g_string_new (NULL), text = g_string_new (NULL);
  mill_utf8_stream (self->pending, bytes->str, bytes->len, end, whole);
  mill_reasoning_feed (self->reasoning, whole->str, whole->len, reasoning, text);
  if (end)
    mill_reasoning_end (self->reasoning, reasoning, text);
  give (self, MILL_CHAT_DELTA_REASONING, reasoning, usage);
  give (self, MILL_CHAT_DELTA_TEXT, text, usage);
}

static gboolean
on_tokens (const guint32 *tokens, gsize n_tokens, guint prompt_done, const MillEngineUsage *engine_usage, gpointer user_data)
{
  MillLocalRequest *self = user_data;
  MillChatUsage usage = translate_usage (self, engine_usage);
  if (n_tokens == 0)
    {
      usage.cached_tokens = prompt_done;
      give (self, MILL_CHAT_DELTA_PROGRESS, NULL, &usage);
      return TRUE;
    }
  g_autoptr (GString) bytes = g_string_new (NULL);
  const MillTokenizer *tokenizer = mill_engine_get_tokenizer (self->engine->engine);
  for (gsize i = 0; i < n_tokens; i++)
    mill_tokenizer_append_bytes (tokenizer, tokens[i], FALSE, bytes);
  give_bytes (self, bytes, FALSE, &usage);
  return TRUE;
}

static void
on_generated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillLocalRequest *self = user_data;
  g_autoptr (GString) nothing = g_string_new (NULL);
  MillEngineUsage engine_usage = { 0 };
  GError *error = NULL;
  gboolean ok = mill_engine_generate_finish (self->engine->engine, result, &engine_usage, &error);
  MillChatUsage usage = translate_usage (self, &engine_usage);
  give_bytes (self, nothing, TRUE, &usage);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    usage.finish = MILL_CHAT_FINISH_CANCELLED;
  keep_usage (self, &usage);
  if (ok)
    g_task_return_boolean (self->task, TRUE);
  else
    g_task_return_error (self->task, translate_error (error));
  request_free (self);
}

static void
make_prompt (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  MillLocalRequest *self = data;
  GError *error = NULL;
  self->tokens = mill_chat_prompt_encode (self->engine->prompt, self->messages, &self->thinks, cancellable, &error);
  if (self->tokens == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
check_room (MillLocalRequest *self, GError **error)
{
  guint context = mill_engine_get_context_length (self->engine->engine);
  guint least = self->options.max_tokens > 0 ? MIN (self->options.max_tokens, LEAST_ROOM) : LEAST_ROOM;
  MillChatUsage usage = { .prompt_tokens = self->tokens->len, .context_length = context };
  if ((guint64) self->tokens->len + least <= context)
    return TRUE;
  keep_usage (self, &usage);
  if (self->messages->len <= 2)
    g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_CONTEXT_FULL,
                 "The text has %u tokens, and the model's context holds %u with the answer. Nothing was cut. "
                 "Shorten the text, or choose a longer context.",
                 self->tokens->len, context);
  else
    g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_CONTEXT_FULL,
                 "The conversation has %u tokens, and the model's context holds %u with the answer. Nothing was cut. "
                 "Go on without the oldest messages, begin a new conversation, or choose a longer context.",
                 self->tokens->len, context);
  return FALSE;
}

static void
on_prompt_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillLocalRequest *self = user_data;
  GError *error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error) || !check_room (self, &error))
    {
      mill_local_request_fail (self, error);
      return;
    }
  const MillChatOptions *o = &self->options;
  MillEngineRequest request = {
    .tokens = (guint32 *) (void *) self->tokens->data,
    .n_tokens = self->tokens->len,
    .max_tokens = o->max_tokens,
    .sampling = { o->temperature, o->top_k, o->top_p, o->min_p, o->repetition_penalty, o->seed },
    .priority = o->priority,
  };
  self->reasoning = mill_reasoning_new (self->thinks);
  mill_engine_generate_async (self->engine->engine, &request, on_tokens, self, g_task_get_cancellable (self->task), on_generated, self);
}

void
mill_local_request_start (MillLocalRequest *self, MillLocalEngine *engine)
{
  self->engine = mill_local_engine_ref (engine);
  g_autoptr (GTask) task = g_task_new (NULL, g_task_get_cancellable (self->task), on_prompt_made, self);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, make_prompt);
}
