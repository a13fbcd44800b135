#include "mill-jinja-access.h"

#include <string.h>

#include "mill-jinja-compare.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-loop.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

static JinjaValue *
new_method (JinjaRender *render, const JinjaMethodDef *def, JinjaValue *self)
{
  JinjaMethod *method = jinja_value_alloc (&render->heap, JINJA_METHOD, sizeof *method);
  method->def = def;
  method->self = self;
  return &method->base;
}

static JinjaValue *
get_macro_attribute (JinjaRender *render, JinjaMacro *macro, const char *name)
{
  const JinjaMacroDef *def = &macro->node->macro.def;
  if (strcmp (name, "name") == 0)
    return def->name != NULL ? &def->name->base : JINJA_NONE_VALUE;
  if (strcmp (name, "catch_kwargs") == 0)
    return jinja_bool (def->uses_kwargs);
  if (strcmp (name, "catch_varargs") == 0)
    return jinja_bool (def->uses_varargs);
  if (strcmp (name, "caller") == 0)
    return jinja_bool (def->uses_caller);
  if (strcmp (name, "arguments") != 0)
    return NULL;
  JinjaList *params = jinja_new_tuple (render, def->n_params);
  for (gsize i = 0; i < def->n_params; i++)
    jinja_list_push (params, &def->params[i]->base);
  return &params->base;
}

static JinjaValue *
get_range_attribute (JinjaRender *render, JinjaRange *range, const char *name)
{
  if (strcmp (name, "start") == 0)
    return jinja_new_int (render, range->start);
  if (strcmp (name, "stop") == 0)
    return jinja_new_int (render, range->stop);
  return strcmp (name, "step") == 0 ? jinja_new_int (render, range->step) : NULL;
}

static JinjaValue *
get_cycler_attribute (JinjaRender *render, JinjaCycler *cycler, const char *name)
{
  if (strcmp (name, "current") == 0)
    return cycler->items->items[cycler->at];
  if (strcmp (name, "pos") == 0)
    return jinja_new_int (render, (gint64) cycler->at);
  return strcmp (name, "items") == 0 ? &cycler->items->base : NULL;
}

static JinjaValue *
get_block_attribute (JinjaRender *render, JinjaBlock *block, const char *name)
{
  if (strcmp (name, "name") == 0)
    return &block->node->block.name->base;
  if (strcmp (name, "super") == 0)
    return jinja_new_undefined (render, NULL, &block->node->block.name->base, "there is no parent block called %s");
  return NULL;
}

static JinjaValue *
get_self_attribute (JinjaRender *render, JinjaString *name)
{
  const JinjaNode *node = NULL;
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, render->template->blocks);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (jinja_string_equal (key, name))
      node = value;
  if (node == NULL)
    return NULL;
  JinjaBlock *block = jinja_value_alloc (&render->heap, JINJA_BLOCK, sizeof *block);
  block->node = node;
  return &block->base;
}

static JinjaValue *
get_field (JinjaRender *render, JinjaValue *object, JinjaString *name)
{
  const char *text = name->text;
  switch ((JinjaKind) object->kind)
    {
    case JINJA_NAMESPACE:
      {
        JinjaEntry *entry = jinja_table_find (&jinja_as_dict (object)->table, &name->base, jinja_string_hash (name));
        return entry != NULL ? entry->value : NULL;
      }
    case JINJA_LOOP: return jinja_loop_attribute (render, jinja_as_loop (object), text);
    case JINJA_MACRO: return get_macro_attribute (render, jinja_as_macro (object), text);
    case JINJA_RANGE: return get_range_attribute (render, jinja_as_range (object), text);
    case JINJA_CYCLER: return get_cycler_attribute (render, jinja_as_cycler (object), text);
    case JINJA_BLOCK: return get_block_attribute (render, jinja_as_block (object), text);
    case JINJA_JOINER:
      return strcmp (text, "sep") == 0    ? jinja_as_joiner (object)->separator
             : strcmp (text, "used") == 0 ? jinja_bool (jinja_as_joiner (object)->used)
                                          : NULL;
    case JINJA_TUPLE:
      if (!(object->flags & JINJA_FLAG_GROUP))
        return NULL;
      return strcmp (text, "grouper") == 0 ? jinja_as_list (object)->items[0]
             : strcmp (text, "list") == 0  ? jinja_as_list (object)->items[1]
                                           : NULL;
    default: return NULL;
    }
}

static gboolean
is_dunder (const JinjaString *name)
{
  return name->n_bytes > 4 && g_str_has_prefix (name->text, "__") && g_str_has_suffix (name->text, "__");
}

static JinjaValue *
hide (JinjaRender *render, JinjaValue *object, JinjaString *name)
{
  JinjaValue *value = jinja_new_undefined (render, object, &name->base, NULL);
  jinja_as_undefined (value)->unsafe = TRUE;
  return value;
}

/* An attribute, NULL where there is none. */
static JinjaValue *
find_attribute (JinjaRender *render, JinjaValue *object, JinjaString *name)
{
  JinjaValue *field = get_field (render, object, name);
  if (field != NULL || render->error != NULL)
    return field != NULL && render->chat && name->text[0] == '_' ? hide (render, object, name) : field;
  const JinjaMethodDef *def = object->kind == JINJA_STRING
                                ? jinja_find_string_method (name->text, jinja_is_markup (object))
                                : jinja_find_collection_method (object->kind, name->text);
  if (def != NULL)
    return def->mutates && render->chat ? hide (render, object, name) : new_method (render, def, object);
  return render->chat && is_dunder (name) ? hide (render, object, name) : NULL;
}

static gboolean
find_index (const JinjaValue *key, gsize length, gsize *index)
{
  gint64 at;
  if (key->kind == JINJA_INT)
    at = jinja_as_int (key);
  else if (key->kind == JINJA_BOOL)
    at = jinja_as_bool (key);
  else
    return FALSE;
  if (at < 0)
    at += (gint64) length;
  *index = (gsize) at;
  return at >= 0 && (gsize) at < length;
}

/* object[key], NULL where there is none. */
static JinjaValue *
find_item (JinjaRender *render, JinjaValue *object, JinjaValue *key)
{
  gsize index;
  switch ((JinjaKind) object->kind)
    {
    case JINJA_DICT:
      {
        guint32 hash;
        if (jinja_key_hash (key, &hash, NULL) != JINJA_KEY_FINE)
          return NULL;
        JinjaEntry *entry = jinja_table_find (&jinja_as_dict (object)->table, key, hash);
        return entry != NULL ? entry->value : NULL;
      }
    case JINJA_LIST:
    case JINJA_TUPLE:
      return find_index (key, jinja_as_list (object)->n, &index) ? jinja_as_list (object)->items[index] : NULL;
    case JINJA_RANGE:
      if (!find_index (key, (gsize) jinja_as_range (object)->length, &index))
        return NULL;
      return jinja_range_item (render, jinja_as_range (object), (gint64) index);
    case JINJA_STRING:
      {
        const JinjaString *string = jinja_as_string (object);
        if (!find_index (key, string->n_chars, &index))
          return NULL;
        gsize at = string->n_chars == string->n_bytes ? index : jinja_utf8_offset (string->text, string->n_bytes, index);
        if (string->n_chars != string->n_bytes && !jinja_step_chars (render, at))
          return NULL;
        return jinja_substring (render, string, at, at + g_utf8_skip[(guint8) string->text[at]]);
      }
    case JINJA_SELF: return key->kind == JINJA_STRING ? get_self_attribute (render, jinja_as_string (key)) : NULL;
    default: return NULL;
    }
}

JinjaValue *
jinja_get_attribute (JinjaRender *render, JinjaValue *object, JinjaString *name)
{
  if (object->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, object);
  JinjaValue *value = find_attribute (render, object, name);
  if (value == NULL && render->error == NULL)
    value = find_item (render, object, &name->base);
  if (value == NULL && render->error == NULL)
    value = jinja_new_undefined (render, object, &name->base, NULL);
  return value;
}

JinjaValue *
jinja_get_attribute_only (JinjaRender *render, JinjaValue *object, JinjaString *name)
{
  if (object->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, object);
  JinjaValue *value = find_attribute (render, object, name);
  if (value == NULL && render->error == NULL)
    value = jinja_new_undefined (render, object, &name->base, NULL);
  return value;
}

JinjaValue *
jinja_get_item (JinjaRender *render, JinjaValue *object, JinjaValue *key)
{
  if (object->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, object);
  JinjaValue *value = find_item (render, object, key);
  if (value == NULL && render->error == NULL && key->kind == JINJA_STRING)
    value = find_attribute (render, object, jinja_as_string (key));
  if (value == NULL && render->error == NULL)
    value = jinja_new_undefined (render, object, key, NULL);
  return value;
}

/* Slices ------------------------------------------------------------------------------------------ */

gint64
jinja_clamp_index (gint64 index, gsize length)
{
  if (index < 0)
    index = index < -(gint64) length ? 0 : index + (gint64) length;
  return MIN (index, (gint64) length);
}

typedef struct {
  gint64 start, step, n; /* indices start, start + step, …: n of them */
} Slice;

/* A bound of a slice: as Python's PySlice_AdjustIndices. */
static gboolean
get_bound (JinjaRender *render, JinjaValue *value, gint64 step, gsize length, gint64 fallback, gint64 *bound)
{
  if (value == NULL || value->kind == JINJA_NONE)
    {
      *bound = fallback;
      return TRUE;
    }
  if (!jinja_is_integer (value))
    return value->kind == JINJA_UNDEFINED ? jinja_fail_undefined (render, value) != NULL
                                          : jinja_fail (render, "the bounds of a slice are integers or none") != NULL;
  gint64 n = (gint64) length, index = jinja_big_sign (value) < 0 ? G_MININT64 : G_MAXINT64;
  if (value->kind == JINJA_INT)
    index = jinja_as_int (value);
  else if (value->kind == JINJA_BOOL)
    index = jinja_as_bool (value);
  if (index < 0)
    *bound = index < -n ? (step < 0 ? -1 : 0) : index + n;
  else
    *bound = MIN (index, step < 0 ? n - 1 : n);
  return TRUE;
}

static gboolean
get_slice (JinjaRender *render, gsize length, JinjaValue *start, JinjaValue *stop, JinjaValue *step, Slice *slice)
{
  gint64 end;
  slice->step = 1;
  if (step != NULL && step->kind != JINJA_NONE)
    {
      if (!jinja_is_integer (step))
        return jinja_fail (render, "the step of a slice is an integer or none") != NULL;
      slice->step = step->kind == JINJA_INT    ? jinja_as_int (step)
                    : step->kind == JINJA_BOOL ? jinja_as_bool (step)
                    : jinja_big_sign (step) < 0 ? -G_MAXINT64 : G_MAXINT64;
    }
  if (slice->step == 0)
    return jinja_fail (render, "the step of a slice cannot be 0") != NULL;
  slice->step = MAX (slice->step, -G_MAXINT64);
  gboolean back = slice->step < 0;
  if (!get_bound (render, start, slice->step, length, back ? (gint64) length - 1 : 0, &slice->start)
      || !get_bound (render, stop, slice->step, length, back ? -1 : (gint64) length, &end))
    return FALSE;
  gint64 distance = back ? slice->start - end : end - slice->start, size = back ? -slice->step : slice->step;
  slice->n = distance > 0 ? (distance - 1) / size + 1 : 0;
  return TRUE;
}

static JinjaValue *
slice_string (JinjaRender *render, const JinjaString *string, const Slice *slice)
{
  gsize from = jinja_utf8_offset (string->text, string->n_bytes, (gsize) MAX (slice->start, 0));
  if (!jinja_step_chars (render, string->n_bytes))
    return NULL;
  if (slice->n == 0)
    return jinja_substring (render, string, 0, 0);
  if (slice->step == 1)
    return jinja_substring (render, string, from,
                            from + jinja_utf8_offset (string->text + from, string->n_bytes - from, (gsize) slice->n));
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = string->text + from;
  for (gint64 i = 0; i < slice->n; i++)
    {
      g_string_append_len (out, at, g_utf8_skip[(guint8) *at]);
      if (i + 1 < slice->n)
        at = g_utf8_offset_to_pointer (at, (glong) slice->step);
    }
  return jinja_step (render, (guint64) slice->n / 16) ? jinja_take_string (render, out, jinja_is_markup (&string->base))
                                                      : NULL;
}

static JinjaValue *
slice_list (JinjaRender *render, JinjaList *list, const Slice *slice)
{
  if (!jinja_reserve_times (render, (gsize) slice->n, sizeof (JinjaValue *)))
    return NULL;
  JinjaList *result = list->base.kind == JINJA_LIST ? jinja_new_list (render, (gsize) slice->n)
                                                    : jinja_new_tuple (render, (gsize) slice->n);
  for (gint64 i = 0; i < slice->n; i++)
    jinja_list_push (result, list->items[slice->start + i * slice->step]);
  return &result->base;
}

static JinjaValue *
slice_range (JinjaRender *render, const JinjaRange *range, const Slice *slice)
{
  JinjaRange *result = jinja_value_alloc (&render->heap, JINJA_RANGE, sizeof *result);
  result->start = range->start + slice->start * range->step;
  if (__builtin_mul_overflow (range->step, slice->step, &result->step))
    result->step = 1; /* one item at most */
  result->length = slice->n;
  if (__builtin_mul_overflow (result->length, result->step, &result->stop)
      || __builtin_add_overflow (result->stop, result->start, &result->stop))
    result->stop = result->start + (result->length > 0);
  return &result->base;
}

JinjaValue *
jinja_get_slice (JinjaRender *render, JinjaValue *object, JinjaValue *start, JinjaValue *stop, JinjaValue *step)
{
  gsize length;
  Slice slice;
  if (object->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, object);
  gboolean sliced = object->kind == JINJA_STRING || object->kind == JINJA_LIST || object->kind == JINJA_TUPLE
                    || object->kind == JINJA_RANGE;
  if (!sliced)
    return jinja_fail (render, "“%s” objects cannot be sliced", jinja_type_name (object));
  if (!jinja_length (render, object, &length) || !get_slice (render, length, start, stop, step, &slice))
    return NULL;
  if (object->kind == JINJA_STRING)
    return slice_string (render, jinja_as_string (object), &slice);
  if (object->kind == JINJA_RANGE)
    return slice_range (render, jinja_as_range (object), &slice);
  return slice_list (render, jinja_as_list (object), &slice);
}
