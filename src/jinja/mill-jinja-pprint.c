/* The filter pprint, laid out as Python's pprint does with its defaults: what does not fit 80 columns is
 * broken into an item a line, keys are sorted, long strings are cut at white space. */
#include <string.h>

#include "mill-jinja-compare.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-text.h"

#define WIDTH 80

typedef struct {
  JinjaRender *render;
  GString     *out;
} Printer;

static gboolean print (Printer *self, JinjaValue *value, gsize indent, gsize allowance, guint level);

/* Whether key a comes before b: by value where they compare, else by type. */
static gboolean
is_before (Printer *self, JinjaValue *a, JinjaValue *b)
{
  JinjaOrder order;
  if ((jinja_is_number (a) && jinja_is_number (b)) || (a->kind == JINJA_STRING && b->kind == JINJA_STRING))
    return jinja_order (self->render, a, b, JINJA_OP_LT, &order) && order == JINJA_LESS;
  return strcmp (jinja_type_name (a), jinja_type_name (b)) < 0;
}

/* A copy of a value in which the keys of all dicts are sorted. */
static JinjaValue *
sort_keys (Printer *self, JinjaValue *value)
{
  JinjaRender *render = self->render;
  JinjaValue *result = NULL;
  if ((value->kind != JINJA_DICT && value->kind != JINJA_LIST && value->kind != JINJA_TUPLE))
    return value;
  if (!jinja_enter (render))
    result = NULL;
  else if (value->kind != JINJA_DICT)
    {
      JinjaList *list = jinja_as_list (value);
      JinjaList *copy = value->kind == JINJA_LIST ? jinja_new_list (render, list->n) : jinja_new_tuple (render, list->n);
      result = &copy->base;
      for (gsize i = 0; i < list->n && result != NULL; i++)
        {
          JinjaValue *item = jinja_step (render, 1) ? sort_keys (self, list->items[i]) : NULL;
          if (item == NULL)
            result = NULL;
          else
            jinja_list_push (copy, item);
        }
    }
  else
    {
      JinjaTable *table = &jinja_as_dict (value)->table;
      JinjaList *keys = jinja_to_list (render, value);
      JinjaDict *copy = jinja_new_dict (render);
      result = keys != NULL ? &copy->base : NULL;
      /* Insertion keeps it stable; the number of keys is charged for. */
      for (gsize i = 1; result != NULL && i < keys->n; i++)
        for (gsize j = i; j > 0 && jinja_step (render, 1) && is_before (self, keys->items[j], keys->items[j - 1]); j--)
          {
            JinjaValue *key = keys->items[j];
            keys->items[j] = keys->items[j - 1];
            keys->items[j - 1] = key;
          }
      for (gsize i = 0; result != NULL && i < keys->n; i++)
        {
          JinjaValue *item;
          if (!jinja_dict_get (render, table, keys->items[i], &item) || item == NULL
              || (item = sort_keys (self, item)) == NULL || !jinja_dict_set (render, &copy->table, keys->items[i], item))
            result = NULL;
        }
    }
  jinja_leave (render);
  return render->error == NULL ? result : NULL;
}

static void
break_line (Printer *self, gsize indent)
{
  g_string_append_printf (self->out, "\n%*s", (int) indent, "");
}

static gboolean
print_items (Printer *self, JinjaList *list, gsize indent, gsize allowance, guint level)
{
  gboolean is_tuple = list->base.kind == JINJA_TUPLE;
  const char *closer = !is_tuple ? "]" : list->n == 1 ? ",)" : ")";
  g_string_append_c (self->out, is_tuple ? '(' : '[');
  for (gsize i = 0; i < list->n; i++)
    {
      if (i > 0)
        {
          g_string_append_c (self->out, ',');
          break_line (self, indent + 1);
        }
      if (!print (self, list->items[i], indent + 1, i + 1 == list->n ? allowance + strlen (closer) : 1, level))
        return FALSE;
    }
  g_string_append (self->out, closer);
  return TRUE;
}

static gboolean
print_dict (Printer *self, JinjaDict *dict, gsize indent, gsize allowance, guint level)
{
  gsize at = 0, i = 0;
  g_string_append_c (self->out, '{');
  for (JinjaEntry *entry; (entry = jinja_table_next (&dict->table, &at)) != NULL; i++)
    {
      if (i > 0)
        {
          g_string_append_c (self->out, ',');
          break_line (self, indent + 1);
        }
      gsize start = self->out->len;
      if (!jinja_append_repr (self->render, self->out, entry->key))
        return FALSE;
      g_string_append (self->out, ": ");
      gsize used = jinja_utf8_count (self->out->str + start, self->out->len - start);
      if (!print (self, entry->value, indent + 1 + used, i + 1 == dict->table.n ? allowance + 1 : 1, level))
        return FALSE;
    }
  g_string_append_c (self->out, '}');
  return TRUE;
}

/* Strings ----------------------------------------------------------------------------------------- */

static GString *
get_repr (const char *text, gsize n_bytes)
{
  GString *repr = g_string_new (NULL);
  jinja_append_string_repr (repr, text, n_bytes, FALSE);
  return repr;
}

static gboolean
fits (const char *text, gsize n_bytes, gssize width)
{
  g_autoptr (GString) repr = get_repr (text, n_bytes);
  return (gssize) jinja_utf8_count (repr->str, repr->len) <= width;
}

static void
add_chunk (GPtrArray *chunks, const char *text, gsize n_bytes)
{
  GString *repr = get_repr (text, n_bytes);
  g_ptr_array_add (chunks, g_string_free (repr, FALSE));
}

/* The end of the word at `at` and of the white space behind it. */
static gsize
skip_word (const char *text, gsize n_bytes, gsize at)
{
  gsize size;
  while (at < n_bytes && !jinja_is_space (jinja_utf8_get (text + at, &size)))
    at += size;
  while (at < n_bytes && jinja_is_space (jinja_utf8_get (text + at, &size)))
    at += size;
  return at;
}

/* Cuts one line between words so that the pieces fit. */
static gboolean
cut_line (Printer *self, GPtrArray *chunks, const char *line, gsize n_bytes, gssize width, gssize last_width)
{
  gsize from = 0, at = 0;
  if (fits (line, n_bytes, last_width))
    {
      add_chunk (chunks, line, n_bytes);
      return TRUE;
    }
  while (at < n_bytes)
    {
      gsize next = skip_word (line, n_bytes, at);
      if (!fits (line + from, next - from, next == n_bytes ? last_width : width) && at > from)
        {
          add_chunk (chunks, line + from, at - from);
          from = at;
        }
      if (!jinja_step (self->render, 1 + (next - from) / 32))
        return FALSE;
      at = next;
    }
  if (from < n_bytes)
    add_chunk (chunks, line + from, n_bytes - from);
  return TRUE;
}

static gboolean
print_string (Printer *self, const JinjaString *string, gsize indent, gsize allowance, guint level)
{
  g_autoptr (GPtrArray) chunks = g_ptr_array_new_with_free_func (g_free);
  gboolean top = level == 1;
  if (top)
    {
      indent++;
      allowance++;
    }
  gssize width = WIDTH - (gssize) indent;
  for (gsize from = 0; from < string->n_bytes;)
    {
      gsize to = from, size;
      gunichar c = 0;
      while (to < string->n_bytes && !jinja_is_line_end (c))
        {
          c = jinja_utf8_get (string->text + to, &size);
          to += size;
        }
      if (c == '\r' && to < string->n_bytes && string->text[to] == '\n')
        to++;
      gboolean last = to == string->n_bytes;
      if (!cut_line (self, chunks, string->text + from, to - from, width, last ? width - (gssize) allowance : width))
        return FALSE;
      from = to;
    }
  if (chunks->len > 1 && top)
    g_string_append_c (self->out, '(');
  for (guint i = 0; i < chunks->len; i++)
    {
      if (i > 0)
        break_line (self, indent);
      g_string_append (self->out, g_ptr_array_index (chunks, i));
    }
  if (chunks->len > 1 && top)
    g_string_append_c (self->out, ')');
  return TRUE;
}

static gboolean
print_broken (Printer *self, JinjaValue *value, gsize indent, gsize allowance, guint level)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_DICT: return print_dict (self, jinja_as_dict (value), indent, allowance, level);
    case JINJA_LIST:
    case JINJA_TUPLE: return print_items (self, jinja_as_list (value), indent, allowance, level);
    default: return print_string (self, jinja_as_string (value), indent, allowance, level);
    }
}

static gboolean
print (Printer *self, JinjaValue *value, gsize indent, gsize allowance, guint level)
{
  gsize start = self->out->len;
  gboolean breaks = value->kind == JINJA_DICT || value->kind == JINJA_LIST || value->kind == JINJA_TUPLE
                    || (value->kind == JINJA_STRING && !jinja_is_markup (value) && jinja_as_string (value)->n_bytes > 0);
  gboolean fine = FALSE;
  if (!jinja_append_repr (self->render, self->out, value) || !jinja_step_bytes (self->render, self->out->len - start))
    return FALSE;
  gsize used = jinja_utf8_count (self->out->str + start, self->out->len - start);
  if (!breaks || (gssize) used <= WIDTH - (gssize) indent - (gssize) allowance)
    return TRUE;
  g_string_truncate (self->out, start);
  if (jinja_enter (self->render))
    fine = print_broken (self, value, indent, allowance, level + 1);
  jinja_leave (self->render);
  return fine;
}

JinjaValue *
jinja_pprint (JinjaRender *render, JinjaValue *value)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Printer self = { render, out };
  JinjaValue *sorted = sort_keys (&self, value);
  if (sorted == NULL || !print (&self, sorted, 0, 0, 0))
    return NULL;
  return jinja_take_string (render, out, FALSE);
}
