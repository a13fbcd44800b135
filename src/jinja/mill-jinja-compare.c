#include "mill-jinja-compare.h"

#include <string.h>

#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"

gboolean
jinja_same (const JinjaValue *a, const JinjaValue *b)
{
  if (a == b)
    return TRUE;
  if (a->kind != b->kind)
    return FALSE;
  /* Small integers are one object in CPython; so is the empty string. */
  if (a->kind == JINJA_INT)
    return jinja_as_int (a) == jinja_as_int (b) && jinja_as_int (a) >= -5 && jinja_as_int (a) <= 256;
  if (a->kind == JINJA_STRING)
    return jinja_as_string (a)->n_bytes == 0 && jinja_as_string (b)->n_bytes == 0
           && jinja_is_markup (a) == jinja_is_markup (b);
  return FALSE;
}

static gboolean
equal_lists (JinjaRender *render, JinjaList *a, JinjaList *b)
{
  if (a->n != b->n)
    return FALSE;
  for (gsize i = 0; i < a->n && i < b->n; i++)
    if (a->items[i] != b->items[i] && !jinja_equal (render, a->items[i], b->items[i]))
      return FALSE;
  return TRUE;
}

static gboolean
equal_tables (JinjaRender *render, const JinjaTable *a, const JinjaTable *b, gboolean with_values)
{
  gsize at = 0;
  if (a->n != b->n)
    return FALSE;
  for (JinjaEntry *entry; (entry = jinja_table_next (a, &at)) != NULL;)
    {
      JinjaEntry *other = jinja_table_find (b, entry->key, entry->hash);
      if (other == NULL
          || (with_values && entry->value != other->value && !jinja_equal (render, entry->value, other->value)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
equal_ranges (const JinjaRange *a, const JinjaRange *b)
{
  return a->length == b->length
         && (a->length == 0 || (a->start == b->start && (a->length == 1 || a->step == b->step)));
}

static gboolean
equal_containers (JinjaRender *render, JinjaValue *a, JinjaValue *b)
{
  switch ((JinjaKind) a->kind)
    {
    case JINJA_LIST:
    case JINJA_TUPLE: return equal_lists (render, jinja_as_list (a), jinja_as_list (b));
    case JINJA_DICT: return equal_tables (render, &jinja_as_dict (a)->table, &jinja_as_dict (b)->table, TRUE);
    case JINJA_VIEW:
      {
        JinjaView *x = jinja_as_view (a), *y = jinja_as_view (b);
        if (x->view != y->view || x->view == JINJA_VIEW_VALUES)
          return FALSE;
        return equal_tables (render, &x->dict->table, &y->dict->table, x->view == JINJA_VIEW_ITEMS);
      }
    case JINJA_RANGE: return equal_ranges (jinja_as_range (a), jinja_as_range (b));
    case JINJA_UNDEFINED: return TRUE;
    default: return FALSE;
    }
}

gboolean
jinja_equal (JinjaRender *render, JinjaValue *a, JinjaValue *b)
{
  if (jinja_is_number (a) && jinja_is_number (b))
    return jinja_number_compare (a, b) == JINJA_EQUAL;
  if (a == b)
    return TRUE;
  if (a->kind != b->kind)
    return FALSE;
  if (a->kind == JINJA_STRING)
    return jinja_step_bytes (render, MIN (jinja_as_string (a)->n_bytes, jinja_as_string (b)->n_bytes))
           && jinja_string_equal (jinja_as_string (a), jinja_as_string (b));
  gboolean equal = jinja_enter (render) && jinja_step (render, 1) && equal_containers (render, a, b);
  jinja_leave (render);
  return equal && render->error == NULL;
}

/* Order ------------------------------------------------------------------------------------------- */

static JinjaOrder
order_strings (const JinjaString *a, const JinjaString *b)
{
  /* The order of UTF-8's bytes is that of the code points. */
  int compared = memcmp (a->text, b->text, MIN (a->n_bytes, b->n_bytes));
  if (compared == 0)
    compared = a->n_bytes < b->n_bytes ? -1 : a->n_bytes > b->n_bytes;
  return compared < 0 ? JINJA_LESS : compared > 0 ? JINJA_GREATER : JINJA_EQUAL;
}

static gboolean
order_lists (JinjaRender *render, JinjaList *a, JinjaList *b, JinjaOp op, JinjaOrder *order)
{
  for (gsize i = 0; i < a->n && i < b->n; i++)
    {
      if (a->items[i] == b->items[i] || jinja_equal (render, a->items[i], b->items[i]))
        continue;
      return render->error == NULL && jinja_order (render, a->items[i], b->items[i], op, order);
    }
  *order = a->n < b->n ? JINJA_LESS : a->n > b->n ? JINJA_GREATER : JINJA_EQUAL;
  return TRUE;
}

gboolean
jinja_order (JinjaRender *render, JinjaValue *a, JinjaValue *b, JinjaOp op, JinjaOrder *order)
{
  static const char *const signs[] = { [JINJA_OP_LT] = "<", [JINJA_OP_LE] = "<=", [JINJA_OP_GT] = ">", [JINJA_OP_GE] = ">=" };
  if (!jinja_step (render, 1))
    return FALSE;
  if (jinja_is_number (a) && jinja_is_number (b))
    {
      *order = jinja_number_compare (a, b);
      return TRUE;
    }
  if (a->kind == JINJA_STRING && b->kind == JINJA_STRING)
    {
      *order = order_strings (jinja_as_string (a), jinja_as_string (b));
      return jinja_step_bytes (render, MIN (jinja_as_string (a)->n_bytes, jinja_as_string (b)->n_bytes));
    }
  if (a->kind == b->kind && (a->kind == JINJA_LIST || a->kind == JINJA_TUPLE))
    {
      gboolean fine = jinja_enter (render) && order_lists (render, jinja_as_list (a), jinja_as_list (b), op, order);
      jinja_leave (render);
      return fine;
    }
  if (a->kind == JINJA_UNDEFINED || b->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, a->kind == JINJA_UNDEFINED ? a : b) != NULL;
  return jinja_fail (render, "“%s” and “%s” objects cannot be compared with “%s”", jinja_type_name (a),
                     jinja_type_name (b), signs[op]) != NULL;
}

/* Membership -------------------------------------------------------------------------------------- */

gboolean
jinja_hash (JinjaRender *render, JinjaValue *key, guint32 *hash)
{
  JinjaValue *culprit = NULL;
  switch (jinja_key_hash (key, hash, &culprit))
    {
    case JINJA_KEY_UNHASHABLE:
      return jinja_fail (render, "“%s” objects cannot be keys", jinja_type_name (culprit)) != NULL;
    case JINJA_KEY_TOO_DEEP: return jinja_fail_limit (render, "a key is nested too deeply") != NULL;
    case JINJA_KEY_FINE: break;
    }
  return TRUE;
}

gboolean
jinja_dict_get (JinjaRender *render, const JinjaTable *table, JinjaValue *key, JinjaValue **value)
{
  guint32 hash;
  if (!jinja_hash (render, key, &hash))
    return FALSE;
  JinjaEntry *entry = jinja_table_find (table, key, hash);
  *value = entry != NULL ? entry->value : NULL;
  return TRUE;
}

gboolean
jinja_dict_set (JinjaRender *render, JinjaTable *table, JinjaValue *key, JinjaValue *value)
{
  guint32 hash;
  if (!jinja_hash (render, key, &hash) || !jinja_step (render, 1))
    return FALSE;
  jinja_table_set (table, key, hash, value);
  return TRUE;
}

gboolean
jinja_dict_update (JinjaRender *render, JinjaDict *dict, JinjaValue *from)
{
  JinjaIter iter;
  JinjaValue *item;
  gsize at = 0;
  if (from->kind == JINJA_DICT)
    {
      if (from == &dict->base)
        return TRUE;
      for (JinjaEntry *entry; (entry = jinja_table_next (&jinja_as_dict (from)->table, &at)) != NULL;)
        if (!jinja_dict_set (render, &dict->table, entry->key, entry->value))
          return FALSE;
      return TRUE;
    }
  if (!jinja_iter_init (render, &iter, from))
    return FALSE;
  while ((item = jinja_iter_next (render, &iter)) != NULL)
    {
      JinjaList *pair = jinja_is_iterable (item) ? jinja_to_list (render, item) : NULL;
      if (pair == NULL || pair->n != 2)
        return jinja_fail (render, "a dict is made of pairs of a key and a value") != NULL;
      if (!jinja_dict_set (render, &dict->table, pair->items[0], pair->items[1]))
        return FALSE;
    }
  return render->error == NULL;
}

static gboolean
contains_text (JinjaRender *render, const JinjaString *text, JinjaValue *item, gboolean *found)
{
  if (item->kind != JINJA_STRING)
    return jinja_fail (render, "“in” a string asks for a string on its left, not for “%s”", jinja_type_name (item)) != NULL;
  const JinjaString *part = jinja_as_string (item);
  *found = memmem (text->text, text->n_bytes, part->text, part->n_bytes) != NULL;
  return jinja_step_bytes (render, text->n_bytes);
}

static gboolean
contains_item (JinjaRender *render, JinjaView *view, JinjaValue *item, gboolean *found)
{
  JinjaValue *value;
  *found = FALSE;
  if (view->view == JINJA_VIEW_KEYS)
    {
      if (!jinja_dict_get (render, &view->dict->table, item, &value))
        return FALSE;
      *found = value != NULL;
    }
  else if (item->kind == JINJA_TUPLE && jinja_as_list (item)->n == 2)
    {
      if (!jinja_dict_get (render, &view->dict->table, jinja_as_list (item)->items[0], &value))
        return FALSE;
      *found = value != NULL && jinja_equal (render, value, jinja_as_list (item)->items[1]);
    }
  return render->error == NULL;
}

gboolean
jinja_contains (JinjaRender *render, JinjaValue *container, JinjaValue *item, gboolean *found)
{
  JinjaIter iter;
  JinjaValue *value;
  *found = FALSE;
  if (container->kind == JINJA_STRING)
    return contains_text (render, jinja_as_string (container), item, found);
  if (container->kind == JINJA_DICT)
    {
      if (!jinja_dict_get (render, &jinja_as_dict (container)->table, item, &value))
        return FALSE;
      *found = value != NULL;
      return TRUE;
    }
  if (container->kind == JINJA_VIEW && jinja_as_view (container)->view != JINJA_VIEW_VALUES)
    return contains_item (render, jinja_as_view (container), item, found);
  if (!jinja_iter_init (render, &iter, container))
    return FALSE;
  while (!*found && (value = jinja_iter_next (render, &iter)) != NULL)
    *found = value == item || jinja_equal (render, value, item);
  return render->error == NULL;
}

JinjaValue *
jinja_compare (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  JinjaOrder order;
  gboolean found;
  switch (op)
    {
    case JINJA_OP_EQ:
    case JINJA_OP_NE:
      found = jinja_equal (render, a, b);
      return render->error == NULL ? jinja_bool (found == (op == JINJA_OP_EQ)) : NULL;
    case JINJA_OP_IN:
    case JINJA_OP_NOT_IN:
      return jinja_contains (render, b, a, &found) ? jinja_bool (found == (op == JINJA_OP_IN)) : NULL;
    default: break;
    }
  if (!jinja_order (render, a, b, op, &order))
    return NULL;
  return jinja_bool (order == JINJA_UNORDERED  ? FALSE
                     : op == JINJA_OP_LT       ? order == JINJA_LESS
                     : op == JINJA_OP_LE       ? order != JINJA_GREATER
                     : op == JINJA_OP_GT       ? order == JINJA_GREATER
                                               : order != JINJA_LESS);
}

/* Sorting ----------------------------------------------------------------------------------------- */

/* Merges the sorted halves [from, middle) and [middle, to); stops at an error. */
static gboolean
merge (JinjaRender *render, JinjaValue **keys, guint32 *order, guint32 *spare, gsize from, gsize middle, gsize to,
       gboolean reverse)
{
  gsize left = from, right = middle, out = from;
  while (left < middle && right < to)
    {
      /* The right one goes first only where it is strictly before the left one. */
      JinjaValue *a = keys[order[right]], *b = keys[order[left]];
      JinjaOrder compared;
      if (!jinja_order (render, a, b, JINJA_OP_LT, &compared))
        return FALSE;
      gboolean first = compared == (reverse ? JINJA_GREATER : JINJA_LESS);
      spare[out++] = first ? order[right++] : order[left++];
    }
  while (left < middle)
    spare[out++] = order[left++];
  while (right < to)
    spare[out++] = order[right++];
  memcpy (order + from, spare + from, (to - from) * sizeof *order);
  return TRUE;
}

static void
permute (JinjaValue **items, const guint32 *order, gsize n)
{
  g_autofree JinjaValue **old = g_memdup2 (items, n * sizeof *items);
  for (gsize i = 0; i < n; i++)
    items[i] = old[order[i]];
}

gboolean
jinja_sort (JinjaRender *render, JinjaList *values, JinjaList *keys, gboolean reverse)
{
  gsize n = values->n;
  if (n < 2)
    return TRUE;
  if (n > G_MAXUINT32 || !jinja_reserve_times (render, n, 2 * sizeof (guint32)))
    return FALSE;
  g_autofree guint32 *order = g_new (guint32, n);
  g_autofree guint32 *spare = g_new (guint32, n);
  for (gsize i = 0; i < n; i++)
    order[i] = (guint32) i;
  for (gsize width = 1; width < n; width *= 2)
    for (gsize from = 0; from + width < n; from += 2 * width)
      if (!merge (render, keys->items, order, spare, from, from + width, MIN (from + 2 * width, n), reverse))
        return FALSE;
  permute (values->items, order, n);
  if (keys != values)
    permute (keys->items, order, n);
  return TRUE;
}
