/* Filters of sequences and dicts that look at all of them at once. */
#include <string.h>

#include "mill-jinja-access.h"
#include "mill-jinja-arithmetic.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

#define FILTER(name) static JinjaValue *name (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)

JinjaList *
jinja_attribute_path (JinjaRender *render, JinjaValue *attribute)
{
  if (attribute == NULL || attribute->kind == JINJA_NONE)
    return jinja_new_list (render, 0);
  if (attribute->kind != JINJA_STRING)
    {
      JinjaList *path = jinja_new_list (render, 1);
      jinja_list_push (path, attribute);
      return path;
    }
  JinjaValue *dot = jinja_new_literal (render, ".");
  JinjaList *path = jinja_string_split (render, jinja_as_string (attribute), jinja_as_string (dot), -1, FALSE);
  for (gsize i = 0; path != NULL && i < path->n; i++)
    {
      const JinjaString *part = jinja_as_string (path->items[i]);
      JinjaValue *number = part->n_bytes > 0 && strspn (part->text, "0123456789") == part->n_bytes
                             ? jinja_parse_int (&render->heap, part->text, part->n_bytes, 10) : NULL;
      if (number != NULL)
        path->items[i] = number;
    }
  return path;
}

JinjaValue *
jinja_attribute_get (JinjaRender *render, const JinjaList *path, JinjaValue *item, JinjaValue *fallback)
{
  for (gsize i = 0; item != NULL && i < path->n; i++)
    {
      item = jinja_get_item (render, item, path->items[i]);
      if (item != NULL && item->kind == JINJA_UNDEFINED && fallback != NULL && fallback->kind != JINJA_NONE)
        item = fallback;
    }
  return item;
}

JinjaValue *
jinja_ignore_case (JinjaRender *render, JinjaValue *value)
{
  return value->kind == JINJA_STRING ? jinja_string_case (render, jinja_as_string (value), JINJA_CASE_LOWER) : value;
}

static JinjaValue *
next_of_list (JinjaRender *render, JinjaIterator *self)
{
  return jinja_iter_next (render, &self->source);
}

JinjaValue *
jinja_iterate (JinjaRender *render, JinjaList *list, const char *type_name)
{
  return list != NULL ? jinja_new_iterator (render, type_name, next_of_list, &list->base) : NULL;
}

/* What to sort or compare an item by: an attribute, in lower case unless case counts. */
static JinjaValue *
get_key (JinjaRender *render, const JinjaList *path, JinjaValue *item, JinjaValue *fallback, gboolean case_sensitive)
{
  JinjaValue *key = jinja_attribute_get (render, path, item, fallback);
  return key == NULL || case_sensitive ? key : jinja_ignore_case (render, key);
}

static JinjaList *
get_keys (JinjaRender *render, const JinjaList *path, const JinjaList *items, JinjaValue *fallback,
          gboolean case_sensitive)
{
  JinjaList *keys = jinja_new_list (render, items->n);
  for (gsize i = 0; i < items->n; i++)
    {
      JinjaValue *key = jinja_step (render, 1) ? get_key (render, path, items->items[i], fallback, case_sensitive) : NULL;
      if (key == NULL)
        return NULL;
      jinja_list_push (keys, key);
    }
  return keys;
}

/* Length, ends ------------------------------------------------------------------------------------ */

FILTER (filter_length)
{
  gsize length;
  if (!jinja_args_none (render, args) || !jinja_length (render, input, &length))
    return NULL;
  return jinja_new_int (render, (gint64) length);
}

FILTER (filter_first)
{
  JinjaIter iter;
  if (!jinja_args_none (render, args) || !jinja_iter_init (render, &iter, input))
    return NULL;
  JinjaValue *item = jinja_iter_next (render, &iter);
  if (item == NULL && render->error == NULL)
    return jinja_new_undefined (render, NULL, NULL, "there is no first item, the sequence was empty");
  return item;
}

/* What can be walked from its end. */
static JinjaList *
get_reversible (JinjaRender *render, JinjaValue *input)
{
  if (!jinja_has_length (input))
    return jinja_fail (render, "“%s” objects have no last item", jinja_type_name (input));
  return jinja_to_list (render, input);
}

FILTER (filter_last)
{
  if (!jinja_args_none (render, args))
    return NULL;
  if (input->kind == JINJA_LIST || input->kind == JINJA_STRING || input->kind == JINJA_RANGE)
    {
      gsize length;
      JinjaValue *item = jinja_length (render, input, &length) && length > 0
                           ? jinja_get_item (render, input, jinja_new_int (render, -1)) : NULL;
      if (item != NULL || render->error != NULL)
        return item;
    }
  JinjaList *list = get_reversible (render, input);
  if (list == NULL)
    return NULL;
  return list->n > 0 ? list->items[list->n - 1]
                     : jinja_new_undefined (render, NULL, NULL, "there is no last item, the sequence was empty");
}

FILTER (filter_random)
{
  gsize length;
  if (!jinja_args_none (render, args) || !jinja_length (render, input, &length))
    return NULL;
  if (length == 0)
    return jinja_new_undefined (render, NULL, NULL, "there is no random item, the sequence was empty");
  return jinja_get_item (render, input, jinja_new_int (render, g_random_int_range (0, (gint32) MIN (length, G_MAXINT32))));
}

FILTER (filter_list)
{
  JinjaList *list = jinja_args_none (render, args) ? jinja_to_list (render, input) : NULL;
  return list != NULL ? &list->base : NULL;
}

FILTER (filter_reverse)
{
  if (!jinja_args_none (render, args))
    return NULL;
  if (input->kind == JINJA_STRING)
    return jinja_get_slice (render, input, NULL, NULL, jinja_new_int (render, -1));
  JinjaList *list = jinja_to_list (render, input);
  if (list == NULL)
    return NULL;
  for (gsize i = 0; i < list->n / 2; i++)
    {
      JinjaValue *item = list->items[i];
      list->items[i] = list->items[list->n - 1 - i];
      list->items[list->n - 1 - i] = item;
    }
  return jinja_has_length (input) ? jinja_iterate (render, list, "list_reverseiterator") : &list->base;
}

/* Order ------------------------------------------------------------------------------------------- */

/* Each item's attributes of a list "a,b.c", as one key. */
static JinjaList *
get_sort_keys (JinjaRender *render, JinjaValue *attribute, const JinjaList *items, gboolean case_sensitive)
{
  if (attribute == NULL || attribute->kind != JINJA_STRING)
    return get_keys (render, jinja_attribute_path (render, attribute), items, NULL, case_sensitive);
  JinjaValue *comma = jinja_new_literal (render, ",");
  JinjaList *names = jinja_string_split (render, jinja_as_string (attribute), jinja_as_string (comma), -1, FALSE);
  JinjaList *keys = jinja_new_list (render, items->n);
  for (gsize i = 0; names != NULL && i < items->n; i++)
    jinja_list_push (keys, &jinja_new_list (render, names->n)->base);
  for (gsize j = 0; names != NULL && j < names->n; j++)
    {
      JinjaList *path = jinja_attribute_path (render, names->items[j]);
      JinjaList *part = path != NULL ? get_keys (render, path, items, NULL, case_sensitive) : NULL;
      if (part == NULL)
        return NULL;
      for (gsize i = 0; i < items->n; i++)
        jinja_list_push (jinja_as_list (keys->items[i]), part->items[i]);
    }
  return names != NULL ? keys : NULL;
}

FILTER (filter_sort)
{
  JinjaValue *values[3];
  if (!jinja_args_bind (render, args, "reverse case_sensitive attribute", 0, values))
    return NULL;
  JinjaList *items = jinja_to_list (render, input);
  JinjaList *keys = items != NULL ? get_sort_keys (render, values[2], items, jinja_arg_bool (values[1], FALSE)) : NULL;
  if (keys == NULL || !jinja_sort (render, items, keys, jinja_arg_bool (values[0], FALSE)))
    return NULL;
  return &items->base;
}

FILTER (filter_dictsort)
{
  JinjaValue *values[3];
  if (!jinja_args_bind (render, args, "case_sensitive by reverse", 0, values))
    return NULL;
  gboolean by_value = values[1] != NULL && jinja_string_is (values[1], "value");
  if (values[1] != NULL && !by_value && !jinja_string_is (values[1], "key"))
    return jinja_fail (render, "dictsort sorts by “key” or by “value”");
  if (input->kind != JINJA_DICT)
    return input->kind == JINJA_UNDEFINED ? jinja_fail_undefined (render, input)
                                          : jinja_fail (render, "dictsort asks for a dict, not for “%s”", jinja_type_name (input));
  JinjaList *pairs = jinja_new_list (render, 0), *keys = jinja_new_list (render, 0);
  gsize at = 0;
  for (JinjaEntry *entry; (entry = jinja_table_next (&jinja_as_dict (input)->table, &at)) != NULL;)
    {
      JinjaValue *key = by_value ? entry->value : entry->key;
      if (!jinja_arg_bool (values[0], FALSE))
        key = jinja_ignore_case (render, key);
      if (key == NULL || !jinja_step (render, 1))
        return NULL;
      jinja_list_push (pairs, jinja_new_pair (render, entry->key, entry->value));
      jinja_list_push (keys, key);
    }
  return jinja_sort (render, pairs, keys, jinja_arg_bool (values[2], FALSE)) ? &pairs->base : NULL;
}

static JinjaValue *
find_extreme (JinjaRender *render, JinjaValue *input, const JinjaArgs *args, JinjaOrder wanted)
{
  JinjaValue *values[2], *item, *best = NULL, *best_key = NULL;
  JinjaIter iter;
  if (!jinja_args_bind (render, args, "case_sensitive attribute", 0, values) || !jinja_iter_init (render, &iter, input))
    return NULL;
  JinjaList *path = jinja_attribute_path (render, values[1]);
  while (path != NULL && (item = jinja_iter_next (render, &iter)) != NULL)
    {
      JinjaOrder order = wanted;
      JinjaValue *key = get_key (render, path, item, NULL, jinja_arg_bool (values[0], FALSE));
      if (key == NULL || (best != NULL && !jinja_order (render, key, best_key, wanted == JINJA_LESS ? JINJA_OP_LT : JINJA_OP_GT, &order)))
        return NULL;
      if (order == wanted)
        {
          best = item;
          best_key = key;
        }
    }
  if (best == NULL && render->error == NULL)
    return jinja_new_undefined (render, NULL, NULL, "there is no smallest or largest item, the sequence was empty");
  return render->error == NULL ? best : NULL;
}

FILTER (filter_min) { return find_extreme (render, input, args, JINJA_LESS); }
FILTER (filter_max) { return find_extreme (render, input, args, JINJA_GREATER); }

FILTER (filter_unique)
{
  JinjaValue *values[2], *item;
  JinjaIter iter;
  if (!jinja_args_bind (render, args, "case_sensitive attribute", 0, values) || !jinja_iter_init (render, &iter, input))
    return NULL;
  JinjaList *path = jinja_attribute_path (render, values[1]), *list = jinja_new_list (render, 0);
  JinjaDict *seen = jinja_new_dict (render);
  while (path != NULL && (item = jinja_iter_next (render, &iter)) != NULL)
    {
      JinjaValue *key = get_key (render, path, item, NULL, jinja_arg_bool (values[0], FALSE));
      guint32 n = seen->table.n;
      if (key == NULL || !jinja_dict_set (render, &seen->table, key, JINJA_NONE_VALUE))
        return NULL;
      if (seen->table.n > n)
        jinja_list_push (list, item);
    }
  return path != NULL && render->error == NULL ? jinja_iterate (render, list, "generator") : NULL;
}

/* Starts the group of an item: its real attribute, not the lower-case one. */
static JinjaList *
start_group (JinjaRender *render, JinjaList *groups, const JinjaList *path, JinjaValue *item, JinjaValue *fallback)
{
  JinjaValue *name = jinja_attribute_get (render, path, item, fallback);
  if (name == NULL)
    return NULL;
  JinjaList *members = jinja_new_list (render, 0);
  JinjaValue *group = jinja_new_pair (render, name, &members->base);
  group->flags |= JINJA_FLAG_GROUP;
  jinja_list_push (groups, group);
  return members;
}

FILTER (filter_groupby)
{
  JinjaValue *values[3];
  if (!jinja_args_bind (render, args, "attribute default case_sensitive", 1, values))
    return NULL;
  JinjaList *items = jinja_to_list (render, input), *path = jinja_attribute_path (render, values[0]);
  JinjaList *keys = items != NULL && path != NULL
                      ? get_keys (render, path, items, values[1], jinja_arg_bool (values[2], FALSE)) : NULL;
  if (keys == NULL || !jinja_sort (render, items, keys, FALSE))
    return NULL;
  JinjaList *groups = jinja_new_list (render, 0), *members = NULL;
  for (gsize i = 0; i < items->n; i++)
    {
      if (i == 0 || !jinja_equal (render, keys->items[i - 1], keys->items[i]))
        members = start_group (render, groups, path, items->items[i], values[1]);
      if (members == NULL || render->error != NULL)
        return NULL;
      jinja_list_push (members, items->items[i]);
    }
  return &groups->base;
}

/* Joining, adding --------------------------------------------------------------------------------- */

/* The items of an iterable, or an attribute of each. */
static JinjaList *
get_attributes (JinjaRender *render, JinjaValue *input, JinjaValue *attribute)
{
  JinjaList *items = jinja_to_list (render, input);
  if (items == NULL || attribute == NULL || attribute->kind == JINJA_NONE)
    return items;
  JinjaList *path = jinja_attribute_path (render, attribute);
  return path != NULL ? get_keys (render, path, items, NULL, TRUE) : NULL;
}

FILTER (filter_join)
{
  JinjaValue *values[2];
  if (!jinja_args_bind (render, args, "d attribute", 0, values))
    return NULL;
  JinjaList *items = get_attributes (render, input, values[1]);
  JinjaValue *separator = values[0] != NULL ? jinja_to_string (render, values[0]) : jinja_empty_string ();
  if (items == NULL || separator == NULL)
    return NULL;
  gboolean markup = render->autoescape && jinja_is_markup (separator);
  for (gsize i = 0; render->autoescape && i < items->n; i++)
    markup = markup || jinja_is_markup (items->items[i]);
  JinjaList *parts = jinja_reserve_times (render, items->n, 2 * sizeof (JinjaValue *))
                       ? jinja_new_list (render, 2 * items->n) : NULL;
  if (markup)
    separator = jinja_to_html (render, separator);
  for (gsize i = 0; parts != NULL && separator != NULL && i < items->n; i++)
    {
      JinjaValue *item = markup ? jinja_to_html (render, items->items[i]) : jinja_to_string (render, items->items[i]);
      if (item == NULL || !jinja_step (render, 1))
        return NULL;
      if (i > 0)
        jinja_list_push (parts, separator);
      jinja_list_push (parts, item);
    }
  return parts != NULL && separator != NULL ? jinja_concat (render, parts->items, parts->n, markup) : NULL;
}

FILTER (filter_sum)
{
  JinjaValue *values[2];
  if (!jinja_args_bind (render, args, "attribute start", 0, values))
    return NULL;
  JinjaList *items = get_attributes (render, input, values[0]);
  JinjaValue *sum = values[1] != NULL ? values[1] : jinja_new_int (render, 0);
  if (sum->kind == JINJA_STRING)
    return jinja_fail (render, "sum does not join strings; “join” does");
  for (gsize i = 0; items != NULL && sum != NULL && i < items->n; i++)
    sum = jinja_step (render, 1) ? jinja_binary (render, JINJA_OP_ADD, sum, items->items[i]) : NULL;
  return items != NULL ? sum : NULL;
}

/* Taking apart ------------------------------------------------------------------------------------ */

FILTER (filter_batch)
{
  JinjaValue *values[2];
  gint64 n;
  if (!jinja_args_bind (render, args, "linecount fill_with", 1, values) || !jinja_arg_int (render, values[0], 0, &n))
    return NULL;
  JinjaList *items = jinja_to_list (render, input), *rows = jinja_new_list (render, 0), *row = NULL;
  if (items == NULL)
    return NULL;
  for (gsize i = 0; i < items->n; i++)
    {
      if (row == NULL || (gint64) row->n == n)
        {
          row = jinja_new_list (render, 0);
          jinja_list_push (rows, &row->base);
        }
      jinja_list_push (row, items->items[i]);
    }
  if (row != NULL && values[1] != NULL && values[1]->kind != JINJA_NONE && (gint64) row->n < n)
    {
      if (!jinja_reserve_times (render, (gsize) n, sizeof (JinjaValue *)))
        return NULL;
      while ((gint64) row->n < n)
        jinja_list_push (row, values[1]);
    }
  return jinja_iterate (render, rows, "generator");
}

FILTER (filter_slice)
{
  JinjaValue *values[2];
  gint64 n;
  if (!jinja_args_bind (render, args, "slices fill_with", 1, values) || !jinja_arg_int (render, values[0], 0, &n))
    return NULL;
  if (n == 0)
    return jinja_fail (render, "division by zero");
  JinjaList *items = jinja_to_list (render, input), *columns = jinja_new_list (render, 0);
  if (items == NULL || !jinja_reserve_times (render, (gsize) MAX (n, 0), sizeof (JinjaList)))
    return NULL;
  gsize at = 0;
  for (gint64 i = 0; i < n; i++)
    {
      gsize size = items->n / (gsize) n;
      gboolean longer = i < (gint64) (items->n % (gsize) n);
      JinjaList *column = jinja_new_list (render, size + 1);
      for (gsize j = 0; j < size + longer; j++)
        jinja_list_push (column, items->items[at++]);
      if (values[1] != NULL && values[1]->kind != JINJA_NONE && !longer)
        jinja_list_push (column, values[1]);
      jinja_list_push (columns, &column->base);
      if (!jinja_step (render, 1))
        return NULL;
    }
  return jinja_iterate (render, columns, "generator");
}

FILTER (filter_items)
{
  if (!jinja_args_none (render, args))
    return NULL;
  if (input->kind == JINJA_UNDEFINED)
    return jinja_iterate (render, jinja_new_list (render, 0), "generator");
  if (input->kind != JINJA_DICT)
    return jinja_fail (render, "items asks for a dict, not for “%s”", jinja_type_name (input));
  JinjaView *view = jinja_value_alloc (&render->heap, JINJA_VIEW, sizeof *view);
  view->view = JINJA_VIEW_ITEMS;
  view->dict = jinja_as_dict (input);
  return jinja_iterate (render, jinja_to_list (render, &view->base), "generator");
}

FILTER (filter_attr)
{
  JinjaValue *name;
  if (!jinja_args_bind (render, args, "name", 1, &name))
    return NULL;
  if (name->kind != JINJA_STRING)
    return jinja_fail (render, "attr asks for a string, not for “%s”", jinja_type_name (name));
  return jinja_get_attribute_only (render, input, jinja_as_string (name));
}

FILTER (filter_default)
{
  JinjaValue *values[2];
  if (!jinja_args_bind (render, args, "default_value boolean", 0, values))
    return NULL;
  if (input->kind != JINJA_UNDEFINED && !(jinja_arg_bool (values[1], FALSE) && !jinja_truth (input)))
    return input;
  return values[0] != NULL ? values[0] : jinja_empty_string ();
}

const JinjaFilterDef jinja_sequence_filters[] = {
  { "attr", filter_attr },       { "batch", filter_batch },     { "count", filter_length },
  { "d", filter_default },       { "default", filter_default }, { "dictsort", filter_dictsort },
  { "first", filter_first },     { "groupby", filter_groupby }, { "items", filter_items },
  { "join", filter_join },       { "last", filter_last },       { "length", filter_length },
  { "list", filter_list },       { "max", filter_max },         { "min", filter_min },
  { "random", filter_random },   { "reverse", filter_reverse }, { "slice", filter_slice },
  { "sort", filter_sort },       { "sum", filter_sum },         { "unique", filter_unique },
  { NULL, NULL },
};
