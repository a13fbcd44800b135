#include "mill-jinja-value.h"

#include <string.h>

#include "mill-jinja-heap.h"
#include "mill-jinja-text.h"

JinjaValue jinja_none = { .kind = JINJA_NONE, .flags = JINJA_FLAG_STATIC };
JinjaBool jinja_true = { { .kind = JINJA_BOOL, .flags = JINJA_FLAG_STATIC }, TRUE };
JinjaBool jinja_false = { { .kind = JINJA_BOOL, .flags = JINJA_FLAG_STATIC }, FALSE };

/* Memory that every value costs beside what is asked for: malloc's own. */
#define OVERHEAD 16

gpointer
jinja_value_alloc (JinjaHeap *heap, JinjaKind kind, gsize size)
{
  JinjaValue *value = g_malloc0 (size);
  value->kind = (guint8) kind;
  if (heap != NULL)
    {
      value->flags = JINJA_FLAG_HEAP;
      value->next = heap->all;
      heap->all = value;
      heap->bytes += size + OVERHEAD;
    }
  else
    value->refs = 1;
  return value;
}

/* Small integers are made once. */
#define MIN_SMALL (-16)
#define MAX_SMALL 1023
static JinjaInt small_ints[MAX_SMALL - MIN_SMALL + 1];

static void
make_small_ints (void)
{
  static gsize made;
  if (!g_once_init_enter (&made))
    return;
  for (gint64 i = MIN_SMALL; i <= MAX_SMALL; i++)
    small_ints[i - MIN_SMALL] = (JinjaInt) { { .kind = JINJA_INT, .flags = JINJA_FLAG_STATIC }, i };
  g_once_init_leave (&made, 1);
}

JinjaValue *
jinja_int (JinjaHeap *heap, gint64 value)
{
  if (value >= MIN_SMALL && value <= MAX_SMALL)
    {
      make_small_ints ();
      return &small_ints[value - MIN_SMALL].base;
    }
  JinjaInt *self = jinja_value_alloc (heap, JINJA_INT, sizeof *self);
  self->value = value;
  return &self->base;
}

JinjaValue *
jinja_float (JinjaHeap *heap, double value)
{
  JinjaFloat *self = jinja_value_alloc (heap, JINJA_FLOAT, sizeof *self);
  self->value = value;
  return &self->base;
}

JinjaString *
jinja_string_alloc (JinjaHeap *heap, gsize n_bytes)
{
  JinjaString *self = jinja_value_alloc (heap, JINJA_STRING, sizeof *self + n_bytes + 1);
  self->n_bytes = n_bytes;
  return self;
}

JinjaValue *
jinja_string (JinjaHeap *heap, const char *text, gsize n_bytes)
{
  JinjaString *self = jinja_string_alloc (heap, n_bytes);
  memcpy (self->text, text, n_bytes);
  self->n_chars = jinja_utf8_count (text, n_bytes);
  if (heap == NULL)
    jinja_string_hash (self); /* threads may share it */
  return &self->base;
}

JinjaValue *
jinja_string_literal (JinjaHeap *heap, const char *text)
{
  return jinja_string (heap, text, strlen (text));
}

JinjaValue *
jinja_empty_string (void)
{
  static gsize made;
  if (g_once_init_enter (&made))
    {
      JinjaValue *value = jinja_string (NULL, "", 0);
      value->flags |= JINJA_FLAG_STATIC;
      g_once_init_leave (&made, (gsize) value);
    }
  return (JinjaValue *) made;
}

static JinjaList *
new_list (JinjaHeap *heap, JinjaKind kind, gsize room)
{
  JinjaList *self = jinja_value_alloc (heap, kind, sizeof *self);
  self->heap = heap;
  if (room > 0)
    {
      self->items = g_new (JinjaValue *, room);
      self->allocated = room;
      jinja_heap_charge (heap, (gssize) (room * sizeof *self->items));
    }
  return self;
}

JinjaList *
jinja_list (JinjaHeap *heap, gsize room)
{
  return new_list (heap, JINJA_LIST, room);
}

JinjaList *
jinja_tuple (JinjaHeap *heap, gsize room)
{
  return new_list (heap, JINJA_TUPLE, room);
}

JinjaDict *
jinja_dict (JinjaHeap *heap)
{
  JinjaDict *self = jinja_value_alloc (heap, JINJA_DICT, sizeof *self);
  self->table.heap = heap;
  return self;
}

static void
make_room (JinjaList *list, gsize n)
{
  if (list->allocated - list->n >= n)
    return;
  gsize allocated = MAX (MAX (list->allocated * 2, list->n + n), 4);
  jinja_heap_charge (list->heap, (gssize) ((allocated - list->allocated) * sizeof *list->items));
  list->items = g_renew (JinjaValue *, list->items, allocated);
  list->allocated = allocated;
}

void
jinja_list_push_all (JinjaList *list, JinjaValue *const *items, gsize n)
{
  if (n == 0)
    return;
  make_room (list, n);
  memcpy (list->items + list->n, items, n * sizeof *items);
  list->n += n;
}

void
jinja_list_push (JinjaList *list, JinjaValue *item)
{
  jinja_list_insert (list, list->n, item);
}

void
jinja_list_insert (JinjaList *list, gsize at, JinjaValue *item)
{
  make_room (list, 1);
  memmove (&list->items[at + 1], &list->items[at], (list->n - at) * sizeof *list->items);
  list->items[at] = item;
  list->n++;
}

void
jinja_list_remove (JinjaList *list, gsize at)
{
  list->n--;
  memmove (&list->items[at], &list->items[at + 1], (list->n - at) * sizeof *list->items);
}

guint32
jinja_string_hash (JinjaString *string)
{
  if (string->hash == 0)
    {
      guint32 hash = jinja_hash_bytes (string->text, string->n_bytes);
      string->hash = hash != 0 ? hash : 1;
    }
  return string->hash;
}

gboolean
jinja_string_equal (const JinjaString *a, const JinjaString *b)
{
  return a == b || (a->n_bytes == b->n_bytes && memcmp (a->text, b->text, a->n_bytes) == 0);
}

gboolean
jinja_string_is (const JinjaValue *value, const char *text)
{
  if (value->kind != JINJA_STRING)
    return FALSE;
  const JinjaString *string = jinja_as_string (value);
  return string->n_bytes == strlen (text) && memcmp (string->text, text, string->n_bytes) == 0;
}

static void
visit_table (JinjaTable *table, JinjaVisitFunc visit, gpointer data)
{
  for (guint32 i = 0; i < table->n_entries; i++)
    if (table->entries[i].key != NULL)
      {
        visit (table->entries[i].key, data);
        visit (table->entries[i].value, data);
      }
}

static void
visit_each (JinjaVisitFunc visit, gpointer data, gsize n, gconstpointer const *values)
{
  for (gsize i = 0; i < n; i++)
    if (values[i] != NULL)
      visit ((JinjaValue *) values[i], data);
}
#define VISIT(...) \
  visit_each (visit, data, G_N_ELEMENTS (((gconstpointer[]) { __VA_ARGS__ })), (gconstpointer[]) { __VA_ARGS__ })

void
jinja_value_visit (JinjaValue *value, JinjaVisitFunc visit, gpointer data)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_NONE:
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_BIGINT:
    case JINJA_FLOAT:
    case JINJA_STRING:
    case JINJA_RANGE:
    case JINJA_SELF:
    case JINJA_BLOCK: break;
    case JINJA_UNDEFINED: VISIT (jinja_as_undefined (value)->name, jinja_as_undefined (value)->object); break;
    case JINJA_LIST:
    case JINJA_TUPLE:
      for (gsize i = 0; i < jinja_as_list (value)->n; i++)
        visit (jinja_as_list (value)->items[i], data);
      break;
    case JINJA_DICT:
    case JINJA_NAMESPACE: visit_table (&jinja_as_dict (value)->table, visit, data); break;
    case JINJA_VIEW: VISIT (jinja_as_view (value)->dict); break;
    case JINJA_ITERATOR:
      {
        JinjaIterator *self = jinja_as_iterator (value);
        VISIT (self->source.source, self->state[0], self->state[1], self->state[2]);
        break;
      }
    case JINJA_CYCLER: VISIT (jinja_as_cycler (value)->items); break;
    case JINJA_JOINER: VISIT (jinja_as_joiner (value)->separator); break;
    case JINJA_MACRO: VISIT (jinja_as_macro (value)->scope); break;
    case JINJA_LOOP:
      {
        JinjaLoop *self = jinja_as_loop (value);
        VISIT (self->scope, self->source, self->iter.source, self->before, self->current, self->after, self->changed);
        break;
      }
    case JINJA_FUNCTION:
    case JINJA_METHOD: VISIT (jinja_as_method (value)->self); break;
    case JINJA_SCOPE:
      VISIT (jinja_as_scope (value)->parent);
      visit_table (&jinja_as_scope (value)->table, visit, data);
      break;
    }
}

static gsize
get_fixed_size (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_UNDEFINED: return sizeof (JinjaUndefined);
    case JINJA_NONE: return sizeof (JinjaValue);
    case JINJA_BOOL: return sizeof (JinjaBool);
    case JINJA_INT: return sizeof (JinjaInt);
    case JINJA_BIGINT: return sizeof (JinjaBigint) + jinja_as_bigint (value)->n * sizeof (guint32);
    case JINJA_FLOAT: return sizeof (JinjaFloat);
    case JINJA_STRING: return sizeof (JinjaString) + jinja_as_string (value)->n_bytes + 1;
    case JINJA_LIST:
    case JINJA_TUPLE: return sizeof (JinjaList);
    case JINJA_DICT:
    case JINJA_NAMESPACE: return sizeof (JinjaDict);
    case JINJA_VIEW: return sizeof (JinjaView);
    case JINJA_RANGE: return sizeof (JinjaRange);
    case JINJA_ITERATOR: return sizeof (JinjaIterator);
    case JINJA_CYCLER: return sizeof (JinjaCycler);
    case JINJA_JOINER: return sizeof (JinjaJoiner);
    case JINJA_MACRO: return sizeof (JinjaMacro);
    case JINJA_LOOP: return sizeof (JinjaLoop);
    case JINJA_FUNCTION:
    case JINJA_METHOD: return sizeof (JinjaMethod);
    case JINJA_SELF: return sizeof (JinjaValue);
    case JINJA_BLOCK: return sizeof (JinjaBlock);
    case JINJA_SCOPE: return sizeof (JinjaScope);
    }
  g_assert_not_reached ();
}

void
jinja_value_destroy (JinjaHeap *heap, JinjaValue *value)
{
  gsize size = get_fixed_size (value);
  if (value->kind == JINJA_LIST || value->kind == JINJA_TUPLE)
    {
      JinjaList *list = jinja_as_list (value);
      jinja_heap_charge (heap, -(gssize) (list->allocated * sizeof *list->items));
      g_free (list->items);
    }
  else if (value->kind == JINJA_DICT || value->kind == JINJA_NAMESPACE)
    jinja_table_clear (&jinja_as_dict (value)->table);
  else if (value->kind == JINJA_SCOPE)
    jinja_table_clear (&jinja_as_scope (value)->table);
  if (heap != NULL)
    heap->bytes -= size + OVERHEAD;
  g_free (value);
}

/* Counted values ------------------------------------------------------------------------------- */

static void
unref_into (JinjaValue *value, gpointer data)
{
  GPtrArray *dying = data;
  g_assert (!(value->flags & JINJA_FLAG_HEAP));
  if (!(value->flags & JINJA_FLAG_STATIC) && g_atomic_int_dec_and_test (&value->refs))
    g_ptr_array_add (dying, value);
}

MillJinjaValue *
mill_jinja_value_ref (MillJinjaValue *self)
{
  g_return_val_if_fail (self != NULL && !(self->flags & JINJA_FLAG_HEAP), NULL);
  if (!(self->flags & JINJA_FLAG_STATIC))
    g_atomic_int_inc (&self->refs);
  return self;
}

void
mill_jinja_value_unref (MillJinjaValue *self)
{
  g_return_if_fail (self != NULL && !(self->flags & JINJA_FLAG_HEAP));
  if ((self->flags & JINJA_FLAG_STATIC) || !g_atomic_int_dec_and_test (&self->refs))
    return;
  /* One by one, not by recursion: a value may nest as deep as its maker likes. */
  g_autoptr (GPtrArray) dying = g_ptr_array_new ();
  g_ptr_array_add (dying, self);
  while (dying->len > 0)
    {
      JinjaValue *value = g_ptr_array_steal_index_fast (dying, dying->len - 1);
      jinja_value_visit (value, unref_into, dying);
      jinja_value_destroy (NULL, value);
    }
}

MillJinjaValue *
mill_jinja_none_new (void)
{
  return JINJA_NONE_VALUE;
}

MillJinjaValue *
mill_jinja_bool_new (gboolean value)
{
  return jinja_bool (value);
}

MillJinjaValue *
mill_jinja_int_new (gint64 value)
{
  return jinja_int (NULL, value);
}

MillJinjaValue *
mill_jinja_float_new (double value)
{
  return jinja_float (NULL, value);
}

MillJinjaValue *
mill_jinja_string_new (const char *text)
{
  return mill_jinja_string_new_len (text, strlen (text));
}

MillJinjaValue *
mill_jinja_string_new_len (const char *text, gsize length)
{
  if (jinja_utf8_valid_prefix (text, length) == length)
    return jinja_string (NULL, text, length);

  g_autoptr (GString) fixed = g_string_sized_new (length + 16);
  while (length > 0)
    {
      gsize valid = jinja_utf8_valid_prefix (text, length);
      g_string_append_len (fixed, text, valid);
      text += valid;
      length -= valid;
      if (length > 0)
        {
          g_string_append (fixed, "\357\277\275");
          text++;
          length--;
        }
    }
  return jinja_string (NULL, fixed->str, fixed->len);
}

MillJinjaValue *
mill_jinja_list_new (void)
{
  return &jinja_list (NULL, 0)->base;
}

void
mill_jinja_list_add (MillJinjaValue *self, MillJinjaValue *item)
{
  g_return_if_fail (self != NULL && self->kind == JINJA_LIST && item != NULL);
  jinja_list_push (jinja_as_list (self), item);
}

MillJinjaValue *
mill_jinja_map_new (void)
{
  return &jinja_dict (NULL)->base;
}

void
jinja_map_set_value (JinjaValue *self, JinjaValue *key, JinjaValue *value)
{
  JinjaTable *table = &jinja_as_dict (self)->table;
  guint32 hash = jinja_string_hash (jinja_as_string (key));
  guint32 before = table->n;
  JinjaValue *old = jinja_table_set (table, key, hash, value);
  if (old != NULL)
    mill_jinja_value_unref (old);
  if (table->n == before)
    mill_jinja_value_unref (key); /* the table keeps the first one */
}

void
mill_jinja_map_set (MillJinjaValue *self, const char *key, MillJinjaValue *value)
{
  g_return_if_fail (self != NULL && self->kind == JINJA_DICT && key != NULL && value != NULL);
  jinja_map_set_value (self, mill_jinja_string_new (key), value);
}

gboolean
mill_jinja_value_is_map (const MillJinjaValue *self)
{
  return self->kind == JINJA_DICT;
}
