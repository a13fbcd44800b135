#include "mill-jinja-args.h"

#include <string.h>

#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"

gsize
jinja_args_n (const JinjaArgs *args)
{
  return args->positional != NULL ? args->positional->n : 0;
}

gsize
jinja_args_n_named (const JinjaArgs *args)
{
  return args->named != NULL ? args->named->table.n : 0;
}

JinjaValue *
jinja_args_get (const JinjaArgs *args, gsize index)
{
  return index < jinja_args_n (args) ? args->positional->items[index] : NULL;
}

JinjaValue *
jinja_args_get_named (const JinjaArgs *args, const char *name)
{
  gsize at = 0;
  if (args->named != NULL)
    for (JinjaEntry *entry; (entry = jinja_table_next (&args->named->table, &at)) != NULL;)
      if (jinja_string_is (entry->key, name))
        return entry->value;
  return NULL;
}

static gboolean
fail_unknown (JinjaRender *render, const JinjaArgs *args, const JinjaValue *key)
{
  return jinja_fail (render, "%s has no argument “%.60s”", args->callee, jinja_as_string (key)->text) != NULL;
}

gboolean
jinja_args_bind (JinjaRender *render, const JinjaArgs *args, const char *names, guint required, JinjaValue **values)
{
  gsize n = 0, n_named = 0;
  gboolean by_name = strchr (names, '/') == NULL;
  for (const char *at = names; *at != '\0'; at += strspn (at, " "))
    {
      char name[32];
      gsize length = MIN (strcspn (at, " "), sizeof name - 1);
      memcpy (name, at, length);
      name[length] = '\0';
      at += length;
      if (strcmp (name, "/") == 0)
        {
          by_name = TRUE;
          continue;
        }
      values[n] = jinja_args_get (args, n);
      JinjaValue *named = by_name ? jinja_args_get_named (args, name) : NULL;
      if (named != NULL && values[n] != NULL)
        return jinja_fail (render, "%s got argument “%s” twice", args->callee, name) != NULL;
      if (named != NULL)
        {
          values[n] = named;
          n_named++;
        }
      if (n < required && values[n] == NULL)
        return jinja_fail (render, "%s is missing an argument, “%s”", args->callee, name) != NULL;
      n++;
    }
  if (jinja_args_n (args) > n)
    return jinja_fail (render, "%s takes at most %" G_GSIZE_FORMAT " arguments", args->callee, n) != NULL;
  if (jinja_args_n_named (args) == n_named)
    return TRUE;
  /* One of the named ones is not a parameter: say which. */
  gsize at = 0;
  for (JinjaEntry *entry; (entry = jinja_table_next (&args->named->table, &at)) != NULL;)
    {
      const char *key = jinja_as_string (entry->key)->text;
      const char *found = strstr (names, key);
      gsize length = strlen (key);
      if (found == NULL || (found > names && found[-1] != ' ') || (found[length] != ' ' && found[length] != '\0')
          || length == 0)
        return fail_unknown (render, args, entry->key);
    }
  return jinja_fail (render, "%s takes its arguments by position", args->callee) != NULL;
}

gboolean
jinja_args_none (JinjaRender *render, const JinjaArgs *args)
{
  return jinja_args_bind (render, args, "", 0, NULL);
}

gboolean
jinja_arg_int (JinjaRender *render, JinjaValue *arg, gint64 fallback, gint64 *value)
{
  if (arg == NULL)
    *value = fallback;
  else if (arg->kind == JINJA_INT)
    *value = jinja_as_int (arg);
  else if (arg->kind == JINJA_BOOL)
    *value = jinja_as_bool (arg);
  else if (arg->kind == JINJA_BIGINT)
    *value = jinja_big_sign (arg) < 0 ? G_MININT64 : G_MAXINT64;
  else if (arg->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, arg) != NULL;
  else
    return jinja_fail (render, "an integer is due here, not “%s”", jinja_type_name (arg)) != NULL;
  return TRUE;
}

gboolean
jinja_arg_bool (JinjaValue *arg, gboolean fallback)
{
  return arg != NULL ? jinja_truth (arg) : fallback;
}

gboolean
jinja_arg_string (JinjaRender *render, JinjaValue *arg, const char *fallback, const char **text, gsize *n_bytes)
{
  if (arg == NULL || (arg->kind == JINJA_NONE && fallback == NULL))
    {
      *text = fallback;
      *n_bytes = fallback != NULL ? strlen (fallback) : 0;
      return TRUE;
    }
  if (arg->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, arg) != NULL;
  if (arg->kind != JINJA_STRING)
    return jinja_fail (render, "a string is due here, not “%s”", jinja_type_name (arg)) != NULL;
  *text = jinja_as_string (arg)->text;
  *n_bytes = jinja_as_string (arg)->n_bytes;
  return TRUE;
}
