/* mill-jinja-strings.h: what methods and filters of strings share. Results are markup where the string
 * is; NULL after an error. */
#pragma once

#include "mill-jinja-render.h"
#include "mill-jinja-text.h"

G_BEGIN_DECLS

enum { JINJA_LEFT = 1, JINJA_RIGHT = 2, JINJA_BOTH = 3 };

/* The bytes from `from` to `to`. */
JinjaValue *jinja_substring (JinjaRender *render, const JinjaString *string, gsize from, gsize to);

JinjaValue *jinja_string_case (JinjaRender *render, const JinjaString *string, JinjaCase how);

/* Without the characters of `chars` (NULL: white space) at its ends. */
JinjaValue *jinja_string_strip (JinjaRender *render, const JinjaString *string, const JinjaString *chars, int sides);

/* The first `count` (negative: all) occurrences of `old` replaced; between all characters where `old`
 * is empty. In markup `new` is escaped. */
JinjaValue *jinja_string_replace (JinjaRender *render, const JinjaString *string, const JinjaString *old,
                                  JinjaValue *new, gint64 count);

/* At `separator` (NULL: at white space), `max` times at most (negative: always), from the right where
 * asked for. */
JinjaList *jinja_string_split (JinjaRender *render, const JinjaString *string, const JinjaString *separator, gint64 max,
                               gboolean from_right);
JinjaList *jinja_string_lines (JinjaRender *render, const JinjaString *string, gboolean keep_ends);

/* Filled with `fill` (NULL: spaces) up to `width` characters; JINJA_BOTH centers. */
JinjaValue *jinja_string_pad (JinjaRender *render, const JinjaString *string, gint64 width, const JinjaString *fill,
                              int sides);

/* The items, all strings, with the separator between them. */
JinjaValue *jinja_string_join (JinjaRender *render, const JinjaString *separator, JinjaList *items);

/* str.isupper and str.islower. */
gboolean jinja_string_has_case (const JinjaString *string, gboolean upper_case);

/* Without tags and comments, white space run together, entities resolved. */
JinjaValue *jinja_strip_tags (JinjaRender *render, const JinjaString *string);
JinjaValue *jinja_unescape_html (JinjaRender *render, const JinjaString *string);

G_END_DECLS
