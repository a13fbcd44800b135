/* The engine's thread: requests in, steps of whatever is ready, tokens out. */
#include "mill-engine.h"

#include "mill-request.h"
#include "mill-runner.h"

#include <string.h>

/* Work that a caller waits for, run between two steps. */
typedef struct {
  gboolean (*run) (MillEngine *self, gpointer data, GError **error);
  gpointer   data;
  GError   **error;
  gboolean   result;
  gboolean   done;
} Job;

struct _MillEngine {
  int               ref_count;
  MillGguf         *gguf;
  MillTokenizer    *tokenizer;
  char             *name;
  char             *device_name;
  MillEngineOptions options;
  char             *device; /* owns options.device */
  guint             context;
  guint             n_vocab;
  GThread          *thread;

  GMutex            mutex; /* for what follows */
  GCond             changed;
  GPtrArray        *arrived; /* MillRequest */
  GPtrArray        *jobs;    /* Job */
  guint64           serial;
  gboolean          ending;

  /* The thread's own. */
  MillRunner       *runner; /* NULL after a lost device, until it is opened again */
  GPtrArray        *waiting; /* MillRequest, in the order in which they are to run */
  GPtrArray        *active;
};

/* By priority, then by arrival. */
static int
compare_requests (gconstpointer a, gconstpointer b)
{
  const MillRequest *first = *(MillRequest *const *) a, *second = *(MillRequest *const *) b;
  if (first->priority != second->priority)
    return first->priority > second->priority ? -1 : 1;
  return first->serial < second->serial ? -1 : first->serial > second->serial;
}

static GCancellable *
cancellable_of (MillRequest *request)
{
  return g_task_get_cancellable (request->task);
}

/* Ends a request that is in no list any more. */
static void
end_request (MillEngine *self, MillRequest *request, GError *error)
{
  if (request->sequence != NULL)
    mill_kv_end (mill_runner_get_kv (self->runner), request->sequence);
  request->sequence = NULL;
  if (request->first_token > 0)
    request->usage.generation_seconds = (g_get_monotonic_time () - request->first_token) / 1e6;
  mill_request_finish (request, error);
}

static void
end_where_asked (MillEngine *self, GPtrArray *list)
{
  for (guint i = list->len; i-- > 0;)
    {
      MillRequest *request = g_ptr_array_index (list, i);
      GError *error = NULL;
      if (g_cancellable_set_error_if_cancelled (cancellable_of (request), &error))
        end_request (self, g_ptr_array_remove_index (list, i), error);
      else if (g_atomic_int_get (&request->stopped))
        {
          request->usage.finish = MILL_ENGINE_FINISH_STOP;
          end_request (self, g_ptr_array_remove_index (list, i), NULL);
        }
    }
}

static void
admit (MillEngine *self)
{
  g_ptr_array_sort (self->waiting, compare_requests);
  while (self->waiting->len > 0 && self->active->len < mill_runner_get_max_sequences (self->runner))
    {
      MillRequest *request = g_ptr_array_index (self->waiting, 0);
      request->sequence = mill_kv_begin (mill_runner_get_kv (self->runner), (guint32 *) (void *) request->tokens->data,
                                         request->tokens->len, request->n_prompt + request->max_tokens);
      if (request->sequence == NULL)
        return;
      if (request->admitted == 0)
        {
          request->admitted = g_get_monotonic_time ();
          request->usage.cached_tokens = request->sequence->tokens->len;
        }
      g_ptr_array_add (self->active, g_ptr_array_remove_index (self->waiting, 0));
      g_ptr_array_sort (self->active, compare_requests);
    }
}

/* A step's tokens, and which request each output belongs to. */
typedef struct {
  MillEngine      *engine;
  MillRunnerToken *tokens;
  guint            n;
  MillRequest    **outputs;
  guint            n_outputs;
} Step;

static void
add_tokens (Step *step, MillRequest *request, guint most)
{
  guint first = request->sequence->tokens->len, missing = request->tokens->len - first;
  guint n = MIN (missing, most);
  for (guint i = 0; i < n; i++)
    step->tokens[step->n++] = (MillRunnerToken) {
      request->sequence, g_array_index (request->tokens, guint32, first + i), i + 1 == missing,
    };
  if (n > 0 && n == missing)
    step->outputs[step->n_outputs++] = request;
}

/* The tokens of one kind: of requests that generate one each, or of prompts, by priority. */
static void
fill_step (MillEngine *self, MillStepKind kind, Step *step)
{
  guint chunk = mill_runner_get_chunk (self->runner);
  for (guint i = 0; i < self->active->len && step->n < chunk; i++)
    {
      MillRequest *request = g_ptr_array_index (self->active, i);
      gboolean generates = request->sequence->tokens->len >= request->n_prompt;
      if (generates == (kind == MILL_STEP_GENERATE))
        add_tokens (step, request, chunk - step->n);
    }
}

/* One more token: gives whether the request goes on. */
static gboolean
take_token (MillEngine *self, MillRequest *request, guint32 token)
{
  gint64 now = g_get_monotonic_time ();
  if (request->first_token == 0)
    {
      request->first_token = now;
      request->usage.prompt_seconds = (now - request->admitted) / 1e6;
    }
  request->usage.generation_seconds = (now - request->first_token) / 1e6;
  request->usage.finish = MILL_ENGINE_FINISH_STOP;
  if (!request->ignore_eos && mill_tokenizer_is_end (self->tokenizer, token))
    return FALSE;
  g_array_append_val (request->tokens, token);
  request->usage.completion_tokens++;
  request->usage.finish = MILL_ENGINE_FINISH_LENGTH;
  mill_request_deliver (request, token);
  return request->usage.completion_tokens < request->max_tokens;
}

static void
on_output (guint index, float *logits, gpointer user_data)
{
  Step *step = user_data;
  MillRequest *request = step->outputs[index];
  for (; request->n_accepted < request->tokens->len; request->n_accepted++)
    mill_sampler_accept (request->sampler, g_array_index (request->tokens, guint32, request->n_accepted));
  guint32 token = mill_sampler_sample (request->sampler, logits);
  if (take_token (step->engine, request, token))
    step->outputs[index] = NULL; /* what is left is over */
}

/* After a lost device: what was computed is gone. Requests start over with what they have, once. */
static void
recover (MillEngine *self, const GError *lost)
{
  for (guint i = self->active->len; i-- > 0;)
    {
      MillRequest *request = g_ptr_array_steal_index (self->active, i);
      mill_kv_end (mill_runner_get_kv (self->runner), request->sequence);
      request->sequence = NULL;
      if (request->replayed)
        end_request (self, request, g_error_copy (lost));
      else
        g_ptr_array_add (self->waiting, request);
      request->replayed = TRUE;
    }
  g_clear_pointer (&self->runner, mill_runner_free);
}

static void
fail_step (MillEngine *self, Step *step, GError *error)
{
  if (g_error_matches (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_DEVICE_LOST))
    recover (self, error);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    while (self->active->len > 0)
      end_request (self, g_ptr_array_steal_index (self->active, self->active->len - 1), g_error_copy (error));
  g_error_free (error);
}

static void
run_step (MillEngine *self, MillStepKind kind)
{
  guint chunk = mill_runner_get_chunk (self->runner);
  g_autofree MillRunnerToken *tokens = g_new (MillRunnerToken, chunk);
  g_autofree MillRequest **outputs = g_new (MillRequest *, MAX (self->active->len, 1));
  Step step = { self, tokens, 0, outputs, 0 };
  GError *error = NULL;
  fill_step (self, kind, &step);
  if (step.n == 0)
    return;
  /* A step of one request can be broken off for it; one of several is short enough. */
  g_autoptr (GCancellable) cancellable = self->active->len == 1 ? cancellable_of (g_ptr_array_index (self->active, 0)) : NULL;
  if (cancellable != NULL)
    g_object_ref (cancellable);
  if (!mill_runner_step (self->runner, kind, tokens, step.n, on_output, &step, cancellable, &error))
    {
      fail_step (self, &step, error);
      return;
    }
  for (guint i = 0; i < self->active->len; i++)
    {
      MillRequest *request = g_ptr_array_index (self->active, i);
      if (request->usage.completion_tokens == 0 && request->sequence->tokens->len < request->n_prompt)
        mill_request_deliver (request, MILL_TOKEN_NONE);
    }
  for (guint i = 0; i < step.n_outputs; i++)
    if (outputs[i] != NULL)
      {
        g_ptr_array_remove (self->active, outputs[i]);
        end_request (self, outputs[i], NULL);
      }
}

/* Waits until there is something to do; runs jobs; takes in what arrived. FALSE at the end. */
static gboolean
gather (MillEngine *self)
{
  g_mutex_lock (&self->mutex);
  while (!self->ending && self->arrived->len == 0 && self->jobs->len == 0 && self->active->len == 0 && self->waiting->len == 0)
    g_cond_wait (&self->changed, &self->mutex);
  gboolean ending = self->ending;
  while (self->arrived->len > 0)
    g_ptr_array_add (self->waiting, g_ptr_array_steal_index (self->arrived, 0));
  while (self->jobs->len > 0)
    {
      Job *job = g_ptr_array_steal_index (self->jobs, 0);
      g_mutex_unlock (&self->mutex);
      job->result = job->run (self, job->data, job->error);
      g_mutex_lock (&self->mutex);
      job->done = TRUE;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
  return !ending;
}

static gboolean
ensure_runner (MillEngine *self, GError **error)
{
  if (self->runner == NULL)
    self->runner = mill_runner_new (self->gguf, &self->options, NULL, error);
  return self->runner != NULL;
}

static void
fail_all (MillEngine *self, GPtrArray *list, const GError *error)
{
  while (list->len > 0)
    end_request (self, g_ptr_array_steal_index (list, list->len - 1), g_error_copy (error));
}

static gpointer
engine_main (gpointer data)
{
  MillEngine *self = data;
  while (gather (self))
    {
      g_autoptr (GError) error = NULL;
      end_where_asked (self, self->waiting);
      end_where_asked (self, self->active);
      if (self->waiting->len + self->active->len == 0)
        continue;
      if (!ensure_runner (self, &error))
        {
          fail_all (self, self->waiting, error);
          continue;
        }
      admit (self);
      /* Those that generate go first, so that a long prompt beside them costs them one chunk's time a token. */
      if (self->active->len > 0)
        run_step (self, MILL_STEP_GENERATE);
      if (self->active->len > 0)
        run_step (self, MILL_STEP_PROMPT);
    }
  g_autoptr (GError) closed = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The model was closed.");
  fail_all (self, self->active, closed);
  fail_all (self, self->waiting, closed);
  g_clear_pointer (&self->runner, mill_runner_free);
  return NULL;
}

static gboolean
read_file (MillEngine *self, const char *path, GError **error)
{
  self->gguf = mill_gguf_open (path, error);
  self->tokenizer = self->gguf != NULL ? mill_tokenizer_new (self->gguf, error) : NULL;
  if (self->tokenizer == NULL)
    return FALSE;
  const char *name = mill_gguf_get_string (self->gguf, "general.name", NULL);
  self->name = name != NULL && *name != '\0' ? g_strdup (name) : g_path_get_basename (path);
  return TRUE;
}

static gboolean
check_vocabulary (MillEngine *self, GError **error)
{
  self->n_vocab = mill_runner_get_hparams (self->runner)->n_vocab;
  guint n_tokens = mill_tokenizer_get_n_vocab (self->tokenizer);
  if (n_tokens <= self->n_vocab)
    return TRUE;
  g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE,
               "The model file's vocabulary has %u tokens, but its embedding has only %u rows.", n_tokens, self->n_vocab);
  return FALSE;
}

MillEngine *
mill_engine_open (const char *path, const MillEngineOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (MillEngine) self = g_new0 (MillEngine, 1);
  self->ref_count = 1;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->arrived = g_ptr_array_new ();
  self->jobs = g_ptr_array_new ();
  self->waiting = g_ptr_array_new ();
  self->active = g_ptr_array_new ();
  self->options = options != NULL ? *options : MILL_ENGINE_OPTIONS_DEFAULT;
  self->device = g_strdup (self->options.device);
  self->options.device = self->device;
  if (!read_file (self, path, error))
    return NULL;
  self->runner = mill_runner_new (self->gguf, &self->options, cancellable, error);
  if (self->runner == NULL || !check_vocabulary (self, error))
    return NULL;
  self->context = mill_runner_get_context_length (self->runner);
  self->device_name = g_strdup (mill_runner_get_gpu_info (self->runner)->name);
  self->thread = g_thread_new ("engine", engine_main, self);
  return g_steal_pointer (&self);
}

MillEngine *
mill_engine_ref (MillEngine *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
mill_engine_unref (MillEngine *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  if (self->thread != NULL)
    {
      g_mutex_lock (&self->mutex);
      self->ending = TRUE;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->mutex);
      g_thread_join (self->thread);
    }
  mill_runner_free (self->runner);
  g_ptr_array_unref (self->arrived);
  g_ptr_array_unref (self->jobs);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->active);
  g_clear_pointer (&self->tokenizer, mill_tokenizer_unref);
  g_clear_pointer (&self->gguf, mill_gguf_unref);
  g_free (self->name);
  g_free (self->device);
  g_free (self->device_name);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

const MillTokenizer *
mill_engine_get_tokenizer (MillEngine *self)
{
  return self->tokenizer;
}

const char *
mill_engine_get_model_name (MillEngine *self)
{
  return self->name;
}

const char *
mill_engine_get_architecture (MillEngine *self)
{
  return mill_gguf_get_string (self->gguf, "general.architecture", NULL);
}

const char *
mill_engine_get_chat_template (MillEngine *self)
{
  return mill_gguf_get_string (self->gguf, "tokenizer.chat_template", NULL);
}

const char *
mill_engine_get_device_name (MillEngine *self)
{
  return self->device_name;
}

guint
mill_engine_get_context_length (MillEngine *self)
{
  return self->context;
}

guint
mill_engine_get_n_vocab (MillEngine *self)
{
  return self->n_vocab;
}

static gboolean
check_tokens (MillEngine *self, const guint32 *tokens, gsize n, gsize room, GError **error)
{
  if (n == 0)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_INVALID, "The prompt is empty.");
      return FALSE;
    }
  if (n + room > self->context)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_CONTEXT_FULL,
                   "The prompt has %" G_GSIZE_FORMAT " tokens, and the context holds %u with the answer. Nothing was cut: "
                   "shorten it, or choose a longer context.", n, self->context);
      return FALSE;
    }
  for (gsize i = 0; i < n; i++)
    if (tokens[i] >= self->n_vocab)
      {
        g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_INVALID,
                     "Token %" G_GSIZE_FORMAT " of the prompt is %u, and the model's vocabulary ends at %u.", i, tokens[i], self->n_vocab - 1);
        return FALSE;
      }
  return TRUE;
}

void
mill_engine_generate_async (MillEngine *self, const MillEngineRequest *request, MillEngineSink sink, gpointer sink_data,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  GError *error = NULL;
  g_task_set_source_tag (task, mill_engine_generate_async);
  /* The engine says how it ended, and what it cost, also when it was cancelled. */
  g_task_set_check_cancellable (task, FALSE);
  if (!check_tokens (self, request->tokens, request->n_tokens, 1, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  MillRequest *queued = mill_request_new (request, self->n_vocab, self->context, sink, sink_data, task);
  g_mutex_lock (&self->mutex);
  queued->serial = self->serial++;
  g_ptr_array_add (self->arrived, queued);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

gboolean
mill_engine_generate_finish (MillEngine *self, GAsyncResult *result, MillEngineUsage *usage, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, mill_engine_generate_async), FALSE);
  const MillEngineUsage *known = g_object_get_data (G_OBJECT (result), "usage");
  if (usage != NULL)
    *usage = known != NULL ? *known : (MillEngineUsage) { 0 };
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct {
  const guint32 *tokens;
  gsize          n;
  float         *logits;
  guint          n_vocab;
  guint          done;
} LogitsJob;

static void
copy_logits (guint index, float *logits, gpointer user_data)
{
  LogitsJob *job = user_data;
  memcpy (job->logits + (gsize) (job->done + index) * job->n_vocab, logits, job->n_vocab * sizeof (float));
}

static gboolean
run_logits (MillEngine *self, gpointer data, GError **error)
{
  LogitsJob *job = data;
  if (!ensure_runner (self, error))
    return FALSE;
  MillKv *kv = mill_runner_get_kv (self->runner);
  guint chunk = mill_runner_get_chunk (self->runner);
  g_autofree MillRunnerToken *tokens = g_new (MillRunnerToken, chunk);
  /* Every position is to be computed: nothing may come from the cache. */
  mill_kv_clear (kv);
  MillSequence *sequence = mill_kv_begin (kv, job->tokens, job->n, job->n);
  if (sequence == NULL)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_CONTEXT_FULL, "The context is in use by other requests.");
      return FALSE;
    }
  gboolean ok = TRUE;
  for (gsize done = 0; ok && done < job->n; done += chunk)
    {
      guint n = MIN (chunk, job->n - done);
      for (guint i = 0; i < n; i++)
        tokens[i] = (MillRunnerToken) { sequence, job->tokens[done + i], TRUE };
      job->done = done;
      ok = mill_runner_step (self->runner, MILL_STEP_PROMPT, tokens, n, copy_logits, job, NULL, error);
    }
  mill_kv_end (kv, sequence);
  return ok;
}

gboolean
mill_engine_logits (MillEngine *self, const guint32 *tokens, gsize n_tokens, float *logits, GError **error)
{
  LogitsJob data = { tokens, n_tokens, logits, self->n_vocab, 0 };
  Job job = { .run = run_logits, .data = &data, .error = error };
  if (!check_tokens (self, tokens, n_tokens, 0, error))
    return FALSE;
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->jobs, &job);
  g_cond_broadcast (&self->changed);
  while (!job.done)
    g_cond_wait (&self->changed, &self->mutex);
  g_mutex_unlock (&self->mutex);
  return job.result;
}
