/* generate: the tokens that follow a prompt, with no chat template around it. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "mill-cli-engine.h"
#include "mill-cli-ids.h"
#include "mill-cli.h"

typedef struct {
  char    *model, *ids, *prompt, *kv;
  int      n, chunk, context;
  double   temperature;
  gint64   seed;
  gboolean ignore_eos, json;
} Options;

typedef struct {
  const MillTokenizer *tokenizer;
  GString             *pending;
  GString             *text;
  gboolean             silent;
} Printing;

static void
print_tokens (const guint32 *tokens, gsize n, gpointer user_data)
{
  Printing *printing = user_data;
  g_autoptr (GString) bytes = g_string_new (NULL), text = g_string_new (NULL);
  for (gsize i = 0; i < n; i++)
    mill_tokenizer_append_bytes (printing->tokenizer, tokens[i], FALSE, bytes);
  mill_utf8_stream (printing->pending, bytes->str, bytes->len, n == 0, text);
  g_string_append_len (printing->text, text->str, text->len);
  if (!printing->silent)
    mill_cli_write (text->str, text->len);
}

static void
add_ids (JsonBuilder *json, const char *name, const GArray *ids)
{
  json_builder_begin_array (json_builder_set_member_name (json, name));
  for (guint i = 0; i < ids->len; i++)
    json_builder_add_int_value (json, g_array_index (ids, guint32, i));
  json_builder_end_array (json);
}

static gboolean
print_json (const MillCliAnswer *answer, const char *text)
{
  const MillEngineUsage *u = &answer->usage;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  json_builder_add_string_value (json_builder_set_member_name (json, "text"), text);
  add_ids (json, "tokens", answer->tokens);
  json_builder_add_string_value (json_builder_set_member_name (json, "finish"),
                                 u->finish == MILL_ENGINE_FINISH_STOP ? "stop" : "length");
  json_builder_add_int_value (json_builder_set_member_name (json, "prompt_tokens"), u->prompt_tokens);
  json_builder_add_int_value (json_builder_set_member_name (json, "completion_tokens"), u->completion_tokens);
  json_builder_add_double_value (json_builder_set_member_name (json, "prompt_seconds"), u->prompt_seconds);
  json_builder_add_double_value (json_builder_set_member_name (json, "generation_seconds"), u->generation_seconds);
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree char *line = json_to_string (root, FALSE);
  g_autofree char *out = g_strconcat (line, "\n", NULL);
  return mill_cli_write (out, strlen (out));
}

static int
generate (MillEngine *engine, const GArray *prompt, const Options *options)
{
  MillEngineRequest request = {
    .tokens = (guint32 *) (void *) prompt->data,
    .n_tokens = prompt->len,
    .max_tokens = options->n,
    .ignore_eos = options->ignore_eos,
    .sampling = { .temperature = options->temperature, .seed = options->seed },
  };
  Printing printing = {
    .tokenizer = mill_engine_get_tokenizer (engine),
    .pending = g_string_new (NULL),
    .text = g_string_new (NULL),
    .silent = options->json,
  };
  MillCliAnswer answer;
  int status = 0;
  mill_cli_generate_wait (engine, &request, print_tokens, &printing, &answer);
  print_tokens (NULL, 0, &printing);
  if (answer.error != NULL && g_error_matches (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    status = 130;
  else if (answer.error != NULL)
    status = mill_cli_fail ("generate", "%s", answer.error->message);
  else if (options->json)
    status = print_json (&answer, printing.text->str) ? 0 : 1;
  else if (!mill_cli_write ("\n", 1))
    status = 1;
  mill_cli_answer_clear (&answer);
  g_string_free (printing.pending, TRUE);
  g_string_free (printing.text, TRUE);
  return status;
}

static int
check_options (const Options *o)
{
  const char *wrong = NULL;
  if ((o->ids == NULL) == (o->prompt == NULL))
    wrong = "a prompt is needed: either --tokens IDS.json or -p TEXT";
  else if (o->n <= 0)
    wrong = "how many tokens are wanted (-n N)?";
  else if (!(o->temperature >= 0))
    wrong = "the temperature is 0 or more";
  else if (o->seed < 0)
    wrong = "the seed is 0 or more";
  if (wrong != NULL)
    mill_cli_fail ("generate", "%s", wrong);
  return wrong != NULL ? 2 : 0;
}

static void
options_clear (Options *o)
{
  g_free (o->model);
  g_free (o->ids);
  g_free (o->prompt);
  g_free (o->kv);
}

static int
run (const Options *o)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) prompt = NULL;
  int status = check_options (o);
  if (status != 0)
    return status;
  if (o->ids != NULL && (prompt = mill_cli_read_ids (o->ids, &error)) == NULL)
    return mill_cli_fail ("generate", "%s", error->message);
  g_autoptr (MillEngine) engine = mill_cli_open_engine ("generate", o->model, o->kv, o->chunk, o->context, &status);
  if (engine == NULL)
    return status;
  if (prompt == NULL)
    prompt = mill_tokenizer_encode (mill_engine_get_tokenizer (engine), o->prompt, -1, MILL_TOKENIZE_ADD_BOS);
  return generate (engine, prompt, o);
}

int
mill_cli_generate (int argc, char **argv)
{
  Options o = { 0 };
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &o.model, "The model's file", "MODEL.gguf" },
    { "tokens", 0, 0, G_OPTION_ARG_FILENAME, &o.ids, "The prompt as a JSON array of token ids", "IDS.json" },
    { "prompt", 'p', 0, G_OPTION_ARG_STRING, &o.prompt, "The prompt", "TEXT" },
    { "length", 'n', 0, G_OPTION_ARG_INT, &o.n, "How many tokens", "N" },
    { "temperature", 0, 0, G_OPTION_ARG_DOUBLE, &o.temperature, "0, the default, takes the likeliest token", "T" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "0, the default, is a new one each time", "S" },
    { "ignore-eos", 0, 0, G_OPTION_ARG_NONE, &o.ignore_eos, "Go on after an end token", NULL },
    { "kv", 0, 0, G_OPTION_ARG_STRING, &o.kv, "Type of the KV cache", "f16|f32" },
    { "chunk", 0, 0, G_OPTION_ARG_INT, &o.chunk, "Prompt tokens a step", "N" },
    { "context", 'c', 0, G_OPTION_ARG_INT, &o.context, "Tokens that prompt and answer may have", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one JSON object", NULL },
    { NULL },
  };
  int status;
  if (mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf (--tokens IDS.json | -p TEXT) -n N",
                      "Prints what follows a prompt.", 0, 0, &status))
    status = run (&o);
  options_clear (&o);
  return status;
}
