#include "mill-jinja-iter.h"

#include "mill-jinja-repr.h"
#include "mill-jinja-text.h"

gboolean
jinja_is_iterable (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_UNDEFINED:
    case JINJA_STRING:
    case JINJA_LIST:
    case JINJA_TUPLE:
    case JINJA_DICT:
    case JINJA_VIEW:
    case JINJA_RANGE:
    case JINJA_ITERATOR: return TRUE;
    default: return FALSE;
    }
}

static const JinjaTable *
get_table (const JinjaValue *value)
{
  return value->kind == JINJA_VIEW ? &jinja_as_view (value)->dict->table : &jinja_as_dict (value)->table;
}

gboolean
jinja_iter_init (JinjaRender *render, JinjaIter *iter, JinjaValue *value)
{
  *iter = (JinjaIter) { NULL, 0, 0 };
  if (!jinja_is_iterable (value))
    return jinja_fail (render, "“%s” objects cannot be iterated over", jinja_type_name (value)) != NULL;
  iter->source = value;
  if (value->kind == JINJA_DICT || value->kind == JINJA_VIEW)
    iter->size = get_table (value)->n;
  return TRUE;
}

JinjaValue *
jinja_range_item (JinjaRender *render, const JinjaRange *range, gint64 index)
{
  return jinja_new_int (render, range->start + index * range->step);
}

static JinjaValue *
next_char (JinjaRender *render, JinjaIter *iter, const JinjaString *string)
{
  if (iter->at >= string->n_bytes)
    return NULL;
  const char *at = string->text + iter->at;
  gsize size = g_utf8_skip[(guint8) *at];
  iter->at += size;
  return jinja_new_string (render, at, size); /* of markup too, as in Python */
}

static JinjaValue *
next_entry (JinjaRender *render, JinjaIter *iter, const JinjaTable *table, JinjaViewKind view)
{
  if (table->n != iter->size)
    return jinja_fail (render, "this dict changed its size during an iteration over it");
  JinjaEntry *entry = jinja_table_next (table, &iter->at);
  if (entry == NULL)
    return NULL;
  return view == JINJA_VIEW_KEYS     ? entry->key
         : view == JINJA_VIEW_VALUES ? entry->value
                                     : jinja_new_pair (render, entry->key, entry->value);
}

static JinjaValue *
next_of_iterator (JinjaRender *render, JinjaIterator *iterator)
{
  JinjaValue *value = NULL;
  if (jinja_enter (render))
    value = iterator->next (render, iterator);
  jinja_leave (render);
  return value;
}

JinjaValue *
jinja_iter_next (JinjaRender *render, JinjaIter *iter)
{
  JinjaValue *source = iter->source, *value = NULL;
  if (source == NULL || !jinja_step (render, 1))
    return NULL;
  switch ((JinjaKind) source->kind)
    {
    case JINJA_STRING: value = next_char (render, iter, jinja_as_string (source)); break;
    case JINJA_LIST:
    case JINJA_TUPLE:
      value = iter->at < jinja_as_list (source)->n ? jinja_as_list (source)->items[iter->at++] : NULL;
      break;
    case JINJA_DICT: value = next_entry (render, iter, get_table (source), JINJA_VIEW_KEYS); break;
    case JINJA_VIEW: value = next_entry (render, iter, get_table (source), jinja_as_view (source)->view); break;
    case JINJA_RANGE:
      if ((gint64) iter->at < jinja_as_range (source)->length)
        value = jinja_range_item (render, jinja_as_range (source), (gint64) iter->at++);
      break;
    case JINJA_ITERATOR: value = next_of_iterator (render, jinja_as_iterator (source)); break;
    default: break;
    }
  if (value == NULL)
    iter->source = NULL;
  return value;
}

JinjaList *
jinja_to_list (JinjaRender *render, JinjaValue *value)
{
  JinjaIter iter;
  gsize length = 0;
  if (!jinja_iter_init (render, &iter, value))
    return NULL;
  if (jinja_has_length (value) && (!jinja_length (render, value, &length)
                                   || !jinja_reserve_times (render, length, sizeof (JinjaValue *))))
    return NULL;
  JinjaList *list = jinja_new_list (render, length);
  for (JinjaValue *item; (item = jinja_iter_next (render, &iter)) != NULL;)
    jinja_list_push (list, item);
  return render->error == NULL ? list : NULL;
}

gboolean
jinja_has_length (const JinjaValue *value)
{
  return jinja_is_iterable (value) && value->kind != JINJA_ITERATOR;
}

static gsize
get_length (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_STRING: return jinja_as_string (value)->n_chars;
    case JINJA_LIST:
    case JINJA_TUPLE: return jinja_as_list (value)->n;
    case JINJA_DICT:
    case JINJA_VIEW: return get_table (value)->n;
    case JINJA_RANGE: return (gsize) jinja_as_range (value)->length;
    default: return 0;
    }
}

gboolean
jinja_length (JinjaRender *render, const JinjaValue *value, gsize *length)
{
  if (value->kind == JINJA_LOOP)
    return jinja_loop_length (render, jinja_as_loop (value), length);
  if (!jinja_has_length (value))
    return jinja_fail (render, "“%s” objects have no length", jinja_type_name (value)) != NULL;
  *length = get_length (value);
  return TRUE;
}

gboolean
jinja_truth (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_NONE: return FALSE;
    case JINJA_BOOL: return jinja_as_bool (value);
    case JINJA_INT: return jinja_as_int (value) != 0;
    case JINJA_FLOAT: return jinja_as_float (value) != 0;
    default: return !jinja_has_length (value) || get_length (value) > 0;
    }
}

gboolean
jinja_loop_length (JinjaRender *render, JinjaLoop *loop, gsize *length)
{
  if (loop->length < 0 && loop->source != NULL && jinja_has_length (loop->source))
    loop->length = (gssize) get_length (loop->source);
  if (loop->length < 0)
    {
      JinjaList *rest = jinja_new_list (render, 0);
      for (JinjaValue *item; (item = jinja_iter_next (render, &loop->iter)) != NULL;)
        jinja_list_push (rest, item);
      if (render->error != NULL)
        return FALSE;
      loop->iter = (JinjaIter) { &rest->base, 0, 0 };
      loop->length = (gssize) rest->n + loop->index0 + 1 + (loop->after != NULL);
    }
  *length = (gsize) loop->length;
  return TRUE;
}
