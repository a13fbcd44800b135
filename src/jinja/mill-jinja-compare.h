/* mill-jinja-compare.h: equality, order, membership and sorting, as Python has them. */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* a == b. Gives FALSE after an error as well (too deep): look at render->error. */
gboolean jinja_equal (JinjaRender *render, JinjaValue *a, JinjaValue *b);

/* The order of two values; FALSE with an error where they have none. `op` is for the message. */
gboolean jinja_order (JinjaRender *render, JinjaValue *a, JinjaValue *b, JinjaOp op, JinjaOrder *order);

/* One of the comparison operators, `in` and `not in` among them. NULL after an error. */
JinjaValue *jinja_compare (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b);

gboolean jinja_contains (JinjaRender *render, JinjaValue *container, JinjaValue *item, gboolean *found);

/* Whether two values are the same object, as far as Python lets one see. */
gboolean jinja_same (const JinjaValue *a, const JinjaValue *b);

/* Sorts `values` by `keys` (as many), stably; both are permuted. */
gboolean jinja_sort (JinjaRender *render, JinjaList *values, JinjaList *keys, gboolean reverse);

/* The hash of a key; FALSE with an error where it has none. */
gboolean jinja_hash (JinjaRender *render, JinjaValue *key, guint32 *hash);

/* dict[key], NULL where it is missing; FALSE with an error where the key cannot be one. */
gboolean jinja_dict_get (JinjaRender *render, const JinjaTable *table, JinjaValue *key, JinjaValue **value);
gboolean jinja_dict_set (JinjaRender *render, JinjaTable *table, JinjaValue *key, JinjaValue *value);

/* Puts in what another dict holds, or what an iterable gives as pairs. */
gboolean jinja_dict_update (JinjaRender *render, JinjaDict *dict, JinjaValue *from);

G_END_DECLS
