/* mill-jinja-iter.h: what can be iterated over, and how long it is. */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* FALSE with an error where the value cannot be iterated over. */
gboolean jinja_iter_init (JinjaRender *render, JinjaIter *iter, JinjaValue *value);
gboolean jinja_is_iterable (const JinjaValue *value);

/* The next item; NULL at the end, and after an error (render->error says which). One step each. */
JinjaValue *jinja_iter_next (JinjaRender *render, JinjaIter *iter);

/* A new list of all items. */
JinjaList *jinja_to_list (JinjaRender *render, JinjaValue *value);

/* len (value). */
gboolean jinja_length (JinjaRender *render, const JinjaValue *value, gsize *length);
gboolean jinja_has_length (const JinjaValue *value);
gboolean jinja_truth (const JinjaValue *value);

/* The loop variable's length, for which an iterator is read to its end. */
gboolean jinja_loop_length (JinjaRender *render, JinjaLoop *loop, gsize *length);

/* Item `index` of a range, and of any value an attribute of its own: see mill-jinja-access.h. */
JinjaValue *jinja_range_item (JinjaRender *render, const JinjaRange *range, gint64 index);

G_END_DECLS
