/* mill-jinja-access.h: x.name, x[key] and x[a:b:c].
 *
 * What is missing is undefined, not an error; anything of undefined is an error. In chat templates
 * what begins with an underscore, and what would change a list or a dict, is undefined too.
 */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* The attribute, else the item of that name. */
JinjaValue *jinja_get_attribute (JinjaRender *render, JinjaValue *object, JinjaString *name);

/* The item, else the attribute of that name. */
JinjaValue *jinja_get_item (JinjaRender *render, JinjaValue *object, JinjaValue *key);

/* The attribute alone, as the filter attr has it. */
JinjaValue *jinja_get_attribute_only (JinjaRender *render, JinjaValue *object, JinjaString *name);

/* `start`, `stop` and `step` may be NULL. */
JinjaValue *jinja_get_slice (JinjaRender *render, JinjaValue *object, JinjaValue *start, JinjaValue *stop,
                             JinjaValue *step);

/* Python's rules for an index and the bounds of a slice: negative ones count from the end. */
gint64 jinja_clamp_index (gint64 index, gsize length);

/* The built-in methods of a kind, NULL where there is none of that name. */
const JinjaMethodDef *jinja_find_string_method (const char *name, gboolean markup);
const JinjaMethodDef *jinja_find_collection_method (JinjaKind kind, const char *name);

G_END_DECLS
