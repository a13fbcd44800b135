#include "mill-jinja-repr.h"

#include <string.h>

#include "mill-jinja-iter.h"
#include "mill-jinja-text.h"

/* The containers around the one that is being written, so that one that holds itself is seen. */
typedef struct _Around Around;
struct _Around {
  const Around     *outer;
  const JinjaValue *value;
};

const char *
jinja_type_name (const JinjaValue *value)
{
  static const char *const views[] = { "dict_keys", "dict_values", "dict_items" };
  switch ((JinjaKind) value->kind)
    {
    case JINJA_UNDEFINED: return "Undefined";
    case JINJA_NONE: return "NoneType";
    case JINJA_BOOL: return "bool";
    case JINJA_INT:
    case JINJA_BIGINT: return "int";
    case JINJA_FLOAT: return "float";
    case JINJA_STRING: return jinja_is_markup (value) ? "Markup" : "str";
    case JINJA_LIST: return "list";
    case JINJA_TUPLE: return "tuple";
    case JINJA_DICT: return "dict";
    case JINJA_VIEW: return views[jinja_as_view (value)->view];
    case JINJA_RANGE: return "range";
    case JINJA_ITERATOR: return jinja_as_iterator (value)->type_name;
    case JINJA_NAMESPACE: return "Namespace";
    case JINJA_CYCLER: return "Cycler";
    case JINJA_JOINER: return "Joiner";
    case JINJA_MACRO: return "Macro";
    case JINJA_LOOP: return "LoopContext";
    case JINJA_FUNCTION: return "function";
    case JINJA_METHOD: return "builtin_function_or_method";
    case JINJA_SELF: return "TemplateReference";
    case JINJA_BLOCK: return "BlockReference";
    case JINJA_SCOPE: break;
    }
  g_assert_not_reached ();
}

/* A name or key in a message: a string or a number; of anything else its type. */
static char *
describe_key (const JinjaValue *key)
{
  if (key == NULL)
    return g_strdup ("?");
  if (key->kind == JINJA_INT)
    return g_strdup_printf ("%" G_GINT64_FORMAT, jinja_as_int (key));
  if (key->kind != JINJA_STRING)
    return g_strdup_printf ("a key of type %s", jinja_type_name (key));
  g_autoptr (GString) text = g_string_new (NULL);
  const JinjaString *string = jinja_as_string (key);
  gsize shown = jinja_utf8_offset (string->text, string->n_bytes, 60);
  jinja_append_string_repr (text, string->text, shown, FALSE);
  if (shown < string->n_bytes)
    g_string_append (text, "…");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
jinja_undefined_message (const JinjaUndefined *self)
{
  g_autofree char *name = describe_key (self->name);
  if (self->hint != NULL)
    {
      g_autoptr (GString) text = g_string_new (self->hint);
      g_string_replace (text, "%s", name, 1);
      return g_string_free (g_steal_pointer (&text), FALSE);
    }
  if (self->object == NULL)
    return g_strdup_printf ("%s is undefined", name);
  const char *type = jinja_type_name (self->object);
  if (self->unsafe)
    return g_strdup_printf ("access to attribute %s of “%s” objects is not allowed", name, type);
  if (self->name->kind != JINJA_STRING)
    return g_strdup_printf ("this %s has no element %s", type, name);
  return g_strdup_printf ("this %s has no attribute %s", type, name);
}

static gboolean
check (JinjaRender *render, const GString *out)
{
  return out->len <= render->heap.limit ? jinja_step (render, 1)
                                        : jinja_fail_limit (render, "this makes too long a text") != NULL;
}

static gboolean append (JinjaRender *render, GString *out, JinjaValue *value, const Around *around);

static gboolean
append_list (JinjaRender *render, GString *out, JinjaList *list, const Around *around)
{
  gboolean is_tuple = list->base.kind == JINJA_TUPLE;
  g_string_append_c (out, is_tuple ? '(' : '[');
  for (gsize i = 0; i < list->n; i++)
    {
      if (i > 0)
        g_string_append (out, ", ");
      if (!append (render, out, list->items[i], around))
        return FALSE;
    }
  g_string_append (out, !is_tuple ? "]" : list->n == 1 ? ",)" : ")");
  return TRUE;
}

static gboolean
append_table (JinjaRender *render, GString *out, const JinjaTable *table, const Around *around)
{
  gsize at = 0;
  const char *comma = "";
  g_string_append_c (out, '{');
  for (JinjaEntry *entry; (entry = jinja_table_next (table, &at)) != NULL; comma = ", ")
    {
      g_string_append (out, comma);
      if (!append (render, out, entry->key, around))
        return FALSE;
      g_string_append (out, ": ");
      if (!append (render, out, entry->value, around))
        return FALSE;
    }
  g_string_append_c (out, '}');
  return TRUE;
}

static gboolean
append_view (JinjaRender *render, GString *out, JinjaView *view, const Around *around)
{
  g_string_append_printf (out, "%s(", jinja_type_name (&view->base));
  JinjaList *list = jinja_to_list (render, &view->base);
  if (list == NULL || !append_list (render, out, list, around))
    return FALSE;
  g_string_append_c (out, ')');
  return TRUE;
}

static gboolean
append_container (JinjaRender *render, GString *out, JinjaValue *value, const Around *around)
{
  static const char *const again[] = { "[...]", "(...)", "{...}" };
  for (const Around *at = around; at != NULL; at = at->outer)
    if (at->value == value)
      {
        g_string_append (out, again[value->kind == JINJA_LIST ? 0 : value->kind == JINJA_TUPLE ? 1 : 2]);
        return TRUE;
      }
  Around here = { around, value };
  gboolean fine = FALSE;
  if (jinja_enter (render))
    {
      if (value->kind == JINJA_NAMESPACE)
        g_string_append (out, "<Namespace ");
      fine = value->kind == JINJA_VIEW ? append_view (render, out, jinja_as_view (value), &here)
             : value->kind == JINJA_LIST || value->kind == JINJA_TUPLE
               ? append_list (render, out, jinja_as_list (value), &here)
               : append_table (render, out, &jinja_as_dict (value)->table, &here);
      if (value->kind == JINJA_NAMESPACE)
        g_string_append_c (out, '>');
    }
  jinja_leave (render);
  return fine;
}

static gboolean
append_bigint (JinjaRender *render, GString *out, const JinjaValue *value)
{
  g_autofree char *digits = jinja_big_format (value, 10);
  if (strlen (digits) > JINJA_MAX_DIGITS)
    return jinja_fail (render, "an integer of more than %d digits is not written", JINJA_MAX_DIGITS) != NULL;
  if (jinja_as_bigint (value)->negative)
    g_string_append_c (out, '-');
  g_string_append (out, digits);
  return TRUE;
}

static void
append_range (GString *out, const JinjaRange *range)
{
  g_string_append_printf (out, "range(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT, range->start, range->stop);
  if (range->step != 1)
    g_string_append_printf (out, ", %" G_GINT64_FORMAT, range->step);
  g_string_append_c (out, ')');
}

static gboolean
append_loop (JinjaRender *render, GString *out, JinjaLoop *loop)
{
  gsize length;
  if (!jinja_loop_length (render, loop, &length))
    return FALSE;
  g_string_append_printf (out, "<LoopContext %" G_GSSIZE_FORMAT "/%" G_GSIZE_FORMAT ">", loop->index0 + 1, length);
  return TRUE;
}

/* Things of the language itself, which templates print by mistake. */
static void
append_object (GString *out, JinjaValue *value)
{
  if (value->kind == JINJA_MACRO)
    {
      const JinjaString *name = jinja_as_macro (value)->node->macro.def.name;
      if (name != NULL)
        g_string_append_printf (out, "<Macro '%s'>", name->text);
      else
        g_string_append (out, "<Macro anonymous>");
    }
  else if (value->kind == JINJA_FUNCTION)
    g_string_append_printf (out, "<function %s>", jinja_as_method (value)->def->name);
  else if (value->kind == JINJA_METHOD)
    g_string_append_printf (out, "<built-in method %s of %s object>", jinja_as_method (value)->def->name,
                            jinja_type_name (jinja_as_method (value)->self));
  else
    g_string_append_printf (out, "<%s object>", jinja_type_name (value));
}

/* The repr. */
static gboolean
append (JinjaRender *render, GString *out, JinjaValue *value, const Around *around)
{
  char number[JINJA_FLOAT_SIZE];
  if (!check (render, out))
    return FALSE;
  switch ((JinjaKind) value->kind)
    {
    case JINJA_UNDEFINED: g_string_append (out, "Undefined"); break;
    case JINJA_NONE: g_string_append (out, "None"); break;
    case JINJA_BOOL: g_string_append (out, jinja_as_bool (value) ? "True" : "False"); break;
    case JINJA_INT: g_string_append_printf (out, "%" G_GINT64_FORMAT, jinja_as_int (value)); break;
    case JINJA_BIGINT: return append_bigint (render, out, value);
    case JINJA_FLOAT:
      jinja_float_repr (jinja_as_float (value), number);
      g_string_append (out, number);
      break;
    case JINJA_STRING:
      {
        const JinjaString *string = jinja_as_string (value);
        if (!jinja_step_bytes (render, string->n_bytes))
          return FALSE;
        if (jinja_is_markup (value))
          g_string_append (out, "Markup(");
        jinja_append_string_repr (out, string->text, string->n_bytes, FALSE);
        if (jinja_is_markup (value))
          g_string_append_c (out, ')');
        break;
      }
    case JINJA_LIST:
    case JINJA_TUPLE:
    case JINJA_DICT:
    case JINJA_VIEW:
    case JINJA_NAMESPACE: return append_container (render, out, value, around);
    case JINJA_RANGE: append_range (out, jinja_as_range (value)); break;
    case JINJA_LOOP: return append_loop (render, out, jinja_as_loop (value));
    default: append_object (out, value); break;
    }
  return TRUE;
}

gboolean
jinja_append_repr (JinjaRender *render, GString *out, JinjaValue *value)
{
  return append (render, out, value, NULL);
}

gboolean
jinja_append_str (JinjaRender *render, GString *out, JinjaValue *value)
{
  if (value->kind == JINJA_UNDEFINED)
    return TRUE;
  if (value->kind != JINJA_STRING)
    return append (render, out, value, NULL);
  const JinjaString *string = jinja_as_string (value);
  if (!check (render, out) || !jinja_step_bytes (render, string->n_bytes))
    return FALSE;
  g_string_append_len (out, string->text, (gssize) string->n_bytes);
  return TRUE;
}

JinjaValue *
jinja_to_string (JinjaRender *render, JinjaValue *value)
{
  if (value->kind == JINJA_STRING)
    return value;
  if (value->kind == JINJA_UNDEFINED)
    return jinja_empty_string ();
  g_autoptr (GString) out = g_string_new (NULL);
  return append (render, out, value, NULL) ? jinja_take_string (render, out, FALSE) : NULL;
}

gboolean
jinja_append_html (JinjaRender *render, GString *out, JinjaValue *value)
{
  if (jinja_is_markup (value))
    return jinja_append_str (render, out, value);
  JinjaValue *text = jinja_to_string (render, value);
  if (text == NULL || !jinja_step_bytes (render, jinja_as_string (text)->n_bytes) || !check (render, out))
    return FALSE;
  jinja_append_escaped (out, jinja_as_string (text)->text, jinja_as_string (text)->n_bytes);
  return TRUE;
}

JinjaValue *
jinja_to_html (JinjaRender *render, JinjaValue *value)
{
  if (jinja_is_markup (value))
    return value;
  g_autoptr (GString) out = g_string_new (NULL);
  return jinja_append_html (render, out, value) ? jinja_take_string (render, out, TRUE) : NULL;
}
