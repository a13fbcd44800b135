/* chat: a conversation with a model, or one answer. */
#include "models/mill-chat-prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mill-cli-engine.h"
#include "mill-cli.h"

typedef struct {
  MillEngine     *engine;
  MillChatPrompt *prompt;
  GPtrArray      *messages; /* MillChatMessage */
} Chat;

typedef struct {
  const MillTokenizer *tokenizer;
  GString             *pending, *text;
} Answer;

static void
print_tokens (const guint32 *tokens, gsize n, gpointer user_data)
{
  Answer *answer = user_data;
  g_autoptr (GString) bytes = g_string_new (NULL), text = g_string_new (NULL);
  for (gsize i = 0; i < n; i++)
    mill_tokenizer_append_bytes (answer->tokenizer, tokens[i], FALSE, bytes);
  mill_utf8_stream (answer->pending, bytes->str, bytes->len, n == 0, text);
  g_string_append_len (answer->text, text->str, text->len);
  mill_cli_write (text->str, text->len);
}

/* Answers the last message, streaming, and adds the answer to the conversation. */
static int
answer (Chat *chat)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = mill_chat_prompt_encode (chat->prompt, chat->messages, NULL, mill_cli_get_cancellable (), &error);
  if (ids == NULL)
    return mill_cli_fail ("chat", "%s", error->message);
  const MillChatOptions o = MILL_CHAT_OPTIONS_DEFAULT;
  const MillEngineRequest request = {
    .tokens = (guint32 *) (void *) ids->data,
    .n_tokens = ids->len,
    .sampling = { o.temperature, o.top_k, o.top_p, o.min_p, o.repetition_penalty, o.seed },
  };
  Answer out = { mill_engine_get_tokenizer (chat->engine), g_string_new (NULL), g_string_new (NULL) };
  MillCliAnswer result;
  int status = 0;
  mill_cli_generate_wait (chat->engine, &request, print_tokens, &out, &result);
  print_tokens (NULL, 0, &out);
  if (result.error != NULL && g_error_matches (result.error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    status = 130;
  else if (result.error != NULL)
    status = mill_cli_fail ("chat", "%s", result.error->message);
  else if (!mill_cli_write ("\n", 1))
    status = 1;
  g_ptr_array_add (chat->messages, mill_chat_message_new (MILL_CHAT_ROLE_ASSISTANT, out.text->str, NULL));
  mill_cli_answer_clear (&result);
  g_string_free (out.pending, TRUE);
  g_string_free (out.text, TRUE);
  return status;
}

/* A question a line, until the end of the input. */
static int
converse (Chat *chat)
{
  gboolean terminal = isatty (STDIN_FILENO);
  g_autofree char *line = NULL;
  size_t size = 0;
  int status = 0;
  for (;;)
    {
      if (terminal)
        g_printerr ("> ");
      ssize_t length = getline (&line, &size, stdin);
      if (length < 0 || g_cancellable_is_cancelled (mill_cli_get_cancellable ()))
        break;
      g_strchomp (line);
      if (*line == '\0')
        continue;
      g_autofree char *text = g_utf8_make_valid (line, -1);
      g_ptr_array_add (chat->messages, mill_chat_message_new (MILL_CHAT_ROLE_USER, text, NULL));
      status = answer (chat);
      if (status != 0)
        break;
    }
  return g_cancellable_is_cancelled (mill_cli_get_cancellable ()) ? 130 : status;
}

static int
run (const char *path, const char *system, const char *question)
{
  int status;
  g_autoptr (GError) error = NULL;
  g_autoptr (MillEngine) engine = mill_cli_open_engine ("chat", path, NULL, 0, 0, &status);
  if (engine == NULL)
    return status;
  g_autoptr (MillChatPrompt) prompt = mill_chat_prompt_new (mill_engine_get_chat_template (engine), mill_engine_get_tokenizer (engine), &error);
  if (prompt == NULL)
    return mill_cli_fail ("chat", "%s", error->message);
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_chat_message_free);
  Chat chat = { engine, prompt, messages };
  if (system != NULL)
    g_ptr_array_add (messages, mill_chat_message_new (MILL_CHAT_ROLE_SYSTEM, system, NULL));
  if (question == NULL)
    return converse (&chat);
  g_ptr_array_add (messages, mill_chat_message_new (MILL_CHAT_ROLE_USER, question, NULL));
  return answer (&chat);
}

int
mill_cli_chat (int argc, char **argv)
{
  g_autofree char *path = NULL, *system = NULL, *question = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, "The model's file", "MODEL.gguf" },
    { "system", 0, 0, G_OPTION_ARG_STRING, &system, "Instructions for the whole conversation", "TEXT" },
    { "prompt", 'p', 0, G_OPTION_ARG_STRING, &question, "One question; without it, a question a line is read", "TEXT" },
    { NULL },
  };
  int status;
  if (mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf [--system TEXT] [-p TEXT]", "Talks with a model.", 0, 0, &status))
    status = run (path, system, question);
  return status;
}
