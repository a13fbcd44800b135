/* mill-merge-queue.h: joins of neighbours that may be done next, the best first: a binary heap. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A join at a symbol and the one after it. `value` is the user's own. */
typedef struct {
  guint32 rank, at, value;
} MillMergeStep;

/* Lower rank first, then further left. */
static inline gboolean
mill_merge_goes_before (const MillMergeStep *a, const MillMergeStep *b)
{
  return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static inline GArray *
mill_merge_queue_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (MillMergeStep));
}

static inline void
mill_merge_queue_push (GArray *queue, MillMergeStep step)
{
  g_array_append_val (queue, step);
  MillMergeStep *steps = (MillMergeStep *) queue->data;
  gsize at = queue->len - 1;
  for (; at > 0 && mill_merge_goes_before (&step, &steps[(at - 1) / 2]); at = (at - 1) / 2)
    steps[at] = steps[(at - 1) / 2];
  steps[at] = step;
}

/* The queue must not be empty. */
static inline MillMergeStep
mill_merge_queue_pop (GArray *queue)
{
  MillMergeStep *steps = (MillMergeStep *) queue->data, first = steps[0], last = steps[queue->len - 1];
  gsize n = queue->len - 1, at = 0;
  for (gsize child = 1; child < n; child = at * 2 + 1)
    {
      if (child + 1 < n && mill_merge_goes_before (&steps[child + 1], &steps[child]))
        child++;
      if (!mill_merge_goes_before (&steps[child], &last))
        break;
      steps[at] = steps[child];
      at = child;
    }
  if (n > 0)
    steps[at] = last;
  g_array_set_size (queue, n);
  return first;
}

G_END_DECLS
