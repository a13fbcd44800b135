#include "mill-jinja-globals.h"

#include <locale.h>
#include <string.h>
#include <time.h>

#include "mill-jinja-args.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"

#define FUNCTION(name) static JinjaValue *name (JinjaRender *render, JinjaValue *unused, const JinjaArgs *args)

/* The items of a range; -1 where there are more than 64 bits count. */
static gint64
count_range (gint64 start, gint64 stop, gint64 step)
{
  gint64 distance;
  if (step > 0 ? start >= stop : start <= stop)
    return 0;
  if (step == G_MININT64
      || (step > 0 ? __builtin_sub_overflow (stop, start, &distance) : __builtin_sub_overflow (start, stop, &distance)))
    return -1;
  return (distance - 1) / (step > 0 ? step : -step) + 1;
}

FUNCTION (global_range)
{
  JinjaValue *values[3];
  gint64 numbers[3] = { 0, 0, 1 };
  if (!jinja_args_bind (render, args, "start stop step /", 1, values))
    return NULL;
  for (int i = 0; i < 3; i++)
    {
      if (values[i] != NULL && values[i]->kind == JINJA_BIGINT)
        return jinja_fail_limit (render, "a range’s bounds are too large");
      if (!jinja_arg_int (render, values[i], numbers[i], &numbers[i]))
        return NULL;
    }
  if (values[1] == NULL)
    {
      numbers[1] = numbers[0];
      numbers[0] = 0;
    }
  if (numbers[2] == 0)
    return jinja_fail (render, "a range’s step cannot be 0");
  gint64 length = count_range (numbers[0], numbers[1], numbers[2]);
  if (length < 0 || (render->chat && length > JINJA_MAX_SANDBOX_RANGE))
    return jinja_fail_limit (render, "this range is too long");
  JinjaRange *range = jinja_value_alloc (&render->heap, JINJA_RANGE, sizeof *range);
  range->start = numbers[0];
  range->stop = numbers[1];
  range->step = numbers[2];
  range->length = length;
  return &range->base;
}

/* A dict of an optional dict or pairs, and of named arguments. */
static JinjaDict *
make_dict (JinjaRender *render, const JinjaArgs *args)
{
  JinjaDict *dict = jinja_new_dict (render);
  if (jinja_args_n (args) > 1)
    return jinja_fail (render, "%s takes at most one argument by position", args->callee);
  if (jinja_args_n (args) == 1 && !jinja_dict_update (render, dict, jinja_args_get (args, 0)))
    return NULL;
  if (args->named != NULL && !jinja_dict_update (render, dict, &args->named->base))
    return NULL;
  return dict;
}

FUNCTION (global_dict)
{
  JinjaDict *dict = make_dict (render, args);
  return dict != NULL ? &dict->base : NULL;
}

FUNCTION (global_namespace)
{
  JinjaDict *dict = make_dict (render, args);
  if (dict == NULL)
    return NULL;
  dict->base.kind = JINJA_NAMESPACE;
  return &dict->base;
}

FUNCTION (global_cycler)
{
  if (jinja_args_n (args) == 0 || jinja_args_n_named (args) > 0)
    return jinja_fail (render, "cycler asks for items to cycle through");
  JinjaCycler *cycler = jinja_value_alloc (&render->heap, JINJA_CYCLER, sizeof *cycler);
  cycler->items = args->positional;
  return &cycler->base;
}

FUNCTION (global_joiner)
{
  JinjaValue *separator;
  if (!jinja_args_bind (render, args, "sep", 0, &separator))
    return NULL;
  JinjaJoiner *joiner = jinja_value_alloc (&render->heap, JINJA_JOINER, sizeof *joiner);
  joiner->separator = separator != NULL ? separator : jinja_new_literal (render, ", ");
  return &joiner->base;
}

/* Filler text ------------------------------------------------------------------------------------- */

/* From Cicero, De finibus bonorum et malorum. */
static const char lorem[] =
  "sed ut perspiciatis unde omnis iste natus error sit voluptatem accusantium doloremque laudantium totam rem aperiam "
  "eaque ipsa quae ab illo inventore veritatis et quasi architecto beatae vitae dicta sunt explicabo nemo enim ipsam "
  "quia voluptas aspernatur aut odit fugit consequuntur magni dolores eos qui ratione sequi nesciunt neque porro "
  "quisquam est dolorem ipsum dolor amet consectetur adipisci velit numquam eius modi tempora incidunt labore dolore "
  "magnam aliquam quaerat minima veniam nostrum exercitationem ullam corporis suscipit laboriosam nisi aliquid ex ea "
  "commodi consequatur quis autem vel eum iure reprehenderit in voluptate esse quam nihil molestiae illum quo nulla "
  "pariatur";

static void
append_paragraph (GString *out, char **words, guint n_words, gint64 n)
{
  gint64 comma = 0, stop = 0;
  gboolean capital = TRUE;
  guint last = G_MAXUINT;
  for (gint64 i = 0; i < n; i++)
    {
      guint word = (guint) g_random_int_range (0, (gint32) n_words);
      if (word == last)
        word = (word + 1) % n_words;
      last = word;
      gsize start = out->len + (i > 0);
      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", words[word]);
      if (capital)
        out->str[start] = g_ascii_toupper (out->str[start]);
      capital = FALSE;
      if (i + 1 == n || i - g_random_int_range (10, 20) > stop)
        {
          g_string_append_c (out, '.');
          comma = stop = i;
          capital = TRUE;
        }
      else if (i - g_random_int_range (3, 8) > comma)
        {
          g_string_append_c (out, ',');
          comma = i;
          stop += 2;
        }
    }
}

FUNCTION (global_lipsum)
{
  JinjaValue *values[4];
  gint64 n, min, max;
  if (!jinja_args_bind (render, args, "n html min max", 0, values) || !jinja_arg_int (render, values[0], 5, &n)
      || !jinja_arg_int (render, values[2], 20, &min) || !jinja_arg_int (render, values[3], 100, &max))
    return NULL;
  if (min >= max)
    return jinja_fail (render, "lipsum’s least number of words must be below the greatest");
  gboolean html = jinja_arg_bool (values[1], TRUE);
  g_auto (GStrv) words = g_strsplit (lorem, " ", -1);
  g_autoptr (GString) out = g_string_new (NULL);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 n_words = min + (gint64) g_random_int_range (0, (gint32) CLAMP (max - min, 1, G_MAXINT32));
      if (!jinja_reserve_times (render, (gsize) MAX (n_words, 1), 20) || !jinja_reserve (render, out->len)
          || !jinja_step (render, (guint64) MAX (n_words, 1)))
        return NULL;
      g_string_append (out, i == 0 ? "" : html ? "\n" : "\n\n");
      g_string_append (out, html ? "<p>" : "");
      append_paragraph (out, words, g_strv_length (words), n_words);
      g_string_append (out, html ? "</p>" : "");
    }
  return jinja_take_string (render, out, html);
}

/* Of chat templates ------------------------------------------------------------------------------- */

FUNCTION (global_raise_exception)
{
  JinjaValue *message;
  if (!jinja_args_bind (render, args, "message", 1, &message) || (message = jinja_to_string (render, message)) == NULL)
    return NULL;
  return jinja_fail_raised (render, jinja_as_string (message)->text);
}

/* The local time by a format of C's strftime, with English names, as Python's datetime.now () has it:
 * %f is the microseconds, and there is no zone. */
FUNCTION (global_strftime_now)
{
  JinjaValue *arg;
  const char *format;
  gsize length;
  if (!jinja_args_bind (render, args, "format", 1, &arg) || !jinja_arg_string (render, arg, "", &format, &length))
    return NULL;
  if (length > 1024)
    return jinja_fail_limit (render, "this format of a time is too long");
  gint64 now = g_get_real_time ();
  time_t seconds = (time_t) (now / G_USEC_PER_SEC);
  struct tm parts;
  localtime_r (&seconds, &parts);
  g_autoptr (GString) plain = g_string_new (NULL);
  for (const char *at = format; *at != '\0'; at++)
    {
      if (*at != '%' || at[1] == '\0')
        g_string_append_c (plain, *at);
      else if (*++at == 'f')
        g_string_append_printf (plain, "%06d", (int) (now % G_USEC_PER_SEC));
      else if (*at != 'z' && *at != 'Z')
        g_string_append_printf (plain, "%%%c", *at);
    }
  /* A character behind it tells an empty text from one that does not fit. */
  g_string_append_c (plain, '.');
  char text[16384];
  locale_t english = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  gsize written = strftime_l (text, sizeof text, plain->str, &parts, english);
#pragma GCC diagnostic pop
  freelocale (english);
  if (written == 0)
    return jinja_fail (render, "this format of a time is too long");
  return jinja_new_string (render, text, written - 1);
}

static const struct {
  JinjaMethodDef def;
  gboolean       chat_only;
} globals[] = {
  { { "range", global_range, FALSE }, FALSE },
  { { "dict", global_dict, FALSE }, FALSE },
  { { "namespace", global_namespace, FALSE }, FALSE },
  { { "cycler", global_cycler, FALSE }, FALSE },
  { { "joiner", global_joiner, FALSE }, FALSE },
  { { "lipsum", global_lipsum, FALSE }, FALSE },
  { { "raise_exception", global_raise_exception, FALSE }, TRUE },
  { { "strftime_now", global_strftime_now, FALSE }, TRUE },
};

JinjaValue *
jinja_find_global (JinjaRender *render, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (globals); i++)
    if (strcmp (globals[i].def.name, name) == 0 && (!globals[i].chat_only || render->chat))
      {
        JinjaMethod *function = jinja_value_alloc (&render->heap, JINJA_FUNCTION, sizeof *function);
        function->def = &globals[i].def;
        return &function->base;
      }
  return NULL;
}
