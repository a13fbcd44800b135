/* chat: one question, or a conversation from the standard input, answered by a local model. */
#include <glib-unix.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#include "mill-cli.h"
#include "models/mill-local-model.h"

typedef struct {
  char  *model, *system, *prompt;
  int    n, context;
  double temperature;
  gint64 seed;
} Options;

typedef struct {
  MillChatModel    *model;
  MillChatOptions   options;
  GPtrArray        *messages; /* MillChatMessage */
  gboolean          single;   /* one question, then the end */
  gboolean          to_terminal;    /* stderr is one: reasoning and progress are shown there */
  gboolean          from_terminal;  /* stdin and stderr are: a prompt is shown */
  GDataInputStream *input;
  GMainLoop        *loop;
  int               status;

  /* The answer under way. */
  GCancellable     *answering; /* NULL while there is none */
  GString          *text;
  GString          *reasoning;
  gboolean          progress_shown;
  gboolean          broken;    /* stdout takes no more */
} Chat;

static void ask (Chat *self);

static void
leave (Chat *self, int status)
{
  self->status = status;
  g_main_loop_quit (self->loop);
}

/* What is not output: progress, and what the model thinks ------------------------------------------ */

static void
show_progress (Chat *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
show_progress (Chat *self, const char *format, ...)
{
  if (!self->to_terminal)
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("\r\033[K\033[2m%s\033[0m", text);
  self->progress_shown = TRUE;
}

static void
clear_progress (Chat *self)
{
  if (self->progress_shown)
    g_printerr ("\r\033[K");
  self->progress_shown = FALSE;
}

static void
show_reasoning (Chat *self, const char *text)
{
  if (self->to_terminal)
    g_printerr ("\033[2m%s\033[0m", text);
  g_string_append (self->reasoning, text);
}

/* One answer -------------------------------------------------------------------------------------- */

static void
show_text (Chat *self, const char *text)
{
  if (self->text->len == 0 && self->reasoning->len > 0 && self->to_terminal)
    g_printerr ("\n\n");
  g_string_append (self->text, text);
  if (self->broken || mill_cli_write (text, strlen (text)))
    return;
  self->broken = TRUE;
  g_cancellable_cancel (self->answering);
}

static void
on_delta (const MillChatDelta *delta, gpointer user_data)
{
  Chat *self = user_data;
  switch (delta->kind)
    {
    case MILL_CHAT_DELTA_PROGRESS:
      if (delta->usage.prompt_tokens > 0)
        show_progress (self, "Reading, %u %%", delta->usage.cached_tokens * 100 / delta->usage.prompt_tokens);
      break;
    case MILL_CHAT_DELTA_REASONING:
      clear_progress (self);
      show_reasoning (self, delta->text);
      break;
    case MILL_CHAT_DELTA_TEXT:
      clear_progress (self);
      show_text (self, delta->text);
      break;
    }
}

/* What follows an answer: the end, or the next question. */
static void
go_on (Chat *self, const GError *error)
{
  gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (self->broken)
    leave (self, 1);
  else if (cancelled && (self->single || !self->from_terminal))
    leave (self, 130);
  else if (error != NULL && !cancelled)
    {
      mill_cli_fail ("chat", "%s", error->message);
      /* A conversation that a person holds may go on with another question; a script's ends here. */
      if (self->single || !self->from_terminal)
        leave (self, 1);
      else
        ask (self);
    }
  else if (self->single)
    leave (self, 0);
  else
    ask (self);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Chat *self = user_data;
  MillChatUsage usage;
  g_autoptr (GError) error = NULL;
  mill_chat_model_generate_finish (self->model, result, &usage, &error);
  g_clear_object (&self->answering);
  clear_progress (self);
  if (!self->broken && (error == NULL || self->text->len > 0) && !mill_cli_write ("\n", 1))
    self->broken = TRUE;
  if (self->text->len > 0)
    g_ptr_array_add (self->messages, mill_chat_message_new (MILL_CHAT_ROLE_ASSISTANT, self->text->str,
                                                            self->reasoning->len > 0 ? self->reasoning->str : NULL));
  else if (error != NULL)
    /* The question that could not be answered is not asked again with the next one. */
    g_ptr_array_remove_index (self->messages, self->messages->len - 1);
  if (error == NULL && usage.finish == MILL_CHAT_FINISH_LENGTH && self->to_terminal)
    g_printerr ("\033[2m(The answer ends here because it is as long as it may be.)\033[0m\n");
  go_on (self, error);
}

static void
answer (Chat *self, const char *question)
{
  g_ptr_array_add (self->messages, mill_chat_message_new (MILL_CHAT_ROLE_USER, question, NULL));
  g_string_truncate (self->text, 0);
  g_string_truncate (self->reasoning, 0);
  self->answering = g_cancellable_new ();
  if (mill_local_model_get_state (MILL_LOCAL_MODEL (self->model)) != MILL_LOCAL_MODEL_OPEN)
    show_progress (self, "Opening %s", mill_chat_model_get_name (self->model));
  mill_chat_model_generate_async (self->model, self->messages, &self->options, on_delta, self, self->answering,
                                  on_answered, self);
}

/* Questions --------------------------------------------------------------------------------------- */

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Chat *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish (self->input, result, NULL, &error);
  if (error != NULL)
    leave (self, mill_cli_fail ("chat", "the standard input cannot be read: %s", error->message));
  else if (line == NULL)
    {
      if (self->from_terminal)
        g_printerr ("\n");
      leave (self, 0);
    }
  else
    {
      g_autofree char *question = g_utf8_make_valid (g_strstrip (line), -1);
      if (*question == '\0')
        ask (self);
      else
        answer (self, question);
    }
}

static void
ask (Chat *self)
{
  if (self->from_terminal)
    g_printerr ("> ");
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

/* The first interrupt ends the answer, a second one (or one while there is no answer) the program. */
static gboolean
on_interrupt (gpointer user_data)
{
  Chat *self = user_data;
  if (self->answering == NULL || g_cancellable_is_cancelled (self->answering))
    _exit (130);
  g_cancellable_cancel (self->answering);
  return G_SOURCE_CONTINUE;
}

static int
hold (const Options *o)
{
  MillEngineOptions engine = MILL_ENGINE_OPTIONS_DEFAULT;
  engine.context_length = o->context;
  g_autoptr (MillLocalModel) model = mill_local_model_new (o->model, &engine);
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (stream);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_chat_message_free);
  g_autoptr (GString) text = g_string_new (NULL), reasoning = g_string_new (NULL);
  Chat chat = {
    .model = MILL_CHAT_MODEL (model), .options = MILL_CHAT_OPTIONS_DEFAULT, .messages = messages, .single = o->prompt != NULL,
    .to_terminal = isatty (STDERR_FILENO), .from_terminal = isatty (STDIN_FILENO) && isatty (STDERR_FILENO),
    .input = input, .loop = loop, .text = text, .reasoning = reasoning,
  };
  chat.options.temperature = o->temperature;
  chat.options.seed = o->seed;
  chat.options.max_tokens = o->n;
  if (o->system != NULL)
    g_ptr_array_add (messages, mill_chat_message_new (MILL_CHAT_ROLE_SYSTEM, o->system, NULL));
  g_unix_signal_add (SIGINT, on_interrupt, &chat);
  g_unix_signal_add (SIGTERM, on_interrupt, &chat);
  if (chat.single)
    answer (&chat, o->prompt);
  else
    ask (&chat);
  g_main_loop_run (loop);
  return chat.status;
}

static int
check_options (const Options *o)
{
  const char *wrong = NULL;
  if (o->model == NULL)
    wrong = "a model is needed (-m MODEL.gguf)";
  else if (o->prompt != NULL && *o->prompt == '\0')
    wrong = "the question is empty";
  else if (!(o->temperature >= 0))
    wrong = "the temperature is 0 or more";
  else if (o->seed < 0)
    wrong = "the seed is 0 or more";
  else if (o->n < 0 || o->context < 0)
    wrong = "a number of tokens is 0 or more";
  if (wrong != NULL)
    mill_cli_fail ("chat", "%s", wrong);
  return wrong != NULL ? 2 : 0;
}

int
mill_cli_chat (int argc, char **argv)
{
  const MillChatOptions defaults = MILL_CHAT_OPTIONS_DEFAULT;
  Options o = { .temperature = defaults.temperature };
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &o.model, "The model's file", "MODEL.gguf" },
    { "system", 0, 0, G_OPTION_ARG_STRING, &o.system, "What the model is told before everything else", "TEXT" },
    { "prompt", 'p', 0, G_OPTION_ARG_STRING, &o.prompt, "One question; without it, each line of the standard input is one", "TEXT" },
    { "length", 'n', 0, G_OPTION_ARG_INT, &o.n, "The longest answer; 0, the default, is what the context holds", "N" },
    { "temperature", 0, 0, G_OPTION_ARG_DOUBLE, &o.temperature, "0 takes the likeliest token; 0.7 is the default", "T" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "0, the default, is a new one each time", "S" },
    { "context", 'c', 0, G_OPTION_ARG_INT, &o.context, "Tokens that prompt and answer may have", "N" },
    { NULL },
  };
  int status;
  if (mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf [--system TEXT] [-p TEXT]", "Answers with a local model.", 0, 0,
                      &status))
    {
      status = check_options (&o);
      if (status == 0)
        status = hold (&o);
    }
  g_free (o.model);
  g_free (o.system);
  g_free (o.prompt);
  return status;
}
