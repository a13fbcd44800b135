/* mill-jinja-literal.h: how strings and numbers are written in templates. */
#pragma once

#include "mill-jinja-value.h"

G_BEGIN_DECLS

/* The length of a literal at the start of `text`, 0 where there is none. */
gsize jinja_match_integer (const char *text, gsize length);
gsize jinja_match_float (const char *text, gsize length);
gsize jinja_match_string (const char *text, gsize length); /* quotes included */

/* What a string literal stands for (`text` without the quotes), with Python's escapes. A counted value,
 * or NULL and why in a literal. */
JinjaValue *jinja_unescape (const char *text, gsize length, const char **why);

G_END_DECLS
