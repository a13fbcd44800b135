#include "mill-cli-engine.h"

#include "mill-cli-ids.h"
#include "mill-cli.h"

#include <string.h>

MillEngine *
mill_cli_open_engine (const char *command, const char *path, const char *kv, int chunk, int context, int *status)
{
  *status = 2;
  if (path == NULL)
    {
      mill_cli_fail (command, "a model is needed (-m MODEL.gguf)");
      return NULL;
    }
  if (kv != NULL && strcmp (kv, "f16") != 0 && strcmp (kv, "f32") != 0)
    {
      mill_cli_fail (command, "--kv is f16 or f32, not “%s”", kv);
      return NULL;
    }
  if (chunk < 0 || chunk > 4096 || context < 0)
    {
      mill_cli_fail (command, chunk != 0 ? "--chunk is from 1 to 4096" : "the context is a number of tokens");
      return NULL;
    }
  MillEngineOptions options = MILL_ENGINE_OPTIONS_DEFAULT;
  options.kv_type = g_strcmp0 (kv, "f32") == 0 ? MILL_KV_F32 : MILL_KV_F16;
  options.chunk = chunk;
  options.context_length = context;
  g_autoptr (GError) error = NULL;
  MillEngine *engine = mill_engine_open (path, &options, mill_cli_get_cancellable (), &error);
  if (engine != NULL)
    return engine;
  *status = 1;
  if (g_cancellable_is_cancelled (mill_cli_get_cancellable ()))
    *status = 130;
  else
    mill_cli_fail (command, "%s", error->message);
  return NULL;
}

GArray *
mill_cli_read_ids (const char *path, GError **error)
{
  gsize length;
  g_autofree char *json = mill_cli_read (path, &length, error);
  GArray *ids = json != NULL ? mill_cli_parse_ids (json, length, error) : NULL;
  if (ids == NULL)
    g_prefix_error (error, "could not read %s: ", path);
  return ids;
}

typedef struct {
  MillCliAnswer *answer;
  MillCliTokens  on_tokens;
  gpointer       user_data;
  MillEngine    *engine;
  GMainLoop     *loop;
} Waiting;

static gboolean
on_piece (const guint32 *tokens, gsize n, guint prompt_done, const MillEngineUsage *usage, gpointer user_data)
{
  Waiting *waiting = user_data;
  g_array_append_vals (waiting->answer->tokens, tokens, n);
  if (n > 0 && waiting->on_tokens != NULL)
    waiting->on_tokens (tokens, n, waiting->user_data);
  return TRUE;
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;
  mill_engine_generate_finish (waiting->engine, result, &waiting->answer->usage, &waiting->answer->error);
  g_main_loop_quit (waiting->loop);
}

void
mill_cli_generate_wait (MillEngine *engine, const MillEngineRequest *request, MillCliTokens on_tokens, gpointer user_data,
                        MillCliAnswer *answer)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  Waiting waiting = { answer, on_tokens, user_data, engine, loop };
  *answer = (MillCliAnswer) { .tokens = g_array_new (FALSE, FALSE, sizeof (guint32)) };
  g_main_context_push_thread_default (context);
  mill_engine_generate_async (engine, request, on_piece, &waiting, mill_cli_get_cancellable (), on_finished, &waiting);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
}

void
mill_cli_answer_clear (MillCliAnswer *answer)
{
  g_clear_pointer (&answer->tokens, g_array_unref);
  g_clear_error (&answer->error);
}
