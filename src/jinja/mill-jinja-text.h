/* mill-jinja-text.h: text as Python sees it: code points, white space, lines, case.
 *
 * Nothing here depends on the locale. Bytes given are valid UTF-8, but for the two functions that
 * check it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gsize jinja_utf8_count (const char *text, gsize n_bytes);
gsize jinja_utf8_valid_prefix (const char *text, gsize n_bytes); /* NUL is valid */

/* The byte at which code point `index` begins; n_bytes where there are fewer. */
gsize jinja_utf8_offset (const char *text, gsize n_bytes, gsize index);

/* The code point at `at`, and the bytes that it takes. */
gunichar jinja_utf8_get (const char *at, gsize *n_bytes);
gunichar jinja_utf8_get_before (const char *at, gsize *n_bytes); /* the one that ends at `at` */

/* str.isspace, str.splitlines and str.isprintable of one code point. */
gboolean jinja_is_space (gunichar c);
gboolean jinja_is_line_end (gunichar c);
gboolean jinja_is_printable (gunichar c);

gboolean jinja_is_cased (gunichar c);
gboolean jinja_is_lower (gunichar c);
gboolean jinja_is_upper (gunichar c);
gboolean jinja_is_title (gunichar c);
gboolean jinja_is_alpha (gunichar c);
gboolean jinja_is_decimal (gunichar c);
gboolean jinja_is_digit (gunichar c);
gboolean jinja_is_numeric (gunichar c);
gboolean jinja_is_word (gunichar c); /* \w of a regular expression */
gboolean jinja_is_identifier_start (gunichar c);
gboolean jinja_is_identifier (gunichar c);

/* Moves the ends inwards over white space. */
void jinja_utf8_strip (const char **text, gsize *n_bytes);
void jinja_utf8_lstrip (const char **text, gsize *n_bytes);
void jinja_utf8_rstrip (const char **text, gsize *n_bytes);

typedef enum {
  JINJA_CASE_LOWER,
  JINJA_CASE_UPPER,
  JINJA_CASE_FOLD,
  JINJA_CASE_SWAP,
  JINJA_CASE_CAPITALIZE, /* the first character in title case, the rest in lower */
  JINJA_CASE_TITLE,      /* each word so */
} JinjaCase;

/* Appends the text in that case, with the mappings that give more than one character. */
void jinja_append_case (GString *out, const char *text, gsize n_bytes, JinjaCase how);

/* Appends the repr of a string: in the quotes that need no escape, what is not printable escaped, and
 * with `ascii` everything outside ASCII too. */
void jinja_append_string_repr (GString *out, const char *text, gsize n_bytes, gboolean ascii);

/* Appends with & < > " ' as HTML entities, as markupsafe writes them. */
void jinja_append_escaped (GString *out, const char *text, gsize n_bytes);

G_END_DECLS
