/* mill-jinja-heap.h: the values of one rendering.
 *
 * Every value made while rendering is chained here and never freed one by one, so code that computes
 * needs no cleaning up, and cycles do no harm. Between two statements, where no C function holds a
 * value of its own, jinja_heap_collect frees whatever the roots do not reach: marking goes through a
 * list of its own, so depth costs no stack.
 *
 * Not thread-safe: one heap, one rendering, one thread. Counted values may be reached from here; they
 * are left alone, since the rendering holds a reference to the one that leads to them and they never
 * lead back into the heap.
 */
#pragma once

#include "mill-jinja-value.h"

G_BEGIN_DECLS

struct _JinjaHeap {
  JinjaValue *all;
  gsize       bytes;      /* of the values alive and what they own */
  gsize       limit;
  gsize       collect_at; /* when `bytes` is above, a collection pays */
};

void jinja_heap_init  (JinjaHeap *self, gsize limit);
void jinja_heap_clear (JinjaHeap *self);

/* Counts memory that a value owns beside itself. `self` may be NULL. */
void jinja_heap_charge (JinjaHeap *self, gssize bytes);

/* Frees what none of `roots` (values, NULL allowed) leads to. */
void jinja_heap_collect (JinjaHeap *self, JinjaValue *const *roots, gsize n_roots);

G_END_DECLS
