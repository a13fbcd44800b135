/* mill-jinja-repr.h: values as text: Python's str and repr, and pprint. */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* The type's name in Python: int, str, NoneType, … */
const char *jinja_type_name (const JinjaValue *value);
char       *jinja_undefined_message (const JinjaUndefined *undefined);

/* FALSE after an error: too deep, too long. */
gboolean jinja_append_str (JinjaRender *render, GString *out, JinjaValue *value);
gboolean jinja_append_repr (JinjaRender *render, GString *out, JinjaValue *value);
gboolean jinja_append_html (JinjaRender *render, GString *out, JinjaValue *value); /* escaped unless markup */

/* The value's text; a string is given back as it is, markup too. */
JinjaValue *jinja_to_string (JinjaRender *render, JinjaValue *value);

/* The value's text, escaped: markup. */
JinjaValue *jinja_to_html (JinjaRender *render, JinjaValue *value);

/* Pretty-printed to a width of 80 columns, keys sorted. */
JinjaValue *jinja_pprint (JinjaRender *render, JinjaValue *value);

G_END_DECLS
