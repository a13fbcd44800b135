#include "mill-jinja-heap.h"

/* Below this a collection is not worth its walk. */
#define MIN_COLLECT ((gsize) 8 << 20)

void
jinja_heap_init (JinjaHeap *self, gsize limit)
{
  *self = (JinjaHeap) { .limit = limit, .collect_at = MIN (MIN_COLLECT, limit / 2) };
}

void
jinja_heap_clear (JinjaHeap *self)
{
  while (self->all != NULL)
    {
      JinjaValue *value = self->all;
      self->all = value->next;
      jinja_value_destroy (self, value);
    }
}

void
jinja_heap_charge (JinjaHeap *self, gssize bytes)
{
  if (self != NULL)
    self->bytes += bytes;
}

static void
mark (JinjaValue *value, gpointer data)
{
  GPtrArray *grey = data;
  if (value == NULL || !(value->flags & JINJA_FLAG_HEAP) || (value->flags & JINJA_FLAG_MARKED))
    return;
  value->flags |= JINJA_FLAG_MARKED;
  g_ptr_array_add (grey, value);
}

void
jinja_heap_collect (JinjaHeap *self, JinjaValue *const *roots, gsize n_roots)
{
  g_autoptr (GPtrArray) grey = g_ptr_array_new ();
  for (gsize i = 0; i < n_roots; i++)
    mark (roots[i], grey);
  while (grey->len > 0)
    jinja_value_visit (g_ptr_array_steal_index_fast (grey, grey->len - 1), mark, grey);

  JinjaValue **link = &self->all;
  while (*link != NULL)
    {
      JinjaValue *value = *link;
      if (value->flags & JINJA_FLAG_MARKED)
        {
          value->flags &= ~JINJA_FLAG_MARKED;
          link = &value->next;
        }
      else
        {
          *link = value->next;
          jinja_value_destroy (self, value);
        }
    }
  self->collect_at = MAX (MIN (MIN_COLLECT, self->limit / 2), self->bytes * 2);
}
