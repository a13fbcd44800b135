/* template: a Jinja template rendered with variables out of a JSON file. */
#include "jinja/mill-jinja.h"

#include "mill-cli.h"

/* Reads a whole file; says what is wrong with it. */
static gboolean
read_file (const char *path, char **text, gsize *length)
{
  g_autoptr (GError) error = NULL;
  if (g_file_get_contents (path, text, length, &error))
    return TRUE;
  mill_cli_fail ("template", "%s", error->message);
  return FALSE;
}

static gboolean
is_cancelled (gpointer cancellable)
{
  return g_cancellable_is_cancelled (cancellable);
}

/* Gives the exit status. */
static int
render (MillJinjaTemplate *template, MillJinjaValue *vars)
{
  g_autoptr (GError) error = NULL;
  const MillJinjaLimits limits = { .is_cancelled = is_cancelled, .is_cancelled_data = mill_cli_get_cancellable () };
  gsize length;
  g_autofree char *text = mill_jinja_template_render (template, vars, &limits, &length, &error);
  if (text != NULL)
    return mill_cli_write (text, length) ? 0 : 1;
  if (g_error_matches (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_CANCELLED))
    return 130;
  return mill_cli_fail ("template", "%s", error->message);
}

int
mill_cli_template (int argc, char **argv)
{
  g_autofree char *vars_path = NULL, *source = NULL, *json = NULL;
  gboolean chat = FALSE;
  const GOptionEntry entries[] = {
    { "vars", 0, 0, G_OPTION_ARG_FILENAME, &vars_path, "The variables: a file with a JSON object", "VARS.json" },
    { "chat", 0, 0, G_OPTION_ARG_NONE, &chat, "As models’ chat templates are rendered", NULL },
    { NULL },
  };
  int status;
  if (!mill_cli_parse (&argc, &argv, entries, "FILE.jinja --vars VARS.json [--chat]",
                       "Prints a Jinja template rendered with variables, exactly.", 1, 1, &status))
    return status;
  if (vars_path == NULL)
    {
      mill_cli_fail ("template", "variables are needed (--vars VARS.json)");
      return 2;
    }

  g_autoptr (GError) error = NULL;
  gsize length, json_length;
  if (!read_file (argv[1], &source, &length) || !read_file (vars_path, &json, &json_length))
    return 1;
  g_autoptr (MillJinjaValue) vars = mill_jinja_value_new_from_json (json, (gssize) json_length, &error);
  if (vars == NULL)
    return mill_cli_fail ("template", "%s: %s", vars_path, error->message);
  if (!mill_jinja_value_is_map (vars))
    return mill_cli_fail ("template", "%s: the variables must be a JSON object", vars_path);
  g_autoptr (MillJinjaTemplate) template = mill_jinja_template_new (source, (gssize) length,
                                                                    chat ? MILL_JINJA_CHAT : MILL_JINJA_PLAIN, &error);
  if (template == NULL)
    return mill_cli_fail ("template", "%s", error->message);
  return render (template, vars);
}
