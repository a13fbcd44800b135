/* Runs files of cases with their right output, as jinja2 and transformers give it: those of the
 * reference data, and our own (cases.jsonl). A line is a case: {"name", "source" or "file", "vars", "chat"}
 * and "expect", or "error" and the line that the message names. */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include "mill-jinja-value.h"
#include "mill-jinja.h"

typedef struct {
  char           *directory;
  MillJinjaValue *value;
} Case;

static JinjaValue *
get (const Case *self, const char *key)
{
  g_autoptr (MillJinjaValue) name = mill_jinja_string_new (key);
  JinjaEntry *entry = jinja_table_find (&jinja_as_dict (self->value)->table, name, jinja_string_hash (jinja_as_string (name)));
  return entry != NULL ? entry->value : NULL;
}

static const char *
get_text (const Case *self, const char *key)
{
  JinjaValue *value = get (self, key);
  return value != NULL && value->kind == JINJA_STRING ? jinja_as_string (value)->text : NULL;
}

static gboolean
get_bool (const Case *self, const char *key)
{
  JinjaValue *value = get (self, key);
  return value != NULL && value->kind == JINJA_BOOL && jinja_as_bool (value);
}

/* The template's bytes. */
static char *
read_source (const Case *self, gsize *length)
{
  char *text = NULL;
  JinjaValue *source = get (self, "source");
  if (source != NULL)
    {
      *length = jinja_as_string (source)->n_bytes;
      return g_memdup2 (jinja_as_string (source)->text, *length + 1);
    }
  g_autofree char *path = g_build_filename (self->directory, get_text (self, "file"), NULL);
  g_assert_true (g_file_get_contents (path, &text, length, NULL));
  return text;
}

static gboolean
names_line (const char *message, gint64 line)
{
  g_autofree char *due = g_strdup_printf ("line %" G_GINT64_FORMAT ":", line);
  return g_str_has_prefix (message, due);
}

static void
check_error (const Case *self, const GError *error)
{
  JinjaValue *line = get (self, "line"), *others = get (self, "or_lines");
  gboolean named = line == NULL || line->kind != JINJA_INT || names_line (error->message, jinja_as_int (line));
  g_assert_true (error->domain == MILL_JINJA_ERROR);
  for (gsize i = 0; others != NULL && i < jinja_as_list (others)->n; i++)
    named = named || names_line (error->message, jinja_as_int (jinja_as_list (others)->items[i]));
  if (!named)
    {
      g_test_message ("another line was due: %s", error->message);
      g_test_fail ();
    }
}

static void
check_text (const Case *self, const char *text, gsize length)
{
  JinjaValue *expect = get (self, "expect");
  if (expect == NULL)
    expect = get (self, "or_expect");
  if (expect == NULL)
    g_test_fail_printf ("an error was due, got “%.200s”", text);
  else if (jinja_as_string (expect)->n_bytes != length || memcmp (jinja_as_string (expect)->text, text, length) != 0)
    g_test_fail_printf ("due: “%s”\ngot: “%s”", jinja_as_string (expect)->text, text);
}

static void
check_result (const Case *self, const char *text, gsize length, const GError *error)
{
  g_assert_true ((text != NULL) == (error == NULL));
  if (text != NULL)
    check_text (self, text, length);
  else if (get (self, "expect") != NULL)
    g_test_fail_printf ("due: “%s”\ngot: %s", get_text (self, "expect"), error->message);
  else
    check_error (self, error);
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  gsize length;
  g_autoptr (GError) error = NULL;
  g_autofree char *source = read_source (self, &length);
  g_autoptr (MillJinjaTemplate) template
    = mill_jinja_template_new (source, (gssize) length, get_bool (self, "chat") ? MILL_JINJA_CHAT : MILL_JINJA_PLAIN, &error);
  if (template == NULL)
    check_result (self, NULL, 0, error);
  /* Twice: the first rendering leaves nothing behind. */
  for (int i = 0; i < 2 && template != NULL; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autofree char *text = mill_jinja_template_render (template, get (self, "vars"), NULL, &length, &failure);
      check_result (self, text, length, failure);
    }
}

static void
free_case (gpointer data)
{
  Case *self = data;
  mill_jinja_value_unref (self->value);
  g_free (self->directory);
  g_free (self);
}

static void
add_file (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_autoptr (GError) error = NULL;
      if (**line == '\0')
        continue;
      Case *self = g_new0 (Case, 1);
      self->directory = g_strdup (directory);
      self->value = mill_jinja_value_new_from_json (*line, -1, &error);
      g_assert_no_error (error);
      g_autofree char *test = g_strconcat ("/jinja/cases/", get_text (self, "name"), NULL);
      g_test_add_data_func_full (test, self, test_case, free_case);
    }
}

static void
add_directory (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  if (dir == NULL)
    return;
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_suffix (name, ".jsonl"))
      add_file (directory, name);
}

static void
test_reference (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("MILLRACE_REFERENCE"), "jinja", NULL);
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    g_test_skip ("there is no reference data");
}

int
main (int argc, char **argv)
{
  setlocale (LC_CTYPE, "C.UTF-8"); /* messages show the texts as they are */
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jinja/reference", test_reference);
  if (g_getenv ("MILLRACE_REFERENCE") != NULL)
    {
      g_autofree char *reference = g_build_filename (g_getenv ("MILLRACE_REFERENCE"), "jinja", NULL);
      add_directory (reference);
    }
  g_autofree char *own = g_test_build_filename (G_TEST_DIST, "jinja", NULL);
  add_directory (argc > 1 ? argv[1] : own);
  return g_test_run ();
}
