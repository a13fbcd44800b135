/* The filter tojson: values → JSON, as Python's json.dumps writes it.
 *
 * The plain one is for HTML pages: keys sorted, ASCII, < > & ' escaped, and the result is markup. That
 * of chat templates keeps order and text, and takes json.dumps's arguments.
 */
#include <math.h>
#include <string.h>

#include "mill-jinja-compare.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-text.h"

typedef struct {
  JinjaRender *render;
  GString     *out;
  gboolean     ascii, html, sort;
  const char  *indent;         /* NULL: all on one line */
  const char  *item_separator, *key_separator;
  guint        depth;
} Writer;

static gboolean write_value (Writer *self, JinjaValue *value);

static void
write_unit (Writer *self, guint unit)
{
  g_string_append_printf (self->out, "\\u%04x", unit);
}

static void
write_char (Writer *self, gunichar c)
{
  static const char special[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
  const char *found = c != 0 && c < 0x80 ? strchr (special, (int) c) : NULL;
  if (found != NULL)
    {
      g_string_append_c (self->out, '\\');
      g_string_append_c (self->out, names[found - special]);
    }
  else if (c < 0x20 || (self->html && (c == '<' || c == '>' || c == '&' || c == '\''))
           || (self->ascii && c >= 0x7f && c <= 0xffff))
    write_unit (self, c);
  else if (self->ascii && c > 0xffff)
    {
      write_unit (self, 0xd800 + ((c - 0x10000) >> 10));
      write_unit (self, 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  else
    g_string_append_unichar (self->out, c);
}

static gboolean
write_string (Writer *self, const char *text, gsize n_bytes)
{
  if (!jinja_step_chars (self->render, n_bytes))
    return FALSE;
  g_string_append_c (self->out, '"');
  gsize size;
  for (gsize at = 0; at < n_bytes; at += size)
    write_char (self, jinja_utf8_get (text + at, &size));
  g_string_append_c (self->out, '"');
  return TRUE;
}

static gboolean
write_number (Writer *self, JinjaValue *value)
{
  char text[JINJA_FLOAT_SIZE];
  if (value->kind != JINJA_FLOAT)
    return jinja_append_repr (self->render, self->out, value);
  double number = jinja_as_float (value);
  if (isfinite (number))
    jinja_float_repr (number, text);
  g_string_append (self->out, isnan (number) ? "NaN" : !isinf (number) ? text : number > 0 ? "Infinity" : "-Infinity");
  return TRUE;
}

static gboolean
write_bare (Writer *self, JinjaValue *value)
{
  if (value->kind == JINJA_NONE)
    g_string_append (self->out, "null");
  else if (value->kind == JINJA_BOOL)
    g_string_append (self->out, jinja_as_bool (value) ? "true" : "false");
  else
    return write_number (self, value);
  return TRUE;
}

static gboolean
write_key (Writer *self, JinjaValue *key)
{
  if (key->kind == JINJA_STRING)
    return write_string (self, jinja_as_string (key)->text, jinja_as_string (key)->n_bytes);
  if (key->kind != JINJA_NONE && !jinja_is_number (key))
    return jinja_fail (self->render, "a key of type “%s” cannot be JSON", jinja_type_name (key)) != NULL;
  g_string_append_c (self->out, '"');
  gboolean fine = write_bare (self, key);
  g_string_append_c (self->out, '"');
  return fine;
}

static void
break_line (Writer *self)
{
  if (self->indent == NULL)
    return;
  g_string_append_c (self->out, '\n');
  for (guint i = 0; i < self->depth; i++)
    g_string_append (self->out, self->indent);
}

/* Between two items, or before the first. */
static gboolean
begin_item (Writer *self, gboolean first)
{
  if (!first)
    g_string_append (self->out, self->item_separator);
  break_line (self);
  return jinja_step (self->render, 1)
         && (self->out->len <= self->render->heap.limit
             || jinja_fail_limit (self->render, "this makes too long a text") != NULL);
}

static gboolean
write_list (Writer *self, JinjaList *list)
{
  g_string_append_c (self->out, '[');
  self->depth++;
  for (gsize i = 0; i < list->n; i++)
    if (!begin_item (self, i == 0) || !write_value (self, list->items[i]))
      return FALSE;
  self->depth--;
  if (list->n > 0)
    break_line (self);
  g_string_append_c (self->out, ']');
  return TRUE;
}

/* The keys in the order in which they are to be written. */
static JinjaList *
get_keys (Writer *self, JinjaDict *dict)
{
  JinjaList *keys = jinja_to_list (self->render, &dict->base);
  if (keys != NULL && self->sort && !jinja_sort (self->render, keys, keys, FALSE))
    return NULL;
  return keys;
}

static gboolean
write_dict (Writer *self, JinjaDict *dict)
{
  JinjaList *keys = get_keys (self, dict);
  if (keys == NULL)
    return FALSE;
  g_string_append_c (self->out, '{');
  self->depth++;
  for (gsize i = 0; i < keys->n; i++)
    {
      JinjaValue *value;
      if (!begin_item (self, i == 0) || !write_key (self, keys->items[i])
          || !jinja_dict_get (self->render, &dict->table, keys->items[i], &value))
        return FALSE;
      g_string_append (self->out, self->key_separator);
      if (!write_value (self, value))
        return FALSE;
    }
  self->depth--;
  if (keys->n > 0)
    break_line (self);
  g_string_append_c (self->out, '}');
  return TRUE;
}

static gboolean
write_value (Writer *self, JinjaValue *value)
{
  gboolean fine = FALSE;
  switch ((JinjaKind) value->kind)
    {
    case JINJA_NONE:
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_BIGINT:
    case JINJA_FLOAT: return write_bare (self, value);
    case JINJA_STRING: return write_string (self, jinja_as_string (value)->text, jinja_as_string (value)->n_bytes);
    case JINJA_LIST:
    case JINJA_TUPLE:
    case JINJA_DICT: break;
    default: return jinja_fail (self->render, "“%s” objects cannot be JSON", jinja_type_name (value)) != NULL;
    }
  if (jinja_enter (self->render))
    fine = value->kind == JINJA_DICT ? write_dict (self, jinja_as_dict (value)) : write_list (self, jinja_as_list (value));
  jinja_leave (self->render);
  return fine;
}

/* indent: a number of spaces, a string, or none. */
static gboolean
get_indent (JinjaRender *render, JinjaValue *arg, char **indent)
{
  gint64 n;
  *indent = NULL;
  if (arg == NULL || arg->kind == JINJA_NONE)
    return TRUE;
  if (arg->kind == JINJA_STRING)
    {
      *indent = g_strdup (jinja_as_string (arg)->text);
      return TRUE;
    }
  if (!jinja_arg_int (render, arg, 0, &n))
    return FALSE;
  if (n > 1000)
    return jinja_fail_limit (render, "an indentation is too wide") != NULL;
  *indent = g_strnfill ((gsize) MAX (n, 0), ' ');
  return TRUE;
}

static gboolean
get_separators (Writer *self, JinjaValue *arg)
{
  if (arg == NULL || arg->kind == JINJA_NONE)
    return TRUE;
  JinjaList *pair = jinja_to_list (self->render, arg);
  if (pair == NULL)
    return FALSE;
  if (pair->n != 2 || pair->items[0]->kind != JINJA_STRING || pair->items[1]->kind != JINJA_STRING)
    return jinja_fail (self->render, "separators are two strings") != NULL;
  self->item_separator = jinja_as_string (pair->items[0])->text;
  self->key_separator = jinja_as_string (pair->items[1])->text;
  return TRUE;
}

JinjaValue *
jinja_filter_tojson (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)
{
  JinjaValue *values[4] = { NULL };
  g_autofree char *indent = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean bound = render->chat ? jinja_args_bind (render, args, "ensure_ascii indent separators sort_keys", 0, values)
                                : jinja_args_bind (render, args, "indent", 0, &values[1]);
  if (!bound || !get_indent (render, values[1], &indent))
    return NULL;
  Writer self = { .render = render, .out = out, .indent = indent, .html = !render->chat,
                  .ascii = !render->chat || jinja_arg_bool (values[0], FALSE),
                  .sort = !render->chat || jinja_arg_bool (values[3], FALSE),
                  .item_separator = indent != NULL ? "," : ", ", .key_separator = ": " };
  if (!get_separators (&self, values[2]) || !write_value (&self, input))
    return NULL;
  return jinja_take_string (render, out, !render->chat);
}
