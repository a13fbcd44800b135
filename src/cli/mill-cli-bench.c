/* bench: tokens a second of prompt and of generation. */
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "mill-cli-engine.h"
#include "mill-cli.h"

#define REPEATS 3

/* The best of a few repeats, since other work only ever slows one down. A different prompt each time, so
 * that nothing comes from the cache. */
static gboolean
measure (MillEngine *engine, guint n_prompt, guint n_generate, double *prompt, double *generate, GError **error)
{
  g_autofree guint32 *tokens = g_new (guint32, n_prompt);
  guint n_vocab = mill_engine_get_n_vocab (engine);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  *prompt = *generate = 0;
  for (guint repeat = 0; repeat <= REPEATS; repeat++)
    {
      for (guint i = 0; i < n_prompt; i++)
        tokens[i] = g_rand_int_range (random, 0, n_vocab);
      MillEngineRequest request = { .tokens = tokens, .n_tokens = n_prompt, .max_tokens = n_generate + 1, .ignore_eos = TRUE };
      MillCliAnswer answer;
      mill_cli_generate_wait (engine, &request, NULL, NULL, &answer);
      MillEngineUsage usage = answer.usage;
      if (answer.error != NULL)
        g_propagate_error (error, g_steal_pointer (&answer.error));
      mill_cli_answer_clear (&answer);
      if (error != NULL && *error != NULL)
        return FALSE;
      /* The first run makes the pipelines. */
      if (repeat > 0)
        {
          *prompt = MAX (*prompt, n_prompt / usage.prompt_seconds);
          *generate = MAX (*generate, n_generate / usage.generation_seconds);
        }
    }
  return TRUE;
}

static char *
to_json (MillEngine *engine, guint n_prompt, guint n_generate, double prompt, double generate)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  json_builder_add_string_value (json_builder_set_member_name (json, "model"), mill_engine_get_model_name (engine));
  json_builder_add_string_value (json_builder_set_member_name (json, "device"), mill_engine_get_device_name (engine));
  json_builder_add_int_value (json_builder_set_member_name (json, "prompt_tokens"), n_prompt);
  json_builder_add_double_value (json_builder_set_member_name (json, "prompt_tokens_per_second"), prompt);
  json_builder_add_int_value (json_builder_set_member_name (json, "generated_tokens"), n_generate);
  json_builder_add_double_value (json_builder_set_member_name (json, "generated_tokens_per_second"), generate);
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  return json_to_string (root, FALSE);
}

int
mill_cli_bench (int argc, char **argv)
{
  g_autofree char *path = NULL;
  int n_prompt = 64, n_generate = 64;
  gboolean as_json = FALSE;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, "The model's file", "MODEL.gguf" },
    { "prompt", 'p', 0, G_OPTION_ARG_INT, &n_prompt, "Tokens of the prompt", "N" },
    { "generate", 'n', 0, G_OPTION_ARG_INT, &n_generate, "Tokens to generate", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object", NULL },
    { NULL },
  };
  int status;
  if (!mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf -p N -n N [--json]",
                       "Measures tokens a second: the best of three runs after a first one.", 0, 0, &status))
    return status;
  if (n_prompt <= 0 || n_generate <= 0 || n_prompt > 1000000 || n_generate > 1000000)
    {
      mill_cli_fail ("bench", "-p and -n are from 1 to 1000000");
      return 2;
    }
  g_autoptr (MillEngine) engine = mill_cli_open_engine ("bench", path, NULL, 0, n_prompt + n_generate + 1, &status);
  if (engine == NULL)
    return status;
  g_autoptr (GError) error = NULL;
  double prompt, generate;
  if (!measure (engine, n_prompt, n_generate, &prompt, &generate, &error))
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? 130 : mill_cli_fail ("bench", "%s", error->message);
  g_autofree char *text = as_json ? to_json (engine, n_prompt, n_generate, prompt, generate)
                                  : g_strdup_printf ("%s on %s\nprompt      %4d tokens %8.1f tokens/s\ngeneration  %4d tokens %8.1f tokens/s",
                                                     mill_engine_get_model_name (engine), mill_engine_get_device_name (engine),
                                                     n_prompt, prompt, n_generate, generate);
  g_autofree char *out = g_strconcat (text, "\n", NULL);
  return mill_cli_write (out, strlen (out)) ? 0 : 1;
}
