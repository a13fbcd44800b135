/* Any bytes as a template, and after a NUL as variables in JSON: it renders to UTF-8 or fails with a message,
 * twice the same, within the limits. The first byte chooses the environment. */
#include "mill-jinja.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Small, so that a hostile template ends at once. */
static const MillJinjaLimits limits = { .max_steps = 200000, .max_memory = 8 << 20, .max_output = 1 << 20 };

static char *
render (const MillJinjaTemplate *template, MillJinjaValue *vars, gsize *length)
{
  g_autoptr (GError) error = NULL;
  char *text = mill_jinja_template_render (template, vars, &limits, length, &error);
  g_assert_true ((text == NULL) == (error != NULL));
  if (text == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return NULL;
    }
  g_assert_cmpuint (*length, <=, limits.max_output);
  /* NUL is a character like others here. */
  for (gsize at = 0; at < *length; at += strlen (text + at) + 1)
    g_assert_true (g_utf8_validate (text + at, -1, NULL));
  return text;
}

/* What differs from one rendering to the next. */
static gboolean
is_random (const char *source, gsize length)
{
  static const char *const words[] = { "random", "lipsum", "strftime_now" };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (memmem (source, length, words[i], strlen (words[i])) != NULL)
      return TRUE;
  return FALSE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 1)
    return 0;
  const char *source = (const char *) data + 1;
  const char *end = memchr (source, 0, size - 1);
  gsize length = end != NULL ? (gsize) (end - source) : size - 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (MillJinjaValue) vars = NULL;
  if (end != NULL)
    vars = mill_jinja_value_new_from_json (end + 1, (gssize) (size - 2 - length), NULL);
  if (vars != NULL && !mill_jinja_value_is_map (vars))
    g_clear_pointer (&vars, mill_jinja_value_unref);

  g_autoptr (MillJinjaTemplate) template
    = mill_jinja_template_new (source, (gssize) length, data[0] % 2 == 0 ? MILL_JINJA_PLAIN : MILL_JINJA_CHAT, &error);
  g_assert_true ((template == NULL) == (error != NULL));
  if (template == NULL)
    return 0;
  gsize first_length = 0, second_length = 0;
  g_autofree char *first = render (template, vars, &first_length);
  g_autofree char *second = render (template, vars, &second_length);
  g_assert_true ((first == NULL) == (second == NULL) || is_random (source, length));
  if (first != NULL && second != NULL && !is_random (source, length))
    g_assert_cmpmem (first, first_length, second, second_length);
  return 0;
}
