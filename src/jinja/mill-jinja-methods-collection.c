/* The methods of lists, tuples, dicts and ranges, and of the objects of the language. */
#include <math.h>
#include <string.h>

#include "mill-jinja-access.h"
#include "mill-jinja-args.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-loop.h"
#include "mill-jinja-repr.h"

#define METHOD(name) static JinjaValue *name (JinjaRender *render, JinjaValue *self, const JinjaArgs *args)

/* Sequences --------------------------------------------------------------------------------------- */

METHOD (sequence_count)
{
  JinjaValue *item, *value;
  JinjaIter iter;
  gint64 n = 0;
  if (!jinja_args_bind (render, args, "value /", 1, &item) || !jinja_iter_init (render, &iter, self))
    return NULL;
  while ((value = jinja_iter_next (render, &iter)) != NULL)
    n += value == item || jinja_equal (render, value, item);
  return render->error == NULL ? jinja_new_int (render, n) : NULL;
}

METHOD (sequence_index)
{
  JinjaValue *values[3], *value;
  JinjaIter iter;
  gint64 start, stop;
  gsize length;
  if (!jinja_args_bind (render, args, "value start stop /", 1, values) || !jinja_length (render, self, &length)
      || !jinja_arg_int (render, values[1], 0, &start) || !jinja_arg_int (render, values[2], G_MAXINT64, &stop)
      || !jinja_iter_init (render, &iter, self))
    return NULL;
  start = jinja_clamp_index (start, length);
  stop = jinja_clamp_index (stop, length);
  for (gint64 i = 0; i < stop && (value = jinja_iter_next (render, &iter)) != NULL; i++)
    if (i >= start && (value == values[0] || jinja_equal (render, value, values[0])))
      return jinja_new_int (render, i);
  return jinja_fail (render, "index did not find the item");
}

METHOD (list_append)
{
  JinjaValue *item;
  if (!jinja_args_bind (render, args, "object /", 1, &item))
    return NULL;
  jinja_list_push (jinja_as_list (self), item);
  return JINJA_NONE_VALUE;
}

METHOD (list_extend)
{
  JinjaValue *items;
  JinjaList *more;
  if (!jinja_args_bind (render, args, "iterable /", 1, &items) || (more = jinja_to_list (render, items)) == NULL)
    return NULL;
  for (gsize i = 0; i < more->n; i++)
    jinja_list_push (jinja_as_list (self), more->items[i]);
  return JINJA_NONE_VALUE;
}

METHOD (list_insert)
{
  JinjaValue *values[2];
  gint64 index;
  if (!jinja_args_bind (render, args, "index object /", 2, values) || !jinja_arg_int (render, values[0], 0, &index)
      || !jinja_step (render, jinja_as_list (self)->n / 64))
    return NULL;
  jinja_list_insert (jinja_as_list (self), (gsize) jinja_clamp_index (index, jinja_as_list (self)->n), values[1]);
  return JINJA_NONE_VALUE;
}

METHOD (list_pop)
{
  JinjaList *list = jinja_as_list (self);
  JinjaValue *arg;
  gint64 index;
  if (!jinja_args_bind (render, args, "index /", 0, &arg) || !jinja_arg_int (render, arg, -1, &index)
      || !jinja_step (render, list->n / 64))
    return NULL;
  if (index < 0)
    index += (gint64) list->n;
  if (index < 0 || index >= (gint64) list->n)
    return jinja_fail (render, list->n == 0 ? "pop from an empty list" : "pop: there is no item of that number");
  JinjaValue *item = list->items[index];
  jinja_list_remove (list, (gsize) index);
  return item;
}

METHOD (list_remove)
{
  JinjaValue *item;
  if (!jinja_args_bind (render, args, "value /", 1, &item))
    return NULL;
  JinjaList *list = jinja_as_list (self);
  for (gsize i = 0; i < list->n && jinja_step (render, 1); i++)
    if (list->items[i] == item || jinja_equal (render, list->items[i], item))
      {
        jinja_list_remove (list, i);
        return JINJA_NONE_VALUE;
      }
  return jinja_fail (render, "remove did not find the item");
}

METHOD (list_reverse)
{
  JinjaList *list = jinja_as_list (self);
  if (!jinja_args_none (render, args) || !jinja_step (render, list->n / 16))
    return NULL;
  for (gsize i = 0; i < list->n / 2; i++)
    {
      JinjaValue *item = list->items[i];
      list->items[i] = list->items[list->n - 1 - i];
      list->items[list->n - 1 - i] = item;
    }
  return JINJA_NONE_VALUE;
}

METHOD (list_sort)
{
  JinjaValue *values[2];
  if (!jinja_args_bind (render, args, "key reverse", 0, values))
    return NULL;
  if (jinja_args_n (args) > 0 || (values[0] != NULL && values[0]->kind != JINJA_NONE))
    return jinja_fail (render, "sort takes no key here; the filter “sort” has an attribute");
  JinjaList *list = jinja_as_list (self);
  return jinja_sort (render, list, list, jinja_arg_bool (values[1], FALSE)) ? JINJA_NONE_VALUE : NULL;
}

METHOD (list_clear)
{
  if (!jinja_args_none (render, args))
    return NULL;
  jinja_as_list (self)->n = 0;
  return JINJA_NONE_VALUE;
}

METHOD (list_copy)
{
  JinjaList *copy = jinja_args_none (render, args) ? jinja_to_list (render, self) : NULL;
  return copy != NULL ? &copy->base : NULL;
}

/* Dicts ------------------------------------------------------------------------------------------- */

static JinjaValue *
new_view (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, JinjaViewKind kind)
{
  if (!jinja_args_none (render, args))
    return NULL;
  JinjaView *view = jinja_value_alloc (&render->heap, JINJA_VIEW, sizeof *view);
  view->view = kind;
  view->dict = jinja_as_dict (self);
  return &view->base;
}

METHOD (dict_keys) { return new_view (render, self, args, JINJA_VIEW_KEYS); }
METHOD (dict_values) { return new_view (render, self, args, JINJA_VIEW_VALUES); }
METHOD (dict_items) { return new_view (render, self, args, JINJA_VIEW_ITEMS); }

METHOD (dict_get)
{
  JinjaValue *values[2], *found;
  if (!jinja_args_bind (render, args, "key default /", 1, values)
      || !jinja_dict_get (render, &jinja_as_dict (self)->table, values[0], &found))
    return NULL;
  return found != NULL ? found : values[1] != NULL ? values[1] : JINJA_NONE_VALUE;
}

METHOD (dict_copy)
{
  if (!jinja_args_none (render, args))
    return NULL;
  JinjaDict *copy = jinja_new_dict (render);
  return jinja_dict_update (render, copy, self) ? &copy->base : NULL;
}

METHOD (dict_update)
{
  JinjaDict *dict = jinja_as_dict (self);
  gsize at = 0;
  if (jinja_args_n (args) > 1)
    return jinja_fail (render, "update takes at most one argument by position");
  if (jinja_args_n (args) == 1 && !jinja_dict_update (render, dict, jinja_args_get (args, 0)))
    return NULL;
  if (args->named != NULL)
    for (JinjaEntry *entry; (entry = jinja_table_next (&args->named->table, &at)) != NULL;)
      if (!jinja_dict_set (render, &dict->table, entry->key, entry->value))
        return NULL;
  return JINJA_NONE_VALUE;
}

METHOD (dict_setdefault)
{
  JinjaValue *values[2], *found;
  JinjaTable *table = &jinja_as_dict (self)->table;
  if (!jinja_args_bind (render, args, "key default /", 1, values) || !jinja_dict_get (render, table, values[0], &found))
    return NULL;
  if (found != NULL)
    return found;
  found = values[1] != NULL ? values[1] : JINJA_NONE_VALUE;
  return jinja_dict_set (render, table, values[0], found) ? found : NULL;
}

METHOD (dict_pop)
{
  JinjaValue *values[2];
  JinjaTable *table = &jinja_as_dict (self)->table;
  guint32 hash;
  if (!jinja_args_bind (render, args, "key default /", 1, values) || !jinja_hash (render, values[0], &hash))
    return NULL;
  JinjaEntry *entry = jinja_table_find (table, values[0], hash);
  if (entry == NULL)
    return values[1] != NULL ? values[1] : jinja_fail (render, "pop: the dict has no such key");
  JinjaValue *found = entry->value;
  jinja_table_remove (table, entry);
  return found;
}

METHOD (dict_popitem)
{
  JinjaTable *table = &jinja_as_dict (self)->table;
  if (!jinja_args_none (render, args))
    return NULL;
  for (guint32 i = table->n_entries; i-- > 0;)
    if (table->entries[i].key != NULL)
      {
        JinjaValue *pair = jinja_new_pair (render, table->entries[i].key, table->entries[i].value);
        jinja_table_remove (table, &table->entries[i]);
        return pair;
      }
  return jinja_fail (render, "popitem: the dict is empty");
}

METHOD (dict_clear)
{
  if (!jinja_args_none (render, args))
    return NULL;
  jinja_table_clear (&jinja_as_dict (self)->table);
  return JINJA_NONE_VALUE;
}

/* Numbers and objects ----------------------------------------------------------------------------- */

METHOD (int_bit_length)
{
  return jinja_args_none (render, args) ? jinja_new_int (render, jinja_big_bits (self)) : NULL;
}

METHOD (float_is_integer)
{
  if (!jinja_args_none (render, args))
    return NULL;
  return jinja_bool (isfinite (jinja_as_float (self)) && floor (jinja_as_float (self)) == jinja_as_float (self));
}

METHOD (cycler_next)
{
  JinjaCycler *cycler = jinja_as_cycler (self);
  if (!jinja_args_none (render, args))
    return NULL;
  JinjaValue *item = cycler->items->items[cycler->at];
  cycler->at = (cycler->at + 1) % cycler->items->n;
  return item;
}

METHOD (cycler_reset)
{
  if (!jinja_args_none (render, args))
    return NULL;
  jinja_as_cycler (self)->at = 0;
  return JINJA_NONE_VALUE;
}

static const struct {
  JinjaKind      kind;
  JinjaMethodDef def;
} methods[] = {
  { JINJA_LIST, { "append", list_append, TRUE } },
  { JINJA_LIST, { "clear", list_clear, TRUE } },
  { JINJA_LIST, { "copy", list_copy, FALSE } },
  { JINJA_LIST, { "count", sequence_count, FALSE } },
  { JINJA_LIST, { "extend", list_extend, TRUE } },
  { JINJA_LIST, { "index", sequence_index, FALSE } },
  { JINJA_LIST, { "insert", list_insert, TRUE } },
  { JINJA_LIST, { "pop", list_pop, TRUE } },
  { JINJA_LIST, { "remove", list_remove, TRUE } },
  { JINJA_LIST, { "reverse", list_reverse, TRUE } },
  { JINJA_LIST, { "sort", list_sort, TRUE } },
  { JINJA_TUPLE, { "count", sequence_count, FALSE } },
  { JINJA_TUPLE, { "index", sequence_index, FALSE } },
  { JINJA_RANGE, { "count", sequence_count, FALSE } },
  { JINJA_RANGE, { "index", sequence_index, FALSE } },
  { JINJA_DICT, { "clear", dict_clear, TRUE } },
  { JINJA_DICT, { "copy", dict_copy, FALSE } },
  { JINJA_DICT, { "get", dict_get, FALSE } },
  { JINJA_DICT, { "items", dict_items, FALSE } },
  { JINJA_DICT, { "keys", dict_keys, FALSE } },
  { JINJA_DICT, { "pop", dict_pop, TRUE } },
  { JINJA_DICT, { "popitem", dict_popitem, TRUE } },
  { JINJA_DICT, { "setdefault", dict_setdefault, TRUE } },
  { JINJA_DICT, { "update", dict_update, TRUE } },
  { JINJA_DICT, { "values", dict_values, FALSE } },
  { JINJA_INT, { "bit_length", int_bit_length, FALSE } },
  { JINJA_BIGINT, { "bit_length", int_bit_length, FALSE } },
  { JINJA_BOOL, { "bit_length", int_bit_length, FALSE } },
  { JINJA_FLOAT, { "is_integer", float_is_integer, FALSE } },
  { JINJA_CYCLER, { "next", cycler_next, FALSE } },
  { JINJA_CYCLER, { "reset", cycler_reset, FALSE } },
  { JINJA_LOOP, { "cycle", jinja_loop_cycle, FALSE } },
  { JINJA_LOOP, { "changed", jinja_loop_changed, FALSE } },
};

const JinjaMethodDef *
jinja_find_collection_method (JinjaKind kind, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (methods[i].kind == kind && strcmp (methods[i].def.name, name) == 0)
      return &methods[i].def;
  return NULL;
}
